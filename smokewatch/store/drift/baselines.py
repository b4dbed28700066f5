"""Baselines in the catalog: named, versioned, never changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from smokewatch.domain.drift import Baseline, DaySummary, Severity, build_baseline, roll
from smokewatch.errors import UsageError
from smokewatch.store import tables as t
from smokewatch.store.drift.days import KeptDay, load_days, save_days


class Origin(StrEnum):
    """How a version came to be."""

    BUILT = "built"
    """Somebody named its days."""
    ROLLED = "rolled"
    """A day was checked, and taken in or out."""


@dataclass(frozen=True, slots=True)
class BaselineVersion:
    """What is known of a version without its days."""

    name: str
    version: int
    scope: str
    origin: Origin
    days: tuple[str, ...]
    """What names their summaries, ascending by day."""
    first_day: date
    last_day: date
    """UTC."""
    left_out: Mapping[str, int]
    """Days that were asked for and are not in it, by reason."""
    run_id: str
    made_at: datetime
    """Aware UTC."""


_FIELDS = tuple(BaselineVersion.__dataclass_fields__)


def list_baselines(connection: Connection, name: str | None = None) -> list[BaselineVersion]:
    """Every version, by name, the newest first; of one name when it is given."""
    c = t.drift_baselines.c
    query = sa.select(*(c[field] for field in _FIELDS)).order_by(c.name, c.version.desc())
    if name is not None:
        query = query.where(c.name == name)
    return [_version(row) for row in connection.execute(query)]


def version_before(connection: Connection, name: str, day: date) -> BaselineVersion | None:
    """The newest version whose days are all before a UTC day: what the day is compared with."""
    c = t.drift_baselines.c
    row = connection.execute(
        sa.select(*(c[field] for field in _FIELDS))
        .where(c.name == name, c.last_day < day)
        .order_by(c.version.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else _version(row)


def newest_version(connection: Connection, name: str) -> BaselineVersion | None:
    """The newest version of a name."""
    c = t.drift_baselines.c
    row = connection.execute(
        sa.select(*(c[field] for field in _FIELDS)).where(c.name == name).order_by(c.version.desc()).limit(1)
    ).one_or_none()
    return None if row is None else _version(row)


def load_baseline(connection: Connection, version: BaselineVersion) -> Baseline:
    """A version with its days.

    Raises:
        StorageError: when a day is missing or damaged.
    """
    days = load_days(connection, version.days)
    return Baseline(name=version.name, version=version.version, days=tuple(days))


def build_version(
    connection: Connection,
    name: str,
    days: list[KeptDay],
    *,
    left_out: Mapping[str, int],
    run_id: str,
    now: datetime,
) -> BaselineVersion:
    """Make the next version of a name of these days, all of one scope, in the caller's transaction.

    The version that is the newest already, when it has the same days.

    Raises:
        UsageError: when there is no day, they cannot be in one baseline, or the name is another scope's.
    """
    newest = newest_version(connection, name)
    number = 1 if newest is None else newest.version + 1
    baseline = build_baseline(name, [each.summary for each in days], version=number)
    scope = days[0].scope
    if newest is not None and newest.scope != scope:
        raise UsageError(f"baseline {name} is of {newest.scope}, not of {scope}: take another name")
    save_days(connection, days, now=now)
    ordered = tuple(each.sha256 for each in sorted(days, key=lambda each: each.summary.day))
    if newest is not None and newest.days == ordered:
        return newest
    return _save(connection, baseline, scope, ordered, Origin.BUILT, left_out=left_out, run_id=run_id, now=now)


def roll_on(
    connection: Connection,
    used: BaselineVersion,
    baseline: Baseline,
    day: KeptDay,
    severity: Severity,
    *,
    run_id: str,
    now: datetime,
) -> BaselineVersion | None:
    """Make the next version after a day was checked, in the caller's transaction; None where nothing changes.

    An accepted day is taken in. One that an earlier check took in, and this one does not, is out again: in a new
    version, as versions never change. A baseline that was built anew, or that later days are in, stays as it is.

    Args:
        connection: a write transaction; the day is kept.
        used: the version the day was checked against.
        baseline: the same with its days.
        day: the checked day.
        severity: that of its check.
        run_id: the run that checked it.
        now: aware UTC.

    Raises:
        UsageError: when the day cannot be in one baseline with the others.
    """
    newest = newest_version(connection, used.name) or used
    mine = newest.origin is Origin.ROLLED and newest.last_day == day.summary.day
    if newest.version != used.version and not mine:
        return None
    rolled = roll(baseline, day.summary, severity)
    keys = {each.day: key for each, key in zip(baseline.days, used.days, strict=True)}
    ordered = tuple((keys | {day.summary.day: day.sha256})[each.day] for each in rolled.days)
    if ordered == newest.days:
        return None
    following = Baseline(name=used.name, version=newest.version + 1, days=rolled.days)
    return _save(connection, following, used.scope, ordered, Origin.ROLLED, left_out={}, run_id=run_id, now=now)


def usable_days(days: list[DaySummary]) -> tuple[list[DaySummary], dict[str, int]]:
    """Days that can be in one baseline, and the others by reason.

    ``no_frames`` and ``no_sequences`` where other days have some; ``other_decoder`` than most of the days have.
    """
    decoders = [day.decoder for day in days if day.decoder is not None]
    usual = max(sorted(set(decoders)), key=decoders.count, default=None)
    has_sequences = any(day.sequences.any() for day in days)
    kept: list[DaySummary] = []
    left_out: dict[str, int] = {}
    for day in days:
        reason = ""
        if not day.frames.any() and (usual is not None or not has_sequences):
            reason = "no_frames"
        elif not day.sequences.any() and has_sequences:
            reason = "no_sequences"
        elif day.decoder not in (None, usual):
            reason = "other_decoder"
        if reason:
            left_out[reason] = left_out.get(reason, 0) + 1
        else:
            kept.append(day)
    return kept, left_out


def _save(
    connection: Connection,
    baseline: Baseline,
    scope: str,
    days: tuple[str, ...],
    origin: Origin,
    *,
    left_out: Mapping[str, int],
    run_id: str,
    now: datetime,
) -> BaselineVersion:
    made = BaselineVersion(
        name=baseline.name,
        version=baseline.version,
        scope=scope,
        origin=origin,
        days=days,
        first_day=baseline.first_day,
        last_day=baseline.last_day,
        left_out=dict(left_out),
        run_id=run_id,
        made_at=now,
    )
    row = {name: getattr(made, name) for name in _FIELDS}
    connection.execute(t.drift_baselines.insert(), row | {"days": list(days), "origin": str(origin)})
    return made


def _version(row: Any) -> BaselineVersion:
    facts = {name: getattr(row, name) for name in _FIELDS}
    return BaselineVersion(**facts | {"days": tuple(row.days), "origin": Origin(row.origin)})
