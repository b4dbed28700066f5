"""Slow sources, sampled beside the requests: who asks gets the newest sample, and never waits for a source.

Only the first one to ask, and who asks after a pause, waits, and not for long.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from smokewatch.errors import SmokewatchError, StorageError
from smokewatch.viewer.replies import utc_now

_LOG = logging.getLogger(__name__)
_PATIENCE_SECONDS = 5.0
"""So long the first one to ask waits."""
_IDLE_SECONDS = 60.0
"""Nobody asked for so long: sampling pauses."""
_CLOSING_SECONDS = 2.0
_LATE = 3
"""So many periods without a new sample: the last one is stale."""
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Sample(Generic[_T]):
    """What a source said last."""

    value: _T
    as_of: str
    """UTC, ISO 8601."""
    stale: bool
    """Whether the source cannot be read now."""
    error: str | None
    """Why, one line."""


class Sampler(Generic[_T]):
    """Samples one source in a thread of its own while somebody asks for it.

    Args:
        take: reads the source; what it raises makes the last sample stale, and is told.
        period: seconds between the beginnings of two samples.
        name: of the thread.
    """

    def __init__(self, take: Callable[[], _T], *, period: float, name: str) -> None:
        self._take, self._period, self._name = take, period, name
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._value: _T | None = None
        self._as_of, self._taken_at = "", float("-inf")
        self._failure: StorageError | None = None
        self._told = ""
        self._asked_at = 0.0
        self._closed = False

    def newest(self) -> Sample[_T] | None:
        """The newest sample, at once; None where :meth:`current` would wait for one."""
        with self._changed:
            if self._thread is None or self._value is None:
                return None
            self._asked_at = time.monotonic()
            return self._told_of(self._value)

    def current(self) -> Sample[_T]:
        """The newest sample.

        Raises:
            StorageError: when the source could never be read.
        """
        with self._changed:
            self._asked_at = time.monotonic()
            if self._thread is None and not self._closed:
                began = self._asked_at
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()
                self._changed.wait_for(lambda: self._taken_at > began or self._failure, _PATIENCE_SECONDS)
            elif self._value is None and self._failure is None:
                self._changed.wait_for(lambda: self._value is not None or self._failure, _PATIENCE_SECONDS)
            if self._value is None:
                raise self._failure or StorageError(f"{self._name}: no answer yet: try again")
            return self._told_of(self._value)

    def close(self) -> None:
        """Sample no more. A sample that is being taken is not waited for, or not for long."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            thread = self._thread
        if thread is not None:
            thread.join(_CLOSING_SECONDS)

    def _told_of(self, value: _T) -> Sample[_T]:
        late = time.monotonic() - self._taken_at > _LATE * self._period + 1
        return Sample(value, self._as_of, late or self._failure is not None, self._told or None)

    def _run(self) -> None:
        while True:
            began = time.monotonic()
            self._sample()
            with self._changed:
                pause = max(self._period - (time.monotonic() - began), self._period / 10)
                self._changed.wait_for(lambda: self._closed, pause)
                if self._closed or time.monotonic() - self._asked_at > _IDLE_SECONDS:
                    self._thread = None
                    return

    def _sample(self) -> None:
        value, failure = None, None
        try:
            value = self._take()
        except SmokewatchError as error:
            failure = StorageError(str(error))
        except Exception as error:  # noqa: BLE001 - the thread goes on; the log has it, once
            failure = StorageError(f"an unexpected error: {type(error).__name__}: its operator's log has it")
            if str(failure) != self._told:
                _LOG.exception("%s", self._name)
        with self._changed:
            if value is not None:
                self._value, self._as_of, self._taken_at = value, utc_now(), time.monotonic()
            if failure is not None and str(failure) != self._told:
                _LOG.warning("%s: %s", self._name, failure)
            self._failure, self._told = failure, "" if failure is None else str(failure)
            self._changed.notify_all()
