"""How far a run is, told in the catalog while it runs: the control room shows it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from smokewatch.errors import StorageError
from smokewatch.store.catalog import Catalog
from smokewatch.store.run_progress import RunProgress, save_progress

EVERY_SECONDS = 1.0
"""At most so often: each time is a commit."""
_OPEN: dict[str, LiveProgress] = {}


class LiveProgress:
    """What a run tells of itself. Any thread may tell; it is kept at most once a second, and at the end."""

    def __init__(self, catalog: Catalog, run_id: str) -> None:
        self._catalog, self._run_id = catalog, run_id
        self._progress = RunProgress()
        self._lock = threading.Lock()
        self._kept_at = float("-inf")

    def tell(self, *, counted: dict[str, int] | None = None, **changes: Any) -> None:
        """Change fields of :class:`RunProgress`, and count up others.

        Args:
            counted: field -> by how much it grows.
            changes: field -> its new value.

        Raises:
            StorageError: when the catalog cannot take it.
        """
        with self._lock:
            grown = {name: getattr(self._progress, name) + by for name, by in (counted or {}).items()}
            self._progress = replace(self._progress, **changes, **grown)
            if time.monotonic() - self._kept_at >= EVERY_SECONDS:
                self._keep()

    def keep(self) -> None:
        """Keep what was told last.

        Raises:
            StorageError: when the catalog cannot take it.
        """
        with self._lock:
            self._keep()

    def _keep(self) -> None:
        self._kept_at = time.monotonic()
        with self._catalog.write() as connection:
            save_progress(connection, self._run_id, self._progress, now=datetime.now(UTC))


@contextmanager
def live_run(catalog: Catalog, run_id: str) -> Iterator[LiveProgress]:
    """A run that tells how far it is, while it is in this ``with`` statement."""
    live = _OPEN[run_id] = LiveProgress(catalog, run_id)
    try:
        yield live
    except Exception as error:
        with suppress(StorageError):  # the run's own error says more
            live.tell(last_error=_line(error))
            live.keep()
        raise
    finally:
        del _OPEN[run_id]


def live_of(run_id: object) -> LiveProgress | None:
    """Of a run that is recorded in this process; None of any other."""
    return _OPEN.get(str(run_id))


def _line(error: BaseException) -> str:
    return (" ".join(str(error).split()) or type(error).__name__)[:300]
