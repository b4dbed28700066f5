"""The catalog as one SQLite file that is only read."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import sqlalchemy as sa

from smokewatch.errors import StorageError
from smokewatch.store import tables as t
from smokewatch.store.catalog import Catalog

LEFT_OUT = frozenset({"processes"})
"""Tables that mean something on one machine only."""
_BATCH = 5_000


def write_snapshot(catalog: Catalog, target: Path) -> None:
    """Copy a catalog, as it is at one moment, into a new file.

    Row by row in the order of the keys rather than with VACUUM INTO, so that a catalog gives the same bytes wherever
    it is kept and in whichever order it came to be.

    Raises:
        StorageError: when the catalog cannot be read, or the file not be written.
    """
    snapshot = Catalog.open(sa.URL.create("sqlite", database=str(target)).render_as_string())
    try:
        with catalog.read() as source, snapshot.write() as copy:
            for table in t.metadata.sorted_tables:
                if table.name in LEFT_OUT:
                    continue
                query = sa.select(table).order_by(*table.primary_key).execution_options(yield_per=_BATCH)
                for rows in source.execute(query).mappings().partitions():
                    copy.execute(table.insert(), [dict(row) for row in rows])
    finally:
        snapshot.close()
    try:
        with contextlib.closing(sqlite3.connect(target, isolation_level=None)) as connection:
            # One file, readable where nothing can be written beside it.
            connection.execute("PRAGMA journal_mode=DELETE")
            connection.execute("VACUUM")
    except sqlite3.Error as error:
        raise StorageError(f"{target} cannot be written: {error}: free some space and run again") from error
