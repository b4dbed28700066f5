"""A checked day's report, made again from what is kept of it."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from smokewatch.errors import StorageError
from smokewatch.store import tables as t
from smokewatch.store.drift import KeptDay, day_report, list_baselines, load_baseline, load_checks
from smokewatch.store.drift.days import load_days
from smokewatch.store.viewing.drift import Watched


def kept_report(connection: Connection, watched: Watched, day: date, *, threshold: float) -> dict[str, Any] | None:
    """report.json of a UTC day's newest check; None: it has none.

    Args:
        connection: a transaction of the catalog.
        watched: against which baseline, and whose day.
        day: the UTC day.
        threshold: a score strictly above is smoke.

    Raises:
        StorageError: when what it rests on is damaged or gone.
    """
    checks = load_checks(connection, watched.baseline, scope=watched.scope, last_day=day)
    if not checks or checks[-1].day != day:
        return None
    check, history = checks[-1], checks[:-1]
    versions = list_baselines(connection, watched.baseline)
    version = next((each for each in versions if each.version == check.baseline_version), None)
    if version is None:
        lacking = f"version {check.baseline_version} of drift baseline {watched.baseline}"
        raise StorageError(f"the catalog lacks {lacking}: check the day again")
    baseline = load_baseline(connection, version)
    c = t.drift_checks.c
    sha256 = connection.scalar(
        sa.select(c.day_sha256)
        .where(c.scope == watched.scope, c.baseline == watched.baseline, c.day == day)
        .order_by(c.id.desc())
        .limit(1)
    )
    (summary,) = load_days(connection, [str(sha256)])
    return day_report(
        connection,
        check,
        baseline=baseline,
        baseline_scope=version.scope,
        day=KeptDay(watched.scope, summary),
        history=history,
        threshold=threshold,
    )
