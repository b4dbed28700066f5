"""`python -m demo up --dir DIR`: lives a day and serves it; JSON lines on stdout, `later` and `stop` on stdin."""

from __future__ import annotations

import argparse
import contextlib
import json
import logging
import queue
import signal
import sys
import threading
import time
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from demo.day import FEWEST_SEQUENCES, MOST_SEQUENCES
from demo.images.errors import ImageError
from demo.processes import ChildError
from demo.production import LOGS, ForeignDirectoryError, Production, prepare

PROGRESS_EVERY_S = 0.5
_AGAIN_S = 0.05


class Commands:
    """The lines of stdin, read as they come; its end means that whoever started the demo is gone.

    Nobody waits for commands while the day is lived: its end then ends the main thread, wherever that is.
    """

    def __init__(self) -> None:
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._main = threading.get_ident()
        self._awaited = False
        threading.Thread(target=self._read, daemon=True).start()

    def next(self) -> str | None:
        """The next command, waiting for it; None at the end of stdin."""
        self._awaited = True
        return self._lines.get()

    def _read(self) -> None:
        for line in sys.stdin:
            self._lines.put(line.strip())
        self._lines.put(None)
        if not self._awaited:
            signal.pthread_kill(self._main, signal.SIGTERM)


class Reporter:
    """Writes events as JSON lines; progress at most twice a second, but always its end."""

    def __init__(self) -> None:
        self._last = 0.0

    def progress(self, what: str, done: int, total: int) -> None:
        """Tell how far the day is."""
        if done == total or time.monotonic() - self._last >= PROGRESS_EVERY_S:
            self._last = time.monotonic()
            self.event("progress", what=what, done=done, total=total)

    def event(self, name: str, **fields: Any) -> None:
        """One event line."""
        print(json.dumps({"event": name, **fields}), flush=True)


def main() -> int:
    """Run the command line; exit status 0 done, 1 failed, 2 called wrongly."""
    arguments = _parse()
    end_when_told()
    try:
        prepare(arguments.dir)
    except ForeignDirectoryError as error:
        print(f"demo: {error}", file=sys.stderr)
        return 2
    _log_to(arguments.dir / LOGS)
    commands = Commands()
    report = Reporter()
    try:
        with Production(
            arguments.dir,
            seed=arguments.seed,
            sequences=arguments.sequences,
            images=arguments.images,
            progress=report.progress,
        ) as production:
            report.event("ready", **production.description)
            while (command := commands.next()) not in (None, "stop"):
                if command == "later":
                    report.event("later", **production.later())
                else:
                    report.event("error", says=f"unknown command {command!r}: later or stop")
    except (ChildError, ImageError, BrokenPipeError) as error:
        with contextlib.suppress(BrokenPipeError):
            print(f"demo: {error}", file=sys.stderr)
        return 1
    return 0


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="demo", description="A pretend production on this machine.")
    up = parser.add_subparsers(dest="command", required=True).add_parser("up", help="live a day, then serve it")
    up.add_argument("--dir", type=Path, required=True, help="where the run is kept; one of an earlier run is replaced")
    up.add_argument("--seed", type=int, default=7)
    up.add_argument("--sequences", type=int, default=36, help=f"{FEWEST_SEQUENCES} to {MOST_SEQUENCES}")
    up.add_argument("--images", action="store_true", help="have the releases as images in this machine's Docker engine")
    arguments = parser.parse_args()
    if not FEWEST_SEQUENCES <= arguments.sequences <= MOST_SEQUENCES:
        parser.error(f"--sequences must be {FEWEST_SEQUENCES} to {MOST_SEQUENCES}, not {arguments.sequences}")
    arguments.dir = arguments.dir.resolve()
    return arguments


def _log_to(folder: Path) -> None:
    folder.mkdir()
    logging.basicConfig(filename=folder / "alert-api.log", level=logging.INFO)
    logging.getLogger("httpx").setLevel(logging.WARNING)


def end_when_told() -> None:
    """SIGTERM and SIGINT end the main thread, wherever it is: in a finalizer too, which would swallow them."""
    main, told = threading.get_ident(), sys.unraisablehook

    def again(ignored: sys.UnraisableHookArgs) -> None:
        if isinstance(ignored.exc_value, SystemExit):
            threading.Timer(_AGAIN_S, signal.pthread_kill, (main, signal.SIGTERM)).start()
        else:
            told(ignored)

    sys.unraisablehook = again
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, _end)


def _end(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(0)


if __name__ == "__main__":
    sys.exit(main())
