"""A folder that one writer at a time fills."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from smokewatch.errors import RunError, UsageError


@contextmanager
def locked_folder(folder: Path) -> Iterator[None]:
    """Make a folder, and hold it against other writers; a dead one holds nothing.

    Raises:
        UsageError: when it is no folder that can be written.
        RunError: when another writes there.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise UsageError(f"{folder} is no folder that can be written: {error.strerror}") from error
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise RunError(f"another run is writing to {folder}: wait until it is done") from error
        yield
    finally:
        os.close(lock)
