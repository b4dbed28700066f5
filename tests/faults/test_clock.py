"""Clocks that are wrong, in another zone, or go back: days stay UTC, what comes later counts, nothing is told twice."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

import tasks.importing.days
import tasks.importing.sequence
from smokewatch.store import tables as t
from smokewatch.store.catalog import Catalog
from tests.faults.engine import Dump, dump
from tests.importing.conftest import import_days
from tests.marks import chaos
from tests.production import MORNING, Production, jpeg

CHANGES = (date(2026, 3, 29), date(2026, 10, 25))
"""When Paris changes its clocks, in 2026."""


@pytest.fixture
def paris(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Europe/Paris")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


class Clock(datetime):
    """A clock that is wrong by `off`."""

    off = timedelta()

    @classmethod
    def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
        return datetime.now(UTC) + cls.off


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> type[Clock]:
    """The clock of imports."""
    monkeypatch.setattr(Clock, "off", timedelta())
    for module in (tasks.importing.days, tasks.importing.sequence):
        monkeypatch.setattr(module, "datetime", Clock)
    return Clock


def stored(production: Production) -> Dump:
    return dump(production.environment()["SMOKEWATCH_CATALOG_URL"])


@pytest.mark.usefixtures("paris")
@pytest.mark.parametrize("day", [CHANGES[0], chaos(CHANGES[1])])
def test_days_are_utc_where_clocks_change(outside: Production, day: date) -> None:
    """Of 25 and of 23 local hours, and with sequences in the hour that comes twice or never."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    outside.services.clock.advance(
        seconds=(midnight + timedelta(days=2) - outside.services.clock.now()).total_seconds()
    )
    for hours in (-0.1, 0, 0.5, 1, 1.5, 2, 22.5, 23.9, 24):
        outside.add(frames=1, hour=(midnight - MORNING) / timedelta(hours=1) + hours)
    assert import_days(day).imported == 7
    catalog = Catalog.open(outside.environment()["SMOKEWATCH_CATALOG_URL"])
    with catalog.read() as connection:
        started = sorted(connection.scalars(sa.select(t.sequences.c.started_at)))
    catalog.close()
    assert [(each - midnight) / timedelta(hours=1) for each in started] == [0, 0.5, 1, 1.5, 2, 22.5, 23.9]


@pytest.mark.parametrize("ahead", [timedelta(days=3650), chaos(timedelta(hours=1))])
def test_what_a_clock_that_was_ahead_dated_does_not_stay_forever(
    outside: Production, clock: type[Clock], ahead: timedelta
) -> None:
    sequence = outside.add(frames=4, seen=4)
    clock.off = ahead
    assert import_days().imported == 1
    clock.off = timedelta()
    outside.change(sequence, is_wildfire="wildfire_smoke")
    outside.add_row(sequence, jpeg("late"), created_at=MORNING + timedelta(hours=3), bbox="[]")
    outside.change(sequence, last_seen_at=MORNING + timedelta(hours=3))
    counts = import_days()
    if ahead < timedelta(days=1):  # it may be another import that is at work now: waited for
        assert (counts.outcomes, counts.revised) == (0, 0)
        clock.off = ahead + timedelta(seconds=1)
        counts = import_days()
    assert (counts.outcomes, counts.revised) == (1, 1)
    assert len(stored(outside)["outcomes"]) == 2


def test_an_import_over_midnight_keeps_to_its_day(outside: Production, clock: type[Clock], tmp_path: Path) -> None:
    outside.add(frames=2, hour=17.9)
    outside.add(frames=2, hour=18.1)  # the next day

    def midnight(_asked: object) -> None:
        clock.off += timedelta(hours=12)

    outside.before_answer = midnight
    assert import_days(MORNING.date()).imported == 1
    assert import_days(MORNING.date() + timedelta(days=1)).imported == 1
    assert len(stored(outside)["sequences"]) == 2
