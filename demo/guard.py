"""Ends the demo's process groups when the demo itself is gone, however it went (`python -m demo.guard`).

Reads lines `+PID` and `-PID` on stdin: groups to watch over and groups that have ended. End of input means that the
demo is dead or done: every group still listed is killed.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys


def main() -> None:
    """Follow stdin to its end, then kill what is left."""
    groups: set[int] = set()
    for line in sys.stdin:
        pid = int(line[1:])
        if line[0] == "+":
            groups.add(pid)
        else:
            groups.discard(pid)
    for pid in groups:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)


if __name__ == "__main__":
    main()
