"""A SQLite catalog that another process holds: waited for, then told in one line; nothing is lost."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from smokewatch.errors import StorageError
from smokewatch.store import catalog as module
from smokewatch.store import tables as t
from smokewatch.store.catalog import Catalog
from tests.importing.conftest import import_days
from tests.production import Production

pytestmark = pytest.mark.chaos
HOLD = """
import sqlite3, sys
held = sqlite3.connect(sys.argv[1], isolation_level=None)
held.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.readline()
"""


@contextmanager
def held(path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that holds the catalog's write lock until it is told to go on, or ended."""
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    try:
        yield holder
    finally:
        if holder.poll() is None:
            holder.communicate("go on\n", timeout=300)


def test_a_catalog_that_stays_locked_is_told_in_one_line_and_loses_nothing(
    outside: Production, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside.add(frames=2)
    assert import_days().imported == 1
    outside.add(frames=2, hour=3)
    file = outside.folder / "store" / "catalog.db"
    with held(file), monkeypatch.context() as impatient:
        impatient.setattr(module, "_BUSY_SECONDS", 0.1)
        with pytest.raises(StorageError) as told:
            import_days()
        # Who only reads does not wait for a writer.
        reader = Catalog.open(f"sqlite:///{file}")
        with reader.read() as connection:
            assert connection.scalar(sa.select(sa.func.count()).select_from(t.sequences)) == 1
        reader.close()
    assert str(told.value) == (
        f"catalog sqlite:///{file}: database is locked: another process holds it for over a minute; "
        "run again when it is done"
    )
    counts = import_days()
    assert (counts.imported, counts.unchanged) == (1, 1)


def test_a_catalog_that_is_locked_for_a_while_is_waited_for(outside: Production) -> None:
    outside.add(frames=2)
    import_days()
    outside.add(frames=2, hour=3)
    with held(outside.folder / "store" / "catalog.db") as holder:
        timer = threading.Timer(0.5, holder.communicate, ["go on\n"])
        timer.start()
        assert import_days().imported == 1
        timer.join()
