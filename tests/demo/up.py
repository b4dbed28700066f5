"""`python -m demo up` as a process."""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import psutil


class Demo:
    """`python -m demo up` as a process; events are read as they come."""

    def __init__(self, directory: Path, *options: str) -> None:
        command = [sys.executable, "-m", "demo", "up", "--dir", str(directory), *options]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._events: queue.Queue[dict[str, Any] | None] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def wait_for(self, name: str, **fields: Any) -> dict[str, Any]:
        """The next event of that name and fields."""
        while (event := self._events.get(timeout=600)) is not None:
            if event["event"] == name and fields.items() <= event.items():
                return event
        raise AssertionError(f"the demo ended with {self.process.wait()} before {name}")

    def say(self, command: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()

    def children(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def end(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(120)

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._events.put(json.loads(line))
        self._events.put(None)
        self.process.stdout.close()
