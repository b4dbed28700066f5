"""What the drift screen shows, read with few queries: which checks count, what they rest on, which releases ran."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from smokewatch.domain.drift import DriftCheck, Severity
from smokewatch.domain.drift.severity import REMEMBERED_DAYS
from smokewatch.store import tables as t
from smokewatch.store.catalog import in_chunks
from smokewatch.store.drift import ALL, HISTORY_DAYS, IMAGES, BaselineVersion, Selection, load_checks
from smokewatch.store.drift.columns import camera_names
from smokewatch.store.sequences import started_within
from smokewatch.store.viewing.rows import catalog_state


@dataclass(frozen=True, slots=True)
class Watched:
    """A baseline and whose days are compared with it."""

    baseline: str
    scope: str
    checks: int
    """Days with one; 0: none was made yet."""
    newest_day: date | None
    """UTC; None: no check."""


@dataclass(frozen=True, slots=True)
class CheckRow:
    """A day's newest check, not read yet: a row never changes, so what was read of it by its id stays true."""

    id: int
    day: date
    day_sha256: str
    proposes_retraining: bool


class DaySeverity(NamedTuple):
    """What a day's newest check says, without reading it."""

    day: date
    severity: str
    alerts: bool
    cameras: Sequence[str]
    """With a medium or high finding, the worst first."""


@dataclass(frozen=True, slots=True)
class KnownCamera:
    """A camera of the store by the name that drift gives it."""

    source: str
    organization_id: int
    id: int


Release = tuple[str, str]
"""Versions of temporal-api and of its model, each empty where production told none."""


def drift_state(connection: Connection) -> tuple[object, ...]:
    """A value that differs whenever anything below would."""
    c, b = t.drift_checks.c, t.drift_baselines.c
    checks = connection.execute(sa.select(sa.func.count(), sa.func.max(c.id))).one()
    baselines = connection.execute(sa.select(sa.func.count(), sa.func.max(b.made_at))).one()
    return (*checks, *baselines, *catalog_state(connection))


def list_watched(connection: Connection) -> list[Watched]:
    """Every baseline with a check or a version, the one with the newest checked day first."""
    c, b = t.drift_checks.c, t.drift_baselines.c
    rows = connection.execute(
        sa.select(c.baseline, c.scope, sa.func.count(c.day.distinct()), sa.func.max(c.day)).group_by(
            c.baseline, c.scope
        )
    )
    found = {(row[0], row[1]): Watched(row[0], row[1], row[2], row[3]) for row in rows}
    for name, scope in connection.execute(sa.select(b.name, b.scope).distinct()):
        found.setdefault((name, scope), Watched(name, scope, 0, None))
    return sorted(
        found.values(),
        key=lambda each: (-(each.newest_day or date.min).toordinal(), each.scope != ALL, each.baseline, each.scope),
    )


def newest_drift(connection: Connection, *, days: int) -> tuple[Watched, list[DaySeverity]] | None:
    """The baseline with the newest checked day, and its last `days` days, at least one; None: no day was checked."""
    watched = next((each for each in list_watched(connection) if each.newest_day is not None), None)
    return None if watched is None else (watched, severities(connection, watched, days=days))


def check_rows(
    connection: Connection, watched: Watched, *, first_day: date | None = None, last_day: date | None = None
) -> list[CheckRow]:
    """Each UTC day's newest check, ascending; None: no limit, both included."""
    c = t.drift_checks.c
    chosen = [c.scope == watched.scope, c.baseline == watched.baseline]
    chosen += [c.day >= first_day] if first_day is not None else []
    chosen += [c.day <= last_day] if last_day is not None else []
    newest = sa.select(sa.func.max(c.id)).where(*chosen).group_by(c.day)
    rows = connection.execute(
        sa.select(c.id, c.day, c.day_sha256, c.proposes_retraining).where(c.id.in_(newest)).order_by(c.day)
    )
    return [CheckRow(*row) for row in rows]


