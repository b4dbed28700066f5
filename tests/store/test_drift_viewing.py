"""What the drift screen reads: on both databases, the newest check of a day, and releases by UTC day."""

from __future__ import annotations

from datetime import timedelta

from smokewatch.store import tables as t
from smokewatch.store.catalog import Catalog
from smokewatch.store.drift import ALL, IMAGES, Selection
from smokewatch.store.viewing.drift import (
    KnownCamera,
    Watched,
    check_rows,
    check_with_history,
    drift_state,
    known_cameras,
    list_watched,
    releases_by_day,
)
from tests.store.watched import NAMES, SOURCE, add_day, noon, nth, set_up
from tests.viewer.drifting import BASELINE, build, check, watch

WATCHED = Watched(BASELINE, ALL, 3, nth(4))


def test_a_days_newest_check_counts(catalog: Catalog) -> None:
    build(catalog, 2)
    for number in (2, 3, 4):
        watch(catalog, number)
    check(catalog, 3)
    with catalog.read() as connection:
        assert list_watched(connection) == [WATCHED]
        rows = check_rows(connection, WATCHED)
        assert [row.day for row in rows] == [nth(2), nth(3), nth(4)]
        assert rows[1].id > rows[2].id
        assert [row.day for row in check_rows(connection, WATCHED, first_day=nth(3), last_day=nth(3))] == [nth(3)]
        assert [each.day for each in check_with_history(connection, WATCHED, nth(3))] == [nth(2), nth(3)]
        assert check_with_history(connection, WATCHED, nth(5)) == []


def test_releases_belong_to_the_utc_day_on_which_a_sequence_started(catalog: Catalog) -> None:
    set_up(catalog)
    for number in range(2):
        add_day(catalog, number, n=3)
    s, o = t.sequences.c, t.outcomes.c
    last_moment = noon(nth(1)) - timedelta(hours=12, microseconds=1)
    with catalog.write() as connection:
        connection.execute(t.sequences.update().where(s.id == 1000).values(started_at=last_moment))
        connection.execute(t.outcomes.update().where(o.sequence_id == 1000).values(temporal_api_version="0.5.0"))
        connection.execute(t.outcomes.update().where(o.sequence_id == 1001).values(temporal_model_version=None))
        connection.execute(t.outcomes.update().where(o.sequence_id == 1002).values(temporal_model_score=None))
    with catalog.read() as connection:
        found = releases_by_day(connection, ALL, first_day=nth(0), last_day=nth(1))
        others = Selection(((SOURCE, 3),)).scope
        assert releases_by_day(connection, others, first_day=nth(0), last_day=nth(1)) == {}
        assert releases_by_day(connection, IMAGES, first_day=nth(0), last_day=nth(1)) == {}
    assert found == {nth(0): {("0.4.0", "0.2.0"), ("0.5.0", "0.2.0")}, nth(1): {("0.4.0", "")}}


def test_cameras_are_found_by_the_names_that_drift_gives_them(catalog: Catalog) -> None:
    set_up(catalog)
    with catalog.read() as connection:
        assert known_cameras(connection) == {name: KnownCamera(SOURCE, 2, at) for at, name in enumerate(NAMES, 1)}


def test_the_state_follows_checks_baselines_and_outcomes(catalog: Catalog) -> None:
    states = []

    def look() -> None:
        with catalog.read() as connection:
            states.append(drift_state(connection))

    look()
    build(catalog, 2)
    look()
    watch(catalog, 2)
    look()
    check(catalog, 2)
    look()
    with catalog.write() as connection:
        connection.execute(t.sequences.update().values(outcome=2))
    look()
    assert len(set(states)) == len(states)
