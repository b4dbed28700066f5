"""Progress of long work: an artifact in Prefect, a bar on a terminal, a line in the control room."""

from __future__ import annotations

import sys
import threading
import time
from types import TracebackType
from typing import Any
from uuid import UUID

from prefect import runtime
from prefect.artifacts import create_progress_artifact, update_progress_artifact
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from tasks.live import live_of

_EVERY_SECONDS = 2.0  # an update is a request to the Prefect server


class Progress:
    """Tells how far a run is. Use it in a ``with`` statement inside a task or flow run; any thread may advance it."""

    def __init__(self, key: str, description: str, total: int | None) -> None:
        """`total` None: how much there is shows at the end only; until then what is done is counted."""
        self._description, self._total, self._done = description, total, 0
        self.live = live_of(runtime.flow_run.id)
        self.tell(phase=description, total=total, done=0)
        artifact = create_progress_artifact(progress=0.0, key=key, description=description)
        assert isinstance(artifact, UUID), "in a synchronous task the call returns the artifact's id"
        self._artifact = artifact
        self._updated = time.monotonic()
        self._ended = False
        self._lock = threading.Lock()
        self._bar = Bar(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            disable=not sys.stderr.isatty(),
            transient=True,
        )
        self._task = self._bar.add_task(description, total=total)

    def __enter__(self) -> Progress:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()
        if kind is None:
            self._ended = True
            self._publish()
            if self.live is not None:
                self.live.keep()

    def tell(self, **changes: Any) -> None:
        """Tell the control room more (:meth:`tasks.live.LiveProgress.tell`)."""
        if self.live is not None:
            self.live.tell(**changes)

    def advance(self, by: int = 1) -> None:
        """Count finished items."""
        with self._lock:
            self._done += by
            self._bar.advance(self._task, by)
            self.tell(done=self._done)
            if time.monotonic() - self._updated >= _EVERY_SECONDS:
                self._publish()

    def _publish(self) -> None:
        self._updated = time.monotonic()
        if self._total is None:
            counted = f"{self._description}: {self._done:,} done"
            update_progress_artifact(self._artifact, progress=100.0 * self._ended, description=counted)
            return
        percent = 100.0 * self._done / self._total if self._total else 100.0
        update_progress_artifact(self._artifact, progress=percent)
