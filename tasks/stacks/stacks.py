"""Every stack of a run, so that the run can end them all at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tasks.stacks.parts import StoppedError
from tasks.stacks.stack import Stack


class OpenStacks:
    """The stacks that a run has open, in whatever thread."""

    def __init__(self) -> None:
        self.aborted = threading.Event()
        self._lock = threading.Lock()
        self._open: list[Stack] = []

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
