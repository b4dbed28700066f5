"""A day's report: its check, and what the store knows of the day."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.engine import Connection

from smokewatch.domain.drift import Baseline, DriftCheck
from smokewatch.reports.drift_json import drift_report
from smokewatch.store.drift.days import KeptDay
from smokewatch.store.drift.facts import accuracy_of, model_versions
from smokewatch.store.drift.frames import report_frames
from smokewatch.store.drift.selection import IMAGES, Selection


def day_report(
    connection: Connection,
    check: DriftCheck,
    *,
    baseline: Baseline,
    baseline_scope: str | None,
    day: KeptDay,
    history: Sequence[DriftCheck],
    threshold: float,
) -> dict[str, Any]:
    """report.json of a checked UTC day.

    Args:
        connection: a transaction of the catalog.
        check: the day's.
        baseline: that it was compared with.
        baseline_scope: whose days the baseline is of; None: it is from a file. Frames are shown beside those of their
            own scope only.
        day: the checked one.
        history: checks of earlier days, ascending.
        threshold: a score strictly above is smoke.

    Raises:
        StorageError: when what it rests on is damaged.
    """
    facts: dict[str, Any] = {}
    if day.scope != IMAGES:
        selection = Selection.of_scope(day.scope, threshold=threshold, decoder=baseline.decoder)
        is_same = baseline_scope == day.scope
        facts = {
            "frames": report_frames(connection, check, baseline=baseline, selection=selection) if is_same else [],
            "model_versions": model_versions(connection, check.day, selection=selection),
            "accuracy": accuracy_of(connection, check.day, selection=selection),
        }
    title = f"Drift on {check.day}"
    return drift_report(check, baseline=baseline, day=day.summary, history=history, title=title, **facts)
