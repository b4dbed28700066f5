"""A copy of a SQLite catalog as it is before its tables are changed."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from smokewatch.errors import StorageError

KEPT = 3
"""Copies that are kept, the newest."""


def copy_before_upgrade(catalog: Path, revision: str) -> Path:
    """Copy a catalog beside itself as ``<name>.before-upgrade-<revision>``, readable and writable as it is itself.

    The copy is whole or not there; a catalog that is written meanwhile is copied as of one moment.

    Args:
        catalog: the SQLite file.
        revision: the schema that it has now.

    Raises:
        StorageError: when there is no room for it, or it cannot be written; the catalog is as it was.
    """
    made = catalog.with_name(f"{_prefix(catalog)}{revision}")
    unfinished = made.with_name(f"{made.name}.tmp")  # one at a time: whoever upgrades has the write lock
    try:
        unfinished.unlink(missing_ok=True)
        unfinished.touch(0o600)
        unfinished.chmod(catalog.stat().st_mode)
        with closing(sqlite3.connect(catalog)) as source, closing(sqlite3.connect(unfinished)) as target:
            source.backup(target)
            target.execute("PRAGMA journal_mode=DELETE")
        _to_disk(unfinished)
        unfinished.replace(made)
    except (OSError, sqlite3.Error) as error:
        raise StorageError(
            f"catalog {catalog}: no copy before its upgrade from {revision}: {error}: make room for a copy of "
            f"{catalog.stat().st_size:,} bytes beside it and run again; it is as it was"
        ) from error
    finally:
        for leftover in (unfinished, Path(f"{unfinished}-journal"), Path(f"{unfinished}-wal")):
            with suppress(OSError):
                leftover.unlink()
    copies = sorted(
        (each for each in made.parent.glob(f"{_prefix(catalog)}*") if each.suffix != ".tmp"),
        key=lambda each: each.stat().st_mtime_ns,
        reverse=True,
    )
    for old in copies[KEPT:]:
        old.unlink(missing_ok=True)
    return made


def _prefix(catalog: Path) -> str:
    return f"{catalog.name}.before-upgrade-"


def _to_disk(path: Path) -> None:
    with path.open("rb+") as written:
        os.fsync(written.fileno())
