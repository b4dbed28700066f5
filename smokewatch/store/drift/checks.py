"""Checks in the catalog: each is kept, a day's newest one counts."""

from __future__ import annotations

import json
import zlib
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from smokewatch.domain.drift import DriftCheck, check_from_json, check_json
from smokewatch.errors import StorageError
from smokewatch.store import tables as t

HISTORY_DAYS = 90
"""How far back a check looks: more than the last three days and a report's timeline need."""


def save_check(
    connection: Connection,
    check: DriftCheck,
    *,
    scope: str,
    day_sha256: str,
    proposes_retraining: bool,
    run_id: str,
    now: datetime,
) -> None:
    """Append a check of a kept day in the caller's transaction; earlier ones of the day stay.

    Args:
        connection: a write transaction.
        check: the check.
        scope: of the day.
        day_sha256: the kept summary it was made of.
        proposes_retraining: whether it, with the days before, does.
        run_id: the run.
        now: aware UTC.
    """
    row = {
        "scope": scope,
        "baseline": check.baseline,
        "baseline_version": check.baseline_version,
        "day": check.day,
        "day_sha256": day_sha256,
        "severity": str(check.severity),
        "strict_severity": str(check.strict.severity),
        "alerts": check.alerts,
        "proposes_retraining": proposes_retraining,
        "cameras": list(check.cameras),
        "check": zlib.compress(json.dumps(check_json(check), separators=(",", ":")).encode(), 6),
        "run_id": run_id,
        "checked_at": now,
    }
    connection.execute(t.drift_checks.insert(), row)


def load_checks(
    connection: Connection, baseline: str, *, scope: str, first_day: date | None = None, last_day: date
) -> list[DriftCheck]:
    """Each day's newest check against any version of a baseline, ascending by day; days without one are left out.

    Args:
        connection: a transaction of the catalog.
        baseline: its name.
        scope: of the days.
        first_day: UTC; :data:`HISTORY_DAYS` before the last one when left out.
        last_day: UTC, included.

    Raises:
        StorageError: when one is damaged.
    """
    c = t.drift_checks.c
    first = last_day - timedelta(days=HISTORY_DAYS) if first_day is None else first_day
    newest = (
        sa.select(sa.func.max(c.id))
        .where(c.scope == scope, c.baseline == baseline, c.day >= first, c.day <= last_day)
        .group_by(c.day)
    )
    rows = connection.execute(sa.select(c.day, c.check).where(c.id.in_(newest)).order_by(c.day))
    return [_check(row.check, row.day) for row in rows]


def proposed_retraining(connection: Connection, baseline: str, *, scope: str, day: date) -> bool:
    """Whether the newest check of a day proposed retraining: it is told once."""
    c = t.drift_checks.c
    said = connection.scalar(
        sa.select(c.proposes_retraining)
        .where(c.scope == scope, c.baseline == baseline, c.day == day)
        .order_by(c.id.desc())
        .limit(1)
    )
    return bool(said)


def _check(compressed: bytes, day: date) -> DriftCheck:
    try:
        stored = json.loads(zlib.decompress(compressed))
    except (zlib.error, ValueError) as error:
        raise StorageError(
            f"drift check of {day} is damaged ({error}): delete its row in drift_checks, check the day again"
        ) from error
    return check_from_json(stored)