def severities(connection: Connection, watched: Watched, *, days: int) -> list[DaySeverity]:
    """Of the newest checked UTC days, so many at the most, ascending."""
    c = t.drift_checks.c
    newest = (
        sa.select(sa.func.max(c.id))
        .where(c.scope == watched.scope, c.baseline == watched.baseline)
        .group_by(c.day)
        .order_by(c.day.desc())
        .limit(days)
    )
    rows = connection.execute(sa.select(c.day, c.severity, c.alerts, c.cameras).where(c.id.in_(newest)).order_by(c.day))
    return [DaySeverity._make(row) for row in rows]


def read_checks(connection: Connection, watched: Watched, rows: Sequence[CheckRow]) -> dict[int, DriftCheck]:
    """The checks themselves, by the ids of their rows.

    Raises:
        StorageError: when one is damaged.
    """
    if not rows:
        return {}
    ids = {row.day: row.id for row in rows}
    first, last = min(ids), max(ids)
    read = load_checks(connection, watched.baseline, scope=watched.scope, first_day=first, last_day=last)
    return {ids[each.day]: each for each in read if each.day in ids}


def check_with_history(connection: Connection, watched: Watched, day: date) -> list[DriftCheck]:
    """A UTC day's check, the last one, after those that say since when it is as bad; empty: it has none.

    Raises:
        StorageError: when one is damaged.
    """
    c = t.drift_checks.c
    before = (c.scope == watched.scope, c.baseline == watched.baseline, c.day < day)
    newest = sa.select(sa.func.max(c.id)).where(*before).group_by(c.day)
    calm = connection.scalar(sa.select(sa.func.max(c.day)).where(c.id.in_(newest), c.severity == Severity.NONE.value))
    # A proposal to retrain looks at the last three days.
    first = min(calm or date.min, day - timedelta(days=REMEMBERED_DAYS))
    first = max(first, day - timedelta(days=HISTORY_DAYS))
    checks = load_checks(connection, watched.baseline, scope=watched.scope, first_day=first, last_day=day)
    return checks if checks and checks[-1].day == day else []


def version_days(connection: Connection, version: BaselineVersion) -> dict[str, date]:
    """The UTC days of a version's summaries, by what names them."""
    c = t.drift_days.c
    return {
        row.sha256: row.day
        for chunk in in_chunks(version.days)
        for row in connection.execute(sa.select(c.sha256, c.day).where(c.sha256.in_(chunk)))
    }


def releases_by_day(
    connection: Connection, scope: str, *, first_day: date, last_day: date
) -> dict[date, frozenset[Release]]:
    """Which releases gave the scores of each UTC day, both ends included; days without a score are left out.

    Args:
        connection: a transaction of the catalog.
        scope: whose; folders of images have no release.
        first_day: UTC.
        last_day: UTC.
    """
    if scope == IMAGES:
        return {}
    s, o = t.sequences.c, t.outcomes.c
    selection = Selection.of_scope(scope, threshold=0, decoder=None)
    at = s.started_at if connection.dialect.name == "sqlite" else sa.func.timezone("UTC", s.started_at)
    day = sa.func.date(at)
    names = [sa.func.coalesce(each, "") for each in (o.temporal_api_version, o.temporal_model_version)]
    rows = connection.execute(
        sa.select(day, *names)
        .join_from(
            t.sequences,
            t.outcomes,
            (o.source == s.source) & (o.sequence_id == s.id) & (o.outcome == s.outcome),
        )
        .where(
            *started_within(s.started_at, first_day, last_day),
            o.temporal_model_score.is_not(None),
            *selection.conditions(),
        )
        .group_by(day, *names)
    )
    found: dict[date, set[Release]] = {}
    for row in rows:
        found.setdefault(date.fromisoformat(str(row[0])), set()).add((row[1], row[2]))
    return {each: frozenset(releases) for each, releases in found.items()}


def known_cameras(connection: Connection) -> dict[str, KnownCamera]:
    """Every camera of the store, by the name that drift gives it."""
    c = t.cameras.c
    rows: list[Any] = list(connection.execute(sa.select(c.source, c.id, c.organization_id)))
    names = camera_names(connection, {(row.source, row.id): row.organization_id for row in rows})
    return {names[row.source, row.id]: KnownCamera(row.source, row.organization_id, row.id) for row in rows}
