"""Is a day unlike the baseline's days? A prediction t-test a metric, the false discovery rate over all of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special, stats

Array = NDArray[np.float64]

CONFIDENCE_LEVEL = 0.95
"""Of the intervals."""
_SMALLEST_SPREAD = 1e-9
"""Days that are all equal scatter at least by this: a test divides by it."""


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """A new day against D earlier ones, for each of R metrics."""

    p: Array
    """(R,) NaN where it was not tested."""
    score: Array
    """(R,) t statistic."""
    half_width: Array
    """(R,) of the interval about the difference, on the tested scale."""


def predict(new: ArrayLike, mean: ArrayLike, spread: ArrayLike, days: ArrayLike, one_sided: ArrayLike) -> Prediction:
    """Student's t of a new observation: ``(x - mean) / (s sqrt(1 + 1 / D))``, D - 1 degrees of freedom.

    Args:
        new: (R,) the new day's values.
        mean: (R,) of the baseline's days.
        spread: (R,) standard deviation of the baseline's days, ddof 1.
        days: (R,) D, at least 2.
        one_sided: (R,) whether only a larger value is evidence; else both sides.
    """
    d = np.asarray(days, np.float64)
    scale = np.maximum(np.asarray(spread, np.float64), _SMALLEST_SPREAD) * np.sqrt(1 + 1 / d)
    t = (np.asarray(new, np.float64) - np.asarray(mean, np.float64)) / scale
    p = np.where(one_sided, special.stdtr(d - 1, -t), 2 * special.stdtr(d - 1, -np.abs(t)))
    return Prediction(p, t, scale * special.stdtrit(d - 1, 0.5 + CONFIDENCE_LEVEL / 2))


def false_discovery_rates(p: Array) -> Array:
    """(R,) Benjamini-Hochberg q of each p; NaN stays NaN and is no test."""
    q = np.full(p.shape, np.nan)
    tested = np.isfinite(p)
    if tested.any():
        q[tested] = stats.false_discovery_control(p[tested], method="bh")
    return q


def simes(p: Array) -> Array:
    """(...,) one p for (..., K) tests of the same thing, after Simes (1986): the smallest K p(k) / k, p in order.

    Channels that all say the same cost nothing; one that differs alone costs K times its p. Like Benjamini-Hochberg it
    holds for tests that go together, as an image's channels do. NaN where a test is NaN.
    """
    number = p.shape[-1]
    found: Array = (np.sort(p, axis=-1) * number / np.arange(1, number + 1)).min(axis=-1)
    return found
