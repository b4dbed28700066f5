"""Several importers at once leave one copy, on SQLite and on PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from smokewatch.store import tables as t
from smokewatch.store.catalog import Catalog
from tests.importing.conftest import Run
from tests.production import Asked, Instead, Production, jpeg
from tests.servers import PostgreSql, postgresql_server


@pytest.fixture(scope="module")
def postgresql() -> Iterator[PostgreSql]:
    with postgresql_server() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def catalog(
    request: pytest.FixtureRequest, production: Production, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Catalog]:
    url = production.environment()["SMOKEWATCH_CATALOG_URL"]
    if request.param == "postgresql":
        url = request.getfixturevalue("postgresql").fresh()
        monkeypatch.setenv("SMOKEWATCH_CATALOG_URL", url)
    opened = Catalog.open(url)
    yield opened
    opened.close()


def count(catalog: Catalog, table: sa.Table) -> int:
    with catalog.read() as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def test_two_imports_of_a_day_at_the_same_time_leave_one_copy(
    production: Production, catalog: Catalog, run: Run
) -> None:
    for hour in range(10):
        sequence = production.add(frames=4, seen=4, hour=hour, camera=hour % 2)
        production.alert(sequence)
    together = threading.Barrier(2)

    def import_it() -> int:
        together.wait(30)
        return run().imported

    with ThreadPoolExecutor(2) as pool:
        imported = [each.result() for each in [pool.submit(import_it), pool.submit(import_it)]]
    assert sum(imported) == 10
    tables = (t.sequences, t.revisions, t.outcomes, t.detections, t.frames, t.alerts, t.skips)
    assert [count(catalog, table) for table in tables] == [10, 10, 10, 40, 40, 10, 0]
    assert run().unchanged == 10


def test_what_one_saw_earlier_never_replaces_what_another_saw_later(
    production: Production, catalog: Catalog, run: Run
) -> None:
    """One lists, then another lists, reads and saves a new label and a new row; only then does the first save."""
    sequence = production.add(frames=4)
    run()
    production.change(sequence, is_wildfire="other", last_seen_at=datetime(2026, 8, 14, 9, tzinfo=UTC))
    nested = threading.Event()

    def overtake(asked: Asked) -> None:
        if asked.path.endswith("/detections") and not nested.is_set():  # it has listed, and not saved
            nested.set()
            production.change(sequence, is_wildfire="wildfire_smoke")
            production.add_row(sequence, jpeg("late"), created_at=datetime(2026, 8, 14, 9, tzinfo=UTC), bbox="[]")
            counts = run()
            finished.append((counts.outcomes, counts.revised))

    finished: list[tuple[int, int]] = []
    production.before_answer = overtake
    counts = run()
    assert finished == [(1, 1)]
    assert (counts.outcomes, counts.revised) == (0, 0)
    with catalog.read() as connection:
        rows = connection.execute(sa.select(t.outcomes).order_by(t.outcomes.c.outcome)).all()
        assert connection.scalar(sa.select(t.sequences.c.revision)) == 2
    assert [row.is_wildfire for row in rows] == [None, "wildfire_smoke"]


def test_one_that_failed_stops_no_other_and_is_tried_again(production: Production, catalog: Catalog, run: Run) -> None:
    for hour in range(6):
        production.add(frames=2, hour=hour)
    production.before_answer = lambda asked: Instead(418) if asked.path == "/sequences/3/detections" else None
    counts = run()
    assert (counts.imported, dict(counts.skipped)) == (5, {"request_failed": 1})
    with catalog.read() as connection:
        row = connection.execute(sa.select(t.skips)).one()
    assert (row.sequence_id, row.reason) == (3, "request_failed")
    assert "418" in row.detail
    production.before_answer = None
    assert run().imported == 1
    assert count(catalog, t.skips) == 0
