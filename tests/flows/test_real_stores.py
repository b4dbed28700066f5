"""Import and replay with the catalog on PostgreSQL and the frames on S3: what a folder and SQLite give, no more."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from blocks.store import Store
from flows.import_sequences import import_sequences
from flows.replay_sequences import replay_sequences
from smokewatch.domain.detections import Detection
from smokewatch.domain.sequences import ListedSequence, Outcome
from smokewatch.store import tables as t
from smokewatch.store.catalog import Catalog
from smokewatch.store.saving import Change, Inputs, save_sequence
from tests.production import DAY, Production
from tests.rows import START, wire_row
from tests.servers import S3, PostgreSql

NOW = datetime(2026, 8, 15, tzinfo=UTC)


@pytest.fixture
def catalog(
    production: Production, postgresql: PostgreSql, s3: S3, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Catalog]:
    url = postgresql.fresh()
    monkeypatch.setenv("SMOKEWATCH_CATALOG_URL", url)
    monkeypatch.setenv("SMOKEWATCH_FRAMES", s3.fresh())
    opened = Catalog.open(url)
    yield opened
    opened.close()


def test_a_day_is_imported_and_replayed_once(production: Production, catalog: Catalog) -> None:
    production.add(frames=6, seen=6)
    production.add(frames=8, seen=5, hour=3)
    assert import_sequences(date_from=DAY)["imported"] == 2
    assert import_sequences(date_from=DAY)["unchanged"] == 2
    first = replay_sequences(date_from=DAY)
    assert (first["exact"], first["window"], first["unexplained"]) == (1, 1, 0)
    assert replay_sequences(date_from=DAY)["predict_calls"] == 0
    with catalog.read() as connection:
        stored = list(connection.scalars(sa.select(t.frames.c.sha256)))
    frames = Store.resolve().frame_store()
    assert len([frames.read(sha256) for sha256 in stored]) == 14


def test_two_writers_of_the_same_sequence_leave_one_copy(postgresql: PostgreSql) -> None:
    url = postgresql.fresh()
    rows = [Detection.from_alert_api(wire_row(number, f"k{number}.jpg")) for number in range(1, 5)]
    started = START.replace(tzinfo=UTC)
    outcome = Outcome(None, 0.5, "0.2.0", "0.3.1", False, 0.6, started)
    listed = ListedSequence(1, 4, 2, 45.5, None, None, started, 4, outcome)

    def save(_: int) -> Change:
        catalog = Catalog.open(url)
        with catalog.write() as connection:
            inputs = Inputs(rows, dict.fromkeys((row.bucket_key for row in rows), None))
            change = save_sequence(connection, "alert-api", listed, organization_id=2, inputs=inputs, now=NOW)
        catalog.close()
        return change

    with ThreadPoolExecutor(8) as pool:
        changes = list(pool.map(save, range(8)))
    assert sorted(change.new for change in changes) == [False] * 7 + [True]
    assert not any(change.revised or change.outcome for change in changes)
    with Catalog.open(url).read() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(t.detections)) == 4
