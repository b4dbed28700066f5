"""Alerts of the day, with their sequences."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from demo.alert_api import alerting, tables
from smokewatch.store import tables as t
from smokewatch.store.catalog import Catalog
from tests.importing.conftest import Run, counted
from tests.production import DAY, Instead, Production


def members(catalog: Catalog, *, gone: bool = False) -> set[tuple[int, int]]:
    left = t.alert_sequences.c.gone_at.is_not(None) if gone else t.alert_sequences.c.gone_at.is_(None)
    with catalog.read() as connection:
        rows = connection.execute(sa.select(t.alert_sequences).where(left))
        return {(row.alert_id, row.sequence_id) for row in rows}


def test_alerts_are_stored_with_their_sequences(production: Production, catalog: Catalog, run: Run) -> None:
    first, second, alone = production.add(hour=2), production.add(hour=2.2), production.add(hour=5, camera=1)
    shared, other = production.alert(first), production.alert(alone)
    assert production.alert(second) == shared
    assert run().alerts == 2
    assert members(catalog) == {(shared, first), (shared, second), (other, alone)}
    with catalog.read() as connection:
        row = connection.execute(sa.select(t.alerts).where(t.alerts.c.id == other)).one()
    assert (row.organization_id, row.started_at.hour, row.deleted_at) == (3, 11, None)


def test_a_sequence_that_leaves_an_alert_was_in_it(production: Production, catalog: Catalog, run: Run) -> None:
    first, second = production.add(hour=2), production.add(hour=2.2)
    shared = production.alert(first)
    production.alert(second)
    run()
    production.change(second, is_wildfire="other")
    with production.services.writing() as connection:
        alerting.set_apart(connection, second)
    run()
    assert members(catalog) == {(shared, first), (shared + 1, second)}
    assert members(catalog, gone=True) == {(shared, second)}


def test_an_alerts_sequence_of_another_day_is_imported_too(production: Production, catalog: Catalog, run: Run) -> None:
    late, early = production.add(hour=17.9), production.add(hour=18.1)  # before and after midnight UTC
    alert = production.alert(late)
    assert production.alert(early) == alert
    assert counted(run(), "listed", "imported") == (2, 2)
    assert members(catalog) == {(alert, late), (alert, early)}
    assert counted(run(DAY, DAY + timedelta(days=1)), "listed", "unchanged") == (2, 2)


def test_a_deleted_alert_is_marked(production: Production, catalog: Catalog, run: Run) -> None:
    alert = production.alert(production.add())
    run()
    with production.services.writing() as connection:
        for table, column in ((tables.alert_sequences, "alert_id"), (tables.alerts, "id")):
            connection.execute(table.delete().where(table.c[column] == alert))
    assert counted(run(), "alerts", "alerts_deleted") == (0, 1)
    with catalog.read() as connection:
        assert connection.scalar(sa.select(t.alerts.c.deleted_at)) is not None


def test_excluded_organizations_have_no_alerts(production: Production, catalog: Catalog, run: Run) -> None:
    production.alert(production.add(camera=1))
    assert counted(run(excluded=("sdis-2",)), "alerts", "imported") == (0, 0)


def test_a_server_without_alerts_still_has_sequences(production: Production, catalog: Catalog, run: Run) -> None:
    production.add()
    production.before_answer = lambda asked: Instead(404) if asked.path.startswith("/alerts") else None
    assert counted(run(), "alerts", "imported") == (0, 1)


def test_a_malformed_alert_is_counted_and_stops_nothing(production: Production, catalog: Catalog, run: Run) -> None:
    production.add()
    body = b'[{"id": 1, "organization_id": "two", "sequences": []}]'
    production.before_answer = lambda asked: Instead(200, body=body) if asked.path.startswith("/alerts") else None
    assert counted(run(), "alerts", "imported", "flagged") == (0, 1, {"malformed_alert": 1})
