"""A store whose days were checked, as `smokewatch baseline` and `smokewatch drift` leave it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa

from smokewatch.domain.drift import DriftCheck, check_drift, propose_retraining
from smokewatch.store import tables as t
from smokewatch.store.catalog import Catalog
from smokewatch.store.drift import (
    build_version,
    current_day,
    load_baseline,
    load_checks,
    roll_on,
    save_check,
    save_days,
    version_before,
)
from tests.store.watched import EVERYTHING, NOW, add_day, kept, nth, set_up

BASELINE = "default"


def build(catalog: Catalog, days: int, *, organization: str | None = None) -> None:
    """An organization's first days, and the baseline of them."""
    set_up(catalog)
    if organization is not None:
        with catalog.write() as connection:
            connection.execute(t.organizations.update().values(name=organization))
    for number in range(days):
        add_day(catalog, number)
    found = [kept(catalog, number) for number in range(days)]
    with catalog.write() as connection:
        build_version(connection, BASELINE, found, left_out={}, run_id="", now=NOW)


def check(catalog: Catalog, number: int) -> DriftCheck:
    """The check of the day with this number, kept; the baseline rolls on."""
    with catalog.write() as connection:
        version = version_before(connection, BASELINE, nth(number))
        assert version is not None
        baseline = load_baseline(connection, version)
        day = current_day(connection, nth(number), selection=EVERYTHING)
        history = load_checks(connection, BASELINE, scope=day.scope, last_day=nth(number - 1))
        found = check_drift(day.summary, baseline, history=history)
        save_days(connection, [day], now=NOW)
        proposes = propose_retraining([*history, found]) is not None
        save_check(
            connection,
            found,
            scope=day.scope,
            day_sha256=day.sha256,
            proposes_retraining=proposes,
            run_id="",
            now=NOW,
        )
        roll_on(connection, version, baseline, day, found.severity, run_id="", now=NOW)
    return found


def watch(catalog: Catalog, number: int, *, fog: Collection[str] = (), **day: Any) -> DriftCheck:
    """A further day, checked."""
    add_day(catalog, number, fog=fog, **day)
    return check(catalog, number)


def released(catalog: Catalog, versions: Mapping[int, tuple[str, str]]) -> None:
    """From the day with this number on, scores come from these versions of temporal-api and its model."""
    o = t.outcomes.c
    with catalog.write() as connection:
        for number, (api, model) in sorted(versions.items()):
            told = {"temporal_api_version": api, "temporal_model_version": model}
            connection.execute(sa.update(t.outcomes).where(o.sequence_id >= 1000 * number).values(**told))


DAYS, CHECKED = 30, 7
MISSING, RELEASED, FOGGED = DAYS + 2, DAYS + 3, DAYS + 4
"""Days with these numbers: north sends nothing, other releases from here on, west's lens fogs from here on."""
LAST = DAYS + CHECKED - 1


def live(catalog: Catalog) -> list[DriftCheck]:
    """A baseline of 30 days and 7 checked days, with something of everything; their checks."""
    build(catalog, DAYS)
    found = [
        watch(
            catalog,
            number,
            fog=("west",) if number >= FOGGED else (),
            missing=("north",) if number == MISSING else (),
        )
        for number in range(DAYS, LAST + 1)
    ]
    released(catalog, {RELEASED: ("0.5.0", "0.3.0")})
    return found
