"""How large a difference is, in the metric's own unit, with its interval: back from the scale that is tested."""

from __future__ import annotations

import math
from dataclasses import dataclass

from smokewatch.domain.drift.metrics import CLASS_DISTANCE, CONFIDENCE_W1, SMOKE_SHARE, Metric


@dataclass(frozen=True, slots=True)
class Effect:
    """On [0, 1]."""

    baseline: float
    current: float
    size: float
    """current less baseline."""
    low: float
    """The size's 95 % interval."""
    high: float


def effect_of(metric: Metric, *, current: float, tested: float, mean: float, half_width: float, n: int) -> Effect:
    """A metric's effect.

    Args:
        metric: means are tested as they are, distances as logarithms, the smoke share as arcsine of the square root.
        current: the day's value, on [0, 1].
        tested: the same, less what is expected of its cells, on the tested scale.
        mean: of the baseline's days, on the tested scale.
        half_width: of the 95 % interval, on the tested scale.
        n: the day's frames or sequences.
    """
    if metric in (CONFIDENCE_W1, CLASS_DISTANCE):
        baseline = math.exp(mean)
        return _between(baseline, current, math.exp(tested - half_width), math.exp(tested + half_width))
    if metric is SMOKE_SHARE:
        # All on Anscombe's share, whose angle was tested: half a sequence in a camera's day is no effect.
        angle = math.asin(math.sqrt((current * n + 0.375) / (n + 0.75)))
        expected = _share(angle - (tested - mean))
        size, low, high = (_share(each) - expected for each in (angle, angle - half_width, angle + half_width))
        return Effect(current - size, current, size, low, high)
    return _between(current - (tested - mean), current, current - half_width, current + half_width)


def _between(baseline: float, current: float, low: float, high: float) -> Effect:
    return Effect(baseline, current, current - baseline, low - baseline, high - baseline)


def _share(angle: float) -> float:
    """The share of an angle on the arcsine scale, which ends at 0 and a right angle."""
    return math.sin(min(max(angle, 0.0), math.pi / 2)) ** 2
