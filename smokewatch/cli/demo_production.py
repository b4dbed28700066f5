"""The demo's pretend production, as a process beside this one."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from smokewatch.errors import RunError, UsageError

_STOP_SECONDS = 20


class PretendProduction:
    """The pretend production, a process of its own as the real one is; it ends when its standard input does."""

    def __init__(self, folder: Path, *, seed: int, sequences: int, images: bool) -> None:
        self._folder = folder
        self._command = [sys.executable, "-m", "demo", "up", f"--dir={folder}", f"--seed={seed}"]
        self._command.append(f"--sequences={sequences}")
        if images:
            self._command.append("--images")

    def __enter__(self) -> PretendProduction:
        self._folder.parent.mkdir(parents=True, exist_ok=True)
        # A session of its own: Ctrl-C reaches it as the end of its input, in order.
        self._process = subprocess.Popen(
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def live(self, console: Console) -> dict[str, Any]:
        """Wait until the day is over; returns what an operator would know of that production."""
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=console) as progress:
            bar = progress.add_task("a day of production")
            for event in self._events():
                if event["event"] == "ready":
                    progress.update(bar, description="a day of production", completed=1, total=1)
                    return event
                progress.update(bar, description=event["what"], completed=event["done"], total=event["total"])
        if self._process.wait() == 2:
            raise UsageError("the pretend production was called wrongly: it says how above")
        raise RunError(f"the pretend production ended early: see {self._folder / 'logs'}")

    def go_on(self) -> dict[str, Any]:
        """Let happen what changes after a first import and pull; returns what an onlooker would know of it."""
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # it is gone, and tells so below
            self._process.stdin.write("later\n")
            self._process.stdin.flush()
        event = next(self._events(), {})
        if event.get("event") != "later":
            raise RunError(f"the pretend production ended early: see {self._folder / 'logs'}")
        return event

    def _events(self) -> Iterator[dict[str, Any]]:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            yield json.loads(line)
