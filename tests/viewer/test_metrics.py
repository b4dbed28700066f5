"""``/metrics``: what monitoring reads is what the store holds, on both databases, and many readings cost one."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy.engine import Connection

from smokewatch.store.catalog import Catalog
from smokewatch.store.viewing.operating import Operating, read_operating
from smokewatch.viewer import metrics
from tests.servers import PostgreSql
from tests.store.filled import Store
from tests.store.operated import NOW, operate
from tests.viewer.stores import Look
from tests.viewer.test_same import copied

Samples = dict[str, dict[tuple[str, ...], float]]


def samples(text: str) -> Samples:
    """Name -> values of its labels, in the order of the labels' names -> value, as Prometheus reads them."""
    found: Samples = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(value for _, value in sorted(sample.labels.items()))] = sample.value
    return found


def told(catalog: Catalog, *, now: datetime) -> Operating:
    with catalog.read() as connection:
        return read_operating(connection, now=now)


@pytest.fixture
def operated(store: Store) -> Store:
    operate(store)
    return store


def test_the_numbers_are_the_stores(operated: Store, look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    class Clock(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            assert tz is UTC
            return NOW

    monkeypatch.setattr(metrics, "datetime", Clock)
    reply = look().get("/metrics")
    assert reply.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    found = samples(reply.text)
    assert found["smokewatch_recent_sequences"] == {
        ("", "not_replayed"): 1,
        ("0.3.1", "exact"): 1,
        **{("0.4.0", verdict): 1 for verdict in ("exact", "window", "unexplained", "dropped")},
    }
    assert found["smokewatch_sequences"] == found["smokewatch_recent_sequences"] | {("0.4.0", "exact"): 2}
    # What was dropped is neither explained nor unexplained.
    assert found["smokewatch_match_ratio"] == {("0.3.1",): 1, ("0.4.0",): pytest.approx(2 / 3)}
    assert found["smokewatch_verdicts_total"] == {(): 7}
    assert found["smokewatch_newest_sequence_age_seconds"] == {("alert-api",): 3 * 3600}
    assert found["smokewatch_last_completed_run_age_seconds"] == {("daily",): 10 * 3600, ("notify",): 30 * 3600}
    assert found["smokewatch_last_completed_run_seconds"] == {("daily",): 20 * 60, ("notify",): 60}
    assert found["smokewatch_last_completed_run_sequences"] == {("daily",): 6}
    assert found["smokewatch_recent_runs"] == {("daily", "completed"): 1, ("notify", "failed"): 1}
    # At the triage's threshold a sequence is reviewed; those that left the queue wait for nobody.
    assert found["smokewatch_backlog_sequences"] == {("review",): 2, ("unlabeled",): 1, ("not_scored",): 1}
    assert found["smokewatch_messages"] == {("sent",): 2, ("waiting",): 1}
    assert found["smokewatch_oldest_age_seconds"][("messages",)] == 20 * 60
    assert found["smokewatch_drift_severity"] == {
        ("default", "calibrated", "all"): 2,
        ("default", "strict", "all"): 1,
    }
    assert found["smokewatch_drift_checked_day_age_seconds"] == {("default", "all"): 36 * 3600}
    assert found["process_resident_memory_bytes"][()] > 0


def test_an_empty_store_has_metrics_too(look: Look) -> None:
    found = samples(look().get("/metrics").text)
    assert found["smokewatch_backlog_sequences"] == {("review",): 0, ("unlabeled",): 0, ("not_scored",): 0}
    assert "smokewatch_match_ratio" not in found
    assert len(found["smokewatch_build_info"]) == 1


def test_postgresql_tells_the_same(operated: Store, postgresql: PostgreSql) -> None:
    other = Catalog.open(postgresql.fresh())
    copied(operated.catalog, other)
    assert told(other, now=NOW) == told(operated.catalog, now=NOW)
    other.close()


def test_many_readings_cost_one(operated: Store, look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[datetime] = []

    def counted(connection: Connection, *, now: datetime) -> Operating:
        read.append(now)
        return read_operating(connection, now=now)

    monkeypatch.setattr(metrics, "read_operating", counted)
    monkeypatch.setattr(metrics, "KEPT_SECONDS", 600.0)
    client = look()
    first = samples(client.get("/metrics").text)
    operated.sequence(8, first_detection=800)
    assert samples(client.get("/metrics").text)["smokewatch_sequences"] == first["smokewatch_sequences"]
    assert len(read) == 1
    monkeypatch.setattr(metrics, "KEPT_SECONDS", -1.0)
    assert samples(client.get("/metrics").text)["smokewatch_sequences"] != first["smokewatch_sequences"]
    assert len(read) == 2


def test_where_the_catalog_cannot_be_read_no_old_numbers_are_told(
    operated: Store, look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = look()
    monkeypatch.setattr(metrics, "KEPT_SECONDS", -1.0)
    assert client.get("/metrics").status_code == 200
    with operated.catalog.engine.connect() as connection:
        connection.exec_driver_sql("ALTER TABLE outbox RENAME TO lost")
        connection.commit()
    reply = client.get("/metrics")
    assert reply.status_code == 503
    assert reply.headers["content-type"] == "application/problem+json"
