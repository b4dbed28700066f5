"""How many replicas run at once on this machine, over all releases and runs."""

from __future__ import annotations

import getpass
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Event

from filelock import FileLock, Timeout
from prefect.logging import get_logger

from tasks.stacks.parts import StoppedError

_LOOK_SECONDS = 0.2


@contextmanager
def replica_slots(wanted: int, *, limit: int, aborted: Event) -> Iterator[int]:
    """Hold places for replicas: at least one, waited for, and as many of the others as are free now.

    A place is a locked file, which the system unlocks when its holder dies.

    Args:
        wanted: how many replicas there would be work for.
        limit: how many may run on this machine.
        aborted: set when nobody waits any more.

    Yields:
        How many there may be.

    Raises:
        StoppedError: when aborted while waiting.
    """
    folder = Path(tempfile.gettempdir()) / f"smokewatch-replicas-{getpass.getuser()}"
    folder.mkdir(exist_ok=True)
    with ExitStack() as held:
        count = 0
        waiting = False
        while count == 0:
            for number in range(limit):
                if count == wanted:
                    break
                lock = FileLock(folder / f"{number}.lock", thread_local=False)
                try:
                    held.enter_context(lock.acquire(blocking=False))
                except Timeout:
                    continue
                count += 1
            if count == 0:
                if not waiting:
                    get_logger("smokewatch").info("waiting: %d replicas run on this machine, its limit", limit)
                    waiting = True
                if aborted.wait(_LOOK_SECONDS):
                    raise StoppedError
        yield count
