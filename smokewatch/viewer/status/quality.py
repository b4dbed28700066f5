"""How good what is decided is: drift, kept share, triage, calibration, the newest reports."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
from sqlalchemy.engine import Connection

from smokewatch.domain.drift.accuracy import calibration_error
from smokewatch.domain.labels import Label
from smokewatch.store.catalog import Catalog
from smokewatch.store.triage import latest_triage
from smokewatch.store.viewing.control_room import Scored, newest_sequence_at, recorded_scores
from smokewatch.store.viewing.drift import newest_drift
from smokewatch.store.viewing.rows import catalog_state
from smokewatch.store.viewing.runs import newest_finished
from smokewatch.store.viewing.triage import triage_state
from smokewatch.store.viewing.triage_counting import split_backlog
from smokewatch.viewer.replies import utc_text

DAYS = 30
"""Scores and labels are of so many days before the newest sequence."""
_FEW = 10
"""Fewer labels than that say nothing about calibration."""
_CAMERAS = 5


class Quality:
    """Takes samples; what did not change is not read again.

    Args:
        catalog: read only.
        production_threshold: production keeps a score strictly above.
    """

    def __init__(self, catalog: Catalog, *, production_threshold: float) -> None:
        self._catalog, self._threshold = catalog, production_threshold
        self._state: tuple[object, ...] = ()
        self._scores: dict[str, Any] = {}
        self._triage: dict[str, Any] | None = None

    def take(self) -> dict[str, Any]:
        """One sample.

        Raises:
            StorageError: when the catalog cannot be read.
        """
        with self._catalog.read() as connection:
            state = (*catalog_state(connection), *triage_state(connection))
            if state != self._state:
                newest = newest_sequence_at(connection)
                since = None if newest is None else newest - timedelta(days=DAYS)
                scores = [] if since is None else recorded_scores(connection, since=since)
                self._scores = {"kept": _kept(scores, self._threshold), "calibration": _calibration(scores)}
                self._triage = _triage(connection)
                self._state = state
            finished = newest_finished(connection)
            drift = _drift(connection)
        golden = next((each.summary for each in finished if each.kind == "qualify" and each.summary), None)
        return {
            "drift": drift,
            **self._scores,
            "triage": self._triage,
            "golden": None
            if golden is None
            else {"verdict": golden.get("verdict"), "compared": golden.get("compared")},
            "reports": [
                {
                    "kind": each.kind,
                    "run_id": each.id,
                    "at": utc_text(each.finished_at or each.started_at),
                    "state": each.state,
                }
                for each in finished
            ],
        }


def _drift(connection: Connection) -> dict[str, Any] | None:
    newest_of = newest_drift(connection, days=DAYS)
    if newest_of is None:
        return None
    watched, told = newest_of
    newest = told[-1]
    return {
        "baseline": watched.baseline,
        "scope": watched.scope,
        "day": str(newest.day),
        "severity": newest.severity,
        "alerts": newest.alerts,
        "trend": [{"day": str(each.day), "severity": each.severity} for each in told],
        "cameras": list(newest.cameras[:_CAMERAS]),
    }


def _kept(scores: Sequence[Scored], threshold: float) -> dict[str, Any]:
    kept = sum(each.score > threshold for each in scores)
    return {"replayed": len(scores), "kept": kept, "share": kept / len(scores) if scores else None}


def _calibration(scores: Sequence[Scored]) -> dict[str, Any]:
    days: dict[date, list[Scored]] = defaultdict(list)
    labelled = [each for each in scores if each.label is not Label.UNKNOWN and np.isfinite(each.score)]
    for each in labelled:
        days[each.started_at.date()].append(each)
    return {
        **_error(labelled),
        "days": [{"day": str(day), **_error(of_day)} for day, of_day in sorted(days.items())][-DAYS:],
    }


def _error(labelled: Sequence[Scored]) -> dict[str, Any]:
    if len(labelled) < _FEW:
        return {"labelled": len(labelled), "ece": None}
    scores = np.array([each.score for each in labelled], dtype=np.float64)
    is_smoke = np.array([each.label is Label.SMOKE for each in labelled], dtype=np.bool_)
    return {"labelled": len(labelled), "ece": round(calibration_error(scores, is_smoke), 4)}


def _triage(connection: Connection) -> dict[str, Any] | None:
    triage = latest_triage(connection)
    if triage is None:
        return None
    split = split_backlog(connection, triage)
    return {
        "threshold": triage.threshold,
        "to_review": split.review,
        "to_unlabel": split.unlabeled,
        "at": utc_text(triage.began_at),
    }
