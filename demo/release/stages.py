"""How long each stage of a prediction took."""

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Stages:
    """Milliseconds by stage; a stage entered twice adds up."""

    def __init__(self) -> None:
        self.milliseconds: dict[str, float] = {}
        self._began = time.perf_counter()

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Add the time inside the block to `stage`."""
        began = time.perf_counter()
        try:
            yield
        finally:
            spent = (time.perf_counter() - began) * 1000
            self.milliseconds[stage] = self.milliseconds.get(stage, 0.0) + spent

    def total(self) -> float:
        """Milliseconds since this object was made."""
        return (time.perf_counter() - self._began) * 1000
