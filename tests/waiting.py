"""Waiting for what comes about by itself."""

from __future__ import annotations

import time
from collections.abc import Callable


def until(
    true: Callable[[], object],
    seconds: float = 300,
    *,
    every: float = 0.02,
    instead: Callable[[], object] | None = None,
) -> None:
    """Return as soon as it is true; else say what there is instead.

    A busy machine may take long: the limit is for what never comes about.
    """
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"it did not come about within {seconds} s: {instead and instead()}"
        time.sleep(every)
