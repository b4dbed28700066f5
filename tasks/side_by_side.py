"""Many things at once, never more than a window of them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from types import TracebackType
from typing import Generic, Protocol, TypeVar

T = TypeVar("T")


class Connections(Protocol):
    """A client's connections."""

    api_connections: int
    frame_connections: int

    def stop(self) -> None:
        """Try nothing again from now on, so that threads that wait come to their end."""


class SideBySide(Generic[T]):
    """Does what it is given in threads; use it in a ``with`` statement, whose end waits for all of it.

    One bound for everything: a window of sequences is at work, as many as keep both kinds of connections busy; the
    next one begins when one is done. So memory does not grow with their number.
    """

    def __init__(self, api: Connections, settle: Callable[[T], None], *, frame_threads: int | None = None) -> None:
        """Begin nothing yet.

        Args:
            api: whose connections are kept busy; it is stopped when the ``with`` statement ends by an error.
            settle: is called with every result, by the thread that adds or drains.
            frame_threads: how many frames are at work at once; one a frame connection when left out.
        """
        self._api, self._settle = api, settle
        self._window = api.api_connections + (api.frame_connections + 1) // 2
        self._at_work: set[Future[T]] = set()
        self._sequences = ThreadPoolExecutor(self._window, "sequences")
        self.frames = ThreadPoolExecutor(frame_threads or api.frame_connections, "frames")
        """Threads for the frames of all sequences."""

    def __enter__(self) -> SideBySide[T]:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        done = False
        try:
            if kind is None:
                self.drain()
                done = True
        finally:
            if not done:
                self._api.stop()
            for pool in (self._sequences, self.frames):
                pool.shutdown(wait=True, cancel_futures=not done)

    def add(self, work: Callable[[], T]) -> None:
        """Begin one more as soon as there is room for it.

        Raises:
            Exception: what earlier work raised.
        """
        while len(self._at_work) >= self._window:
            self._wait()
        self._at_work.add(self._sequences.submit(work))

    def drain(self) -> None:
        """Wait until everything that was added is done.

        Raises:
            Exception: what any of it raised.
        """
        while self._at_work:
            self._wait()

    def _wait(self) -> None:
        done, self._at_work = wait(self._at_work, return_when=FIRST_COMPLETED)
        for future in done:
            self._settle(future.result())
