"""Every stack of a run, so that the run can end them all at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import Self

from tasks.stacks.parts import StoppedError
from tasks.stacks.stack import Stack

_ENDING_AT_ONCE = 8


class OpenStacks:
    """The stacks that a run has open, in whatever thread. Use it in a ``with`` statement: leaving it, none is left.

    A stack whose work is done is removed beside what the run does next.

    Raises (on leaving):
        RunError: when a stack cannot be removed.
    """

    def __init__(self) -> None:
        self.aborted = threading.Event()
        self._lock = threading.Lock()
        self._open: list[Stack] = []
        self._pool = ThreadPoolExecutor(_ENDING_AT_ONCE, "ending")
        self._ending: list[Future[None]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown()
        with ExitStack() as last:
            for each in self._ending:
                last.callback(each.result)

    def abort(self) -> None:
        """Kill every release, for good: nobody waits minutes for a prediction whose result nobody wants."""
        with self._lock:
            self.aborted.set()
            running = list(self._open)
        for stack in running:
            stack.abort()

    @contextmanager
    def open(self, stack: Stack) -> Iterator[Stack]:
        """Enter a stack.

        Raises:
            StoppedError: when the run is being stopped.
        """
        with self._lock:
            if self.aborted.is_set():
                raise StoppedError
            self._open.append(stack)
        try:
            with stack as entered:
                yield entered
        finally:
            with self._lock:
                self._open.remove(stack)

    def end_later(self, ending: ExitStack) -> None:
        """Leave a stack, and whatever it holds, in a thread: nobody needs it any more."""
        self._ending.append(self._pool.submit(ending.close))
