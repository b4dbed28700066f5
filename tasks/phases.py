"""Where the time of a batch goes."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

import psutil


class Phases:
    """Milliseconds by phase, summed over threads, and the most memory in use. May be shared between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._milliseconds: dict[str, float] = defaultdict(float)
        self.ram_bytes: int | None = None

    @contextmanager
    def timed(self, phase: str) -> Iterator[None]:
        """Count what the ``with`` statement takes."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self.add(phase, time.perf_counter() - began)

    def add(self, phase: str, seconds: float) -> None:
        """Count seconds."""
        with self._lock:
            self._milliseconds[phase] += 1000 * seconds

    def look(self) -> None:
        """Look at the memory that is in use on this machine, releases and object stores included."""
        memory = psutil.virtual_memory()
        with self._lock:
            self.ram_bytes = max(self.ram_bytes or 0, memory.total - memory.available)

    def milliseconds(self) -> dict[str, float]:
        """So far."""
        with self._lock:
            return {phase: round(value, 1) for phase, value in self._milliseconds.items()}
