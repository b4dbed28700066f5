"""How many replicas run at once on this machine, over all releases and runs."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from threading import Event

from filelock import FileLock, Timeout
from prefect.logging import get_logger

from smokewatch.errors import UsageError
from tasks.stacks.parts import StoppedError

_LOOK_SECONDS = 0.2


@contextmanager
def replica_slots(wanted: int, *, limit: int, folder: Path | None = None, aborted: Event) -> Iterator[int]:
    """Hold places for replicas: at least one, waited for, and as many of the others as are free now.

    A place is a locked file, which the system unlocks when its holder dies.

    Args:
        wanted: how many replicas there would be work for.
        limit: how many may run on this machine.
        folder: of the locks, for all who share the limit; None: this user's, below the temporary folder.
        aborted: set when nobody waits any more.

    Yields:
        How many there may be.

    Raises:
        StoppedError: when aborted while waiting.
        UsageError: when nothing can be locked in the folder.
    """
    folder = folder or Path(tempfile.gettempdir()) / f"smokewatch-replicas-{os.getuid()}"
    with ExitStack() as held:
        count = 0
        waiting = False
        while count == 0:
            for number in range(limit):
                if count == wanted:
                    break
                if (place := _taken(folder / f"{number}.lock")) is not None:
                    held.enter_context(place)
                    count += 1
            if count == 0:
                if not waiting:
                    get_logger("smokewatch").info("waiting: %d replicas run on this machine, its limit", limit)
                    waiting = True
                if aborted.wait(_LOOK_SECONDS):
                    raise StoppedError
        yield count


def _taken(place: Path) -> AbstractContextManager[object] | None:
    """The place, locked until it is left; None while somebody else has it."""
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        return FileLock(place, thread_local=False).acquire(blocking=False)
    except Timeout:
        return None
    except OSError as error:
        said = f"places for replicas cannot be kept in {place.parent}: {error.strerror}"
        raise UsageError(f"{said}: see SMOKEWATCH_REPLICA_LOCKS") from error
