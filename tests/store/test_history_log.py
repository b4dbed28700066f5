"""The audit log: what the catalog lost comes back from it, whatever a killed process left in its last line."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from smokewatch.errors import StorageError
from smokewatch.store import tables as t
from smokewatch.store.catalog import Catalog
from smokewatch.store.history_log import HistoryLog, Rebuilt, Tidied, history_folder
from smokewatch.store.verdicts import record_verdicts
from tests.store.test_results import DROP, EXACT

DAY = date(2026, 8, 15)
LATE = datetime(2026, 8, 15, 23, 59, 59, 999999, tzinfo=UTC)
_KILLED = """
import os, signal, sys
from smokewatch.store import history_log
whole = os.write
def half(file, line):
    whole(file, line[: len(line) // 2])
    os.kill(os.getpid(), signal.SIGKILL)
from datetime import datetime, UTC
from pathlib import Path
from tests.store.test_history_log import reached
rows = reached(None, 7)
os.write = half
history_log.HistoryLog(Path(sys.argv[1])).append(rows)
"""


def reached(catalog: Catalog | None, sequence: int, at: datetime = LATE) -> list[dict[str, Any]]:
    """A verdict, recorded where there is a catalog."""
    verdict = replace(EXACT, sequence_id=sequence)
    if catalog is None:
        place = {"organization_id": 2, "camera_id": None, "frames": verdict.frames}
        return [verdict.as_row() | place | {"run_id": "r", "decided_at": at}]
    with catalog.write() as connection:
        return record_verdicts(connection, [verdict, replace(DROP, sequence_id=-sequence)], run_id="r", now=at)


def rows(catalog: Catalog) -> list[Any]:
    v = t.verdicts.c
    every = [column for column in v if column.name != "id"]
    with catalog.read() as connection:
        return [tuple(row) for row in connection.execute(sa.select(*every).order_by(v.id))]


@pytest.fixture
def another(tmp_path: Path) -> Catalog:
    """A catalog that lost everything."""
    return Catalog.open(f"sqlite:///{tmp_path / 'another.db'}")


def test_what_the_catalog_lost_comes_back_as_it_was(catalog: Catalog, another: Catalog, tmp_path: Path) -> None:
    log = HistoryLog(tmp_path / "history")
    for number in range(1, 4):
        log.append(reached(catalog, number, LATE + timedelta(microseconds=number)))
    assert sorted(path.name for path in log.folder.iterdir()) == ["history-2026-08-16.jsonl"]
    log.append(reached(catalog, 9, LATE))
    assert (log.folder / "history-2026-08-15.jsonl").read_bytes().count(b"\n") == 2
    assert log.rebuild(another) == Rebuilt(added=8, known=0, damaged=0)
    assert sorted(map(repr, rows(another))) == sorted(map(repr, rows(catalog)))
    assert log.rebuild(another) == Rebuilt(added=0, known=8, damaged=0)
    assert log.rebuild(catalog) == Rebuilt(added=0, known=8, damaged=0)


def test_a_killed_process_costs_its_half_line_and_no_other(another: Catalog, tmp_path: Path) -> None:
    log = HistoryLog(tmp_path / "history")
    log.append(reached(None, 1))
    killed = subprocess.run([sys.executable, "-c", _KILLED, str(log.folder)], cwd=Path(__file__).parents[2])
    assert killed.returncode == -signal.SIGKILL
    assert not (log.folder / f"history-{DAY}.jsonl").read_bytes().endswith(b"\n")
    log.append(reached(None, 2))
    assert log.rebuild(another) == Rebuilt(added=2, known=0, damaged=1)


def test_old_days_are_compressed_then_deleted(another: Catalog, tmp_path: Path) -> None:
    log = HistoryLog(tmp_path / "history")
    for age in (0, 7, 8, 30, 31):
        log.append(reached(None, age + 1, LATE - timedelta(days=age)))
    (log.folder / "notes.txt").write_text("not ours")
    assert log.tidy(DAY) == Tidied(compressed=2, deleted=1)
    assert log.tidy(DAY) == Tidied(compressed=0, deleted=0)
    names = ["history-2026-07-16.jsonl.gz", "history-2026-08-07.jsonl.gz"]
    names += ["history-2026-08-08.jsonl", "history-2026-08-15.jsonl", "notes.txt"]
    assert sorted(path.name for path in log.folder.iterdir()) == names
    assert log.rebuild(another).added == 4


def test_a_day_that_was_being_compressed_is_read_once(another: Catalog, tmp_path: Path) -> None:
    log = HistoryLog(tmp_path / "history")
    log.append(reached(None, 1, LATE - timedelta(days=9)))
    plain = log.folder / "history-2026-08-06.jsonl"
    content = plain.read_bytes()
    log.tidy(DAY)
    plain.write_bytes(content)  # killed after the compressed one was there, before the plain one was gone
    assert log.rebuild(another) == Rebuilt(added=1, known=1, damaged=0)
    assert log.tidy(DAY).compressed == 1
    assert not plain.exists()


def test_a_log_that_cannot_be_written_or_read_is_named(another: Catalog, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match=r"audit log .*file/history cannot be written .*SMOKEWATCH_HISTORY"):
        HistoryLog(tmp_path / "file" / "history").append(reached(None, 1))
    (tmp_path / "history-2026-08-06.jsonl.gz").write_bytes(b"\x1f\x8b broken")
    with pytest.raises(StorageError, match=r"history-2026-08-06\.jsonl\.gz cannot be read"):
        HistoryLog(tmp_path).rebuild(another)


def test_it_is_beside_a_catalog_that_is_a_file() -> None:
    assert history_folder("sqlite:///data/catalog.db", None) == Path("data/history")
    assert history_folder("postgresql://u:p@h/db", None) == Path("smokewatch-data/history")
    assert history_folder("postgresql://u:p@h/db", "/logs") == Path("/logs")
    assert os.fspath(history_folder("sqlite:///data/catalog.db", "there")) == "there"
