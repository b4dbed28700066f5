"""A period of drift as JSON tells it: days, lines and cameras as columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from smokewatch.domain.drift import QualityAlarm, Severity
from smokewatch.domain.drift.ewma import LIMIT
from smokewatch.domain.drift.metrics import METRICS
from smokewatch.reports.wording import MEANINGS, QUALITY, SEVERITIES
from smokewatch.reports.wording import METRICS as METRIC_NAMES
from smokewatch.store.drift import BaselineVersion
from smokewatch.store.viewing.drift import KnownCamera, Release, Watched
from smokewatch.viewer.drift_kept import DIGITS, UNKNOWN, KeptBaseline, KeptCheck

_VALUES = ("expected", "value", "low", "high")
_NO_CELL = (UNKNOWN, UNKNOWN, None)


@dataclass(frozen=True, slots=True, eq=False)
class Days:
    """What is known of a period, day by day."""

    checks: Mapping[date, KeptCheck]
    proposals: frozenset[date]
    """UTC days whose check proposes retraining."""
    baseline: KeptBaseline | None
    """The newest version; None: there is none."""
    accepted: frozenset[date]
    """Days of which the newest version's summaries are."""
    releases: Mapping[date, frozenset[Release]]
    days: Sequence[date]
    """Ascending: checked, or one of the baseline's."""


def words() -> dict[str, Any]:
    """What codes stand for: a severity's is its rank, a metric's its place."""
    return {
        "severities": [{"name": each.value, "label": SEVERITIES[each]} for each in Severity],
        "metrics": [
            {
                "name": each.name,
                "label": METRIC_NAMES[each.name],
                "meaning": MEANINGS[each.name],
                "fixed": each.fixed,
                "one_sided": each.one_sided,
            }
            for each in METRICS
        ],
        "average_limit": round(LIMIT, DIGITS),
    }


def watched_body(watched: Watched, newest: BaselineVersion | None) -> dict[str, Any]:
    """A baseline that can be chosen, and its newest version."""
    return {
        "baseline": watched.baseline,
        "scope": watched.scope,
        "checks": watched.checks,
        "newest_day": _text(watched.newest_day),
        "version": None
        if newest is None
        else {
            "version": newest.version,
            "origin": str(newest.origin),
            "days": len(newest.days),
            "first_day": str(newest.first_day),
            "last_day": str(newest.last_day),
        },
    }


def days_body(days: Days) -> dict[str, Any]:
    """Every day of the period: a list a column; null or -1: not checked."""
    checks = [days.checks.get(each) for each in days.days]
    names = sorted({each for found in days.releases.values() for each in found})
    places = {each: at for at, each in enumerate(names)}
    return {
        "releases": [{"api_version": api, "model_version": model} for api, model in names],
        "days": {
            "day": [str(each) for each in days.days],
            "severity": [UNKNOWN if each is None else each.severity.rank for each in checks],
            "strict": [UNKNOWN if each is None else each.strict.rank for each in checks],
            "alerts": [each is not None and each.alerts for each in checks],
            "provisional": [each is not None and each.provisional for each in checks],
            "retraining": [each in days.proposals for each in days.days],
            "frames": [None if each is None else each.frames for each in checks],
            "sequences": [None if each is None else each.sequences for each in checks],
            "baseline_version": [None if each is None else each.version for each in checks],
            "in_baseline": [each in days.accepted for each in days.days],
            "quality": [[] if each is None else quality_body(each.quality) for each in checks],
            "releases": [sorted(places[one] for one in days.releases.get(each, ())) for each in days.days],
            "release_change": _changes(days),
        },
        "strict": _strict(checks),
    }


def _changes(days: Days) -> list[bool]:
    """Whether a day's set of releases is another one than that of the day before of which one is known."""
    changed, before = [], None
    for each in days.days:
        now = days.releases.get(each)
        changed.append(now is not None and before is not None and now != before)
        before = now or before
    return changed


def _strict(checks: Sequence[KeptCheck | None]) -> list[dict[str, Any]]:
    """The fixed thresholds, each with its shift by day."""
    known = next((each for each in reversed(checks) if each is not None), None)
    found = []
    for at, result in enumerate(() if known is None else known.results):
        by_day = [None if each is None else each.results[at] for each in checks]
        found.append(
            {
                "name": result.name,
                "detector": result.detector.value,
                "threshold": result.threshold,
                "shift": [None if each is None or each.shift is None else round(each.shift, DIGITS) for each in by_day],
                "exceeds": [each is not None and each.exceeds for each in by_day],
            }
        )
    return found


def lines_body(days: Days, camera: str | None) -> list[dict[str, Any]]:
    """Each metric of a camera, or of the fleet, by day; `difference` is from what is expected, as the band is."""
    checks = [days.checks.get(each) for each in days.days]
    shape = (len(METRICS), len(checks))
    values, ranks = np.full((*shape, 4), np.nan), np.full(shape, UNKNOWN)
    before = np.full(shape, np.nan)
    for place, (day, check) in enumerate(zip(days.days, checks, strict=True)):
        if check is not None and camera in check.scopes:
            values[:, place] = check.values[check.scopes[camera]]
            ranks[:, place] = check.severities[check.scopes[camera]]
        elif check is None and days.baseline is not None:
            before[:, place] = days.baseline.on(day, camera)
    found = []
    for at, metric in enumerate(METRICS):
        if (ranks[at] == UNKNOWN).all():
            continue
        slow = [None if each is None or camera is not None else each.slow.get(metric.name) for each in checks]
        known = next((each for each in reversed(slow) if each is not None), None)
        found.append(
            {
                "metric": at,
                **{
                    name: _told(values[at, :, place]) for place, name in enumerate(("expected", "value", "low", "high"))
                },
                "severity": ranks[at].tolist(),
                "baseline": _told(before[at]),
                "average": [None if each is None else round(each.average, DIGITS) for each in slow],
                "average_since": _text(known.since) if known is not None else None,
            }
        )
    return found


def cells_body(days: Days, cameras: Sequence[str]) -> list[dict[str, Any]]:
    """Each camera's worst finding by day."""
    checks = [days.checks.get(each) for each in days.days]
    found = []
    for camera in cameras:
        worst = [_NO_CELL if each is None else each.worst.get(camera, _NO_CELL) for each in checks]
        found.append({name: [each[at] for each in worst] for at, name in enumerate(("severity", "metric", "effect"))})
    return found


def camera_body(name: str, known: KnownCamera | None) -> dict[str, Any]:
    """A camera, and by what other screens find it; null: the store does not know it."""
    return {
        "name": name,
        "source": None if known is None else known.source,
        "organization_id": None if known is None else known.organization_id,
        "id": None if known is None else known.id,
    }


def quality_body(alarms: Iterable[QualityAlarm]) -> list[dict[str, Any]]:
    """Data-quality alarms."""
    return [
        {"kind": each.kind.value, "label": QUALITY[each.kind], "camera": each.camera, "detail": each.detail}
        for each in alarms
    ]


def _told(column: NDArray[np.float64]) -> list[float | None]:
    return [value if value == value else None for value in column.tolist()]  # NaN is unlike itself


def _text(day: date | None) -> str | None:
    return None if day is None else str(day)
