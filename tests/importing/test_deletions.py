"""What production deleted: marked after its own 404 only, and kept."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from blocks.alert_api import AlertApiClient
from demo.alert_api import tables
from smokewatch.store import tables as t
from smokewatch.store.catalog import Catalog
from tests.importing.conftest import Run, counted
from tests.production import DAY, Instead, Production


def deleted(catalog: Catalog) -> dict[int, datetime]:
    with catalog.read() as connection:
        rows = connection.execute(sa.select(t.sequences.c.id, t.sequences.c.deleted_at))
        return {row.id: row.deleted_at for row in rows if row.deleted_at is not None}


def asked_by_id(production: Production) -> list[str]:
    return [asked.path for asked in production.requests if asked.path.removeprefix("/sequences/").isdecimal()]


def test_a_deleted_sequence_is_marked_once_and_everything_of_it_stays(
    production: Production, catalog: Catalog, run: Run
) -> None:
    gone, kept = production.add(), production.add(hour=3)
    run()
    production.delete(gone)
    assert counted(run(), "deleted", "unchanged") == (1, 1)
    first = deleted(catalog)
    assert first.keys() == {gone}
    with catalog.read() as connection:
        rows = connection.scalars(sa.select(t.detections.c.frame_sha256).where(t.detections.c.sequence_id == gone))
        assert None not in rows.all()
    assert run().deleted == 0
    assert deleted(catalog) == first
    assert asked_by_id(production) == [f"/sequences/{gone}"]
    assert kept not in first


def test_a_sequence_that_comes_back_is_unmarked(production: Production, catalog: Catalog, run: Run) -> None:
    sequence = production.add()
    run()
    with production.services.reading() as connection:
        row = connection.execute(sa.select(tables.sequences).where(tables.sequences.c.id == sequence)).one()._mapping
        keys = production.keys(sequence)
    production.delete(sequence)
    assert run().deleted == 1
    with production.services.writing() as connection:
        connection.execute(tables.sequences.insert().values(**row))
        d = tables.detections
        connection.execute(d.update().where(d.c.bucket_key.in_(keys)).values(sequence_id=sequence))
    assert counted(run(), "unchanged", "revised") == (1, 0)
    assert deleted(catalog) == {}


@pytest.mark.parametrize("status", [200, 403])
def test_what_is_not_listed_but_exists_is_not_deleted(
    production: Production, catalog: Catalog, run: Run, status: int
) -> None:
    """And when one of an organization turns out so, its others are not asked for: the account does not list them."""
    ids = [production.add(frames=1, camera=1, hour=hour) for hour in range(3)]
    run()
    production.services.admin_lists_all = False
    if status == 403:
        production.before_answer = lambda asked: Instead(403) if asked.path == f"/sequences/{ids[0]}" else None
    assert run().deleted == 0
    assert deleted(catalog) == {}
    assert asked_by_id(production) == [f"/sequences/{ids[0]}"]


def test_what_exists_unlisted_hides_no_deletion_of_an_organization_that_is_listed(
    production: Production, catalog: Catalog, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    unlisted, gone, _ = (production.add(frames=1, hour=hour) for hour in range(3))
    run()
    production.delete(gone)
    listed = AlertApiClient.sequences_of
    monkeypatch.setattr(
        AlertApiClient, "sequences_of", lambda api, day: [row for row in listed(api, day) if row["id"] != unlisted]
    )
    assert run().deleted == 1
    assert deleted(catalog).keys() == {gone}


def test_another_accounts_listing_deletes_nothing(
    production: Production, catalog: Catalog, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    production.add(camera=1)
    run()
    monkeypatch.setenv("ALERT_API_LOGIN", "agent-1")
    assert run().deleted == 0
    assert deleted(catalog) == {}


def test_exclusion_deletes_nothing_and_asks_nothing(production: Production, catalog: Catalog, run: Run) -> None:
    excluded, wanted = production.add(camera=1), production.add(camera=0)
    run()
    for sequence in (excluded, wanted):
        production.delete(sequence)
    assert run(excluded=("sdis-2",)).deleted == 1
    assert deleted(catalog).keys() == {wanted}
    assert run(only=("sdis-2",)).deleted == 1


def test_other_days_are_not_missed(production: Production, catalog: Catalog, run: Run) -> None:
    production.add()
    run()
    assert run(DAY - timedelta(days=1)).deleted == 0
    assert asked_by_id(production) == []


def test_a_server_that_cannot_say_leaves_it_open(production: Production, catalog: Catalog, run: Run) -> None:
    first, second = production.add(frames=1), production.add(frames=1, hour=3)
    run()
    for sequence in (first, second):
        production.delete(sequence)
    production.before_answer = lambda asked: Instead(500) if asked.path == f"/sequences/{first}" else None
    assert counted(run(), "deleted", "flagged") == (1, {"deletion_unconfirmed": 1})
    assert deleted(catalog).keys() == {second}
    production.before_answer = None
    assert run().deleted == 1
