"""Fire risk in the catalog: which answer holds, and the gate in SQL as the rules have it."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from smokewatch.domain.risk import PRODUCTION_GATE, FwiClass, Gate, RiskClass, gate_with, passes_listing
from smokewatch.store import risk
from smokewatch.store import tables as t
from smokewatch.store.catalog import Catalog

SOURCE = "alert-api"
DAY = date(2026, 8, 14)
TWO = datetime(2026, 8, 14, 2, tzinfo=UTC)
FOUR = datetime(2026, 8, 14, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)


def a_class(
    fwi_class: FwiClass = FwiClass.LOW,
    *,
    camera: int = 1,
    day: date = DAY,
    fwi: float | None = 8.1,
    fetched_at: datetime = TWO,
) -> RiskClass:
    return RiskClass(camera, day, fwi_class, fwi, fetched_at)


def save(catalog: Catalog, *classes: RiskClass, now: datetime = FOUR, source: str = SOURCE) -> int:
    with catalog.write() as connection:
        return risk.save_classes(connection, source, classes, now=now)


def classes(catalog: Catalog, day: date = DAY) -> dict[int, FwiClass]:
    with catalog.read() as connection:
        return risk.classes_of(connection, SOURCE, day)


def test_a_camera_has_one_class_a_day_and_source(catalog: Catalog) -> None:
    yesterday = DAY - timedelta(days=1)
    assert save(catalog, a_class(), a_class(FwiClass.HIGH, camera=2), a_class(FwiClass.EXTREME, day=yesterday)) == 3
    assert save(catalog, a_class(FwiClass.MODERATE), source="another") == 1
    assert classes(catalog) == {1: FwiClass.LOW, 2: FwiClass.HIGH}
    assert classes(catalog, yesterday) == {1: FwiClass.EXTREME}
    assert classes(catalog, DAY + timedelta(days=1)) == {}


def test_the_answer_computed_last_holds_whichever_is_stored_last(catalog: Catalog) -> None:
    save(catalog, a_class(FwiClass.HIGH, fetched_at=TWO + HOUR))
    assert save(catalog, a_class(FwiClass.LOW, fetched_at=TWO), now=FOUR + HOUR) == 0
    assert classes(catalog) == {1: FwiClass.HIGH}
    assert save(catalog, a_class(FwiClass.EXTREME, fetched_at=TWO + 2 * HOUR), now=FOUR - HOUR) == 1
    assert classes(catalog) == {1: FwiClass.EXTREME}


def test_of_two_answers_computed_at_once_the_one_asked_for_last_holds(catalog: Catalog) -> None:
    save(catalog, a_class(FwiClass.HIGH), now=FOUR + HOUR)
    assert save(catalog, a_class(FwiClass.LOW), now=FOUR) == 0
    assert classes(catalog) == {1: FwiClass.HIGH}
    assert save(catalog, a_class(FwiClass.LOW), now=FOUR + HOUR) == 1
    assert classes(catalog) == {1: FwiClass.LOW}


def test_the_same_answer_again_changes_nothing_but_when_it_was_given(catalog: Catalog) -> None:
    assert save(catalog, a_class()) == 1
    assert save(catalog, a_class(), now=FOUR + HOUR) == 0
    with catalog.read() as connection:
        row = connection.execute(sa.select(t.risk_classes)).one()
    assert (row.fwi_class, row.fwi, row.fetched_at, row.asked_at) == ("low", 8.1, TWO, FOUR + HOUR)


def test_what_a_refresh_does_not_tell_stays(catalog: Catalog) -> None:
    save(catalog, a_class(), a_class(camera=2))
    assert save(catalog, now=FOUR + HOUR) == 0
    save(catalog, a_class(FwiClass.HIGH, fetched_at=TWO + HOUR))
    assert classes(catalog) == {1: FwiClass.HIGH, 2: FwiClass.LOW}


# The last microsecond of a day is still that day's.
MOMENTS = [TWO - 2 * HOUR, TWO + 22 * HOUR - timedelta(microseconds=1), TWO + 22 * HOUR]


def add_sequences(catalog: Catalog) -> list[tuple[int, float | None, FwiClass | None]]:
    """A sequence for each camera's class (one without), max_conf and moment; what the rules need to know of each."""
    facts = {"source": SOURCE, "organization_id": 2, "imported_at": TWO, "revision": 1, "outcome": 1}
    outcome = {"source": SOURCE, "outcome": 1, "observed_at": TWO, "last_seen_at": TWO}
    by_camera: list[FwiClass | None] = [*FwiClass, None]
    known = []
    with catalog.write() as connection:
        chosen = [a_class(each, camera=camera) for camera, each in enumerate(by_camera) if each is not None]
        risk.save_classes(connection, SOURCE, chosen, now=FOUR)
        risk.save_classes(connection, "another", [a_class(FwiClass.VERY_LOW, camera=6)], now=FOUR)
        confidences = (None, 0.0, 0.4499, 0.45, 0.5999, 0.6, 1.0)
        cases = itertools.product(range(len(by_camera)), confidences, MOMENTS)
        for identity, (camera, max_conf, moment) in enumerate(cases):
            of_day = by_camera[camera] if moment.date() == DAY else None
            known.append((identity, max_conf, of_day))
            started = {"id": identity, "camera_id": camera, "started_at": moment}
            connection.execute(t.sequences.insert(), facts | started)
            connection.execute(t.outcomes.insert(), outcome | {"sequence_id": identity, "max_conf": max_conf})
    return known


