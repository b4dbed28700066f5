"""A checked day's report, made again from what is kept of it."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from smokewatch.errors import StorageError
from smokewatch.reports import drift_report
from smokewatch.store import tables as t
from smokewatch.store.drift import (
    IMAGES,
    Selection,
    accuracy_of,
    list_baselines,
    load_baseline,
    load_checks,
    model_versions,
    report_frames,
)
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
    facts: dict[str, Any] = {}
    if watched.scope != IMAGES:
        selection = Selection.of_scope(watched.scope, threshold=threshold, decoder=baseline.decoder)
        of_this_scope = version.scope == watched.scope
        facts = {
            "frames": report_frames(connection, check, baseline=baseline, selection=selection) if of_this_scope else [],
            "model_versions": model_versions(connection, day, selection=selection),
            "accuracy": accuracy_of(connection, day, selection=selection),
        }
    c = t.drift_checks.c
    sha256 = connection.scalar(
        sa.select(c.day_sha256)
        .where(c.scope == watched.scope, c.baseline == watched.baseline, c.day == day)
        .order_by(c.id.desc())
        .limit(1)
    )
    (summary,) = load_days(connection, [str(sha256)])
    return drift_report(check, baseline=baseline, day=summary, history=history, title=f"Drift on {day}", **facts)
