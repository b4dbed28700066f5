"""Slow drift: an exponentially weighted moving average of the fleet's daily scores.

A step of one standard deviation takes it some 14 days (median), and tests of single days 101 (measured, docs/drift.md).
It is shown beside the severities and changes none.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from scipy import special

from smokewatch.domain.drift.findings import Finding
from smokewatch.domain.drift.metrics import METRICS
from smokewatch.domain.drift.severity import SETTLED_DAYS

WEIGHT = 0.2
"""Of the newest day."""
SIGMAS = 3.2
LIMIT = SIGMAS * math.sqrt(WEIGHT / (2 - WEIGHT))
"""1.067 standard deviations of a day: 3.2 of the average's, once it has run in."""
_LARGEST = 8.0
"""Standard deviations that one day can count; a p of 1e-15."""
_ONE_SIDED = frozenset(metric.name for metric in METRICS if metric.one_sided)


@dataclass(frozen=True, slots=True)
class SlowDrift:
    """A fleet metric's average after a day."""

    metric: str
    average: float
    """In standard deviations of a drift-free day; above 0 where there is more of it than in the baseline."""
    since: date | None
    """The UTC day since which it is beyond `LIMIT`; None: it is not."""


def slow_drifts(day: date, findings: Iterable[Finding], before: Iterable[SlowDrift]) -> tuple[SlowDrift, ...]:
    """Take a day's findings into the averages; a metric without a score keeps its average.

    Args:
        day: the UTC day.
        findings: of the day; those of cameras, and those with fewer than 30 baseline days, are left out.
        before: the averages after the day before; none: they start at 0.
    """
    averages = {each.metric: each for each in before}
    for finding in findings:
        if finding.camera is None and finding.score is not None and finding.days >= SETTLED_DAYS:
            earlier = averages.get(finding.metric, SlowDrift(finding.metric, 0.0, None))
            average = WEIGHT * _normal(finding.score, finding.days) + (1 - WEIGHT) * earlier.average
            size = average if finding.metric in _ONE_SIDED else abs(average)
            averages[finding.metric] = SlowDrift(
                finding.metric, average, (earlier.since or day) if size > LIMIT else None
            )
    return tuple(averages[metric.name] for metric in METRICS if metric.name in averages)


def _normal(t: float, days: int) -> float:
    """The normal deviate as rare as t among D - 1 degrees of freedom."""
    deviate = float(special.ndtri(special.stdtr(days - 1, -abs(t))))
    return math.copysign(min(-deviate, _LARGEST), t)