def listed(catalog: Catalog, gate: Gate, override: FwiClass | None = None) -> list[int]:
    """The ids that the database lets pass."""
    s, o = t.sequences.c, t.outcomes.c
    joined = t.sequences.join(t.outcomes, (o.source == s.source) & (o.sequence_id == s.id) & (o.outcome == s.outcome))
    joined = joined.outerjoin(t.risk_classes, risk.on_camera_and_day(s.source, s.camera_id, s.started_at))
    statement = sa.select(s.id).select_from(joined).where(risk.passes_listing(o.max_conf, gate, override))
    with catalog.read() as connection:
        return list(connection.scalars(statement.order_by(s.id)))


def test_the_database_lets_pass_what_the_rules_do(catalog: Catalog) -> None:
    known = add_sequences(catalog)
    gates = [
        PRODUCTION_GATE,
        gate_with({FwiClass.VERY_LOW: None, FwiClass.LOW: None}),
        gate_with({FwiClass.EXTREME: 1.0, FwiClass.MODERATE: 0.0, FwiClass.LOW: None}),
    ]
    for gate in gates:
        for override in (None, *FwiClass):
            expected = [
                identity
                for identity, max_conf, fwi_class in known
                if passes_listing(max_conf, fwi_class if override is None else override, gate)
            ]
            assert listed(catalog, gate, override) == expected, (gate, override)
    assert len(listed(catalog, PRODUCTION_GATE)) < len(known)
    assert listed(catalog, PRODUCTION_GATE, FwiClass.MODERATE) == [identity for identity, *_ in known]


@pytest.mark.parametrize("repeated", [{"alert_id": 7}, {"id": 1}])
def test_an_alert_has_one_message_and_digests_are_many(catalog: Catalog, repeated: dict[str, int]) -> None:
    message = {
        "source": SOURCE,
        "organization_id": 2,
        "kind": "alert",
        "body": {"text": "smoke"},
        "state": "waiting",
        "attempts": 0,
        "created_at": TWO,
        "detail": "",
    }
    digest = message | {"kind": "digest", "alert_id": None}
    with catalog.write() as connection:
        connection.execute(t.outbox.insert(), [message | {"alert_id": 7}, digest, digest])
    with pytest.raises(sa.exc.IntegrityError), catalog.write() as connection:
        connection.execute(t.outbox.insert(), message | {"alert_id": 8} | repeated)
    with catalog.read() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(t.outbox)) == 3
