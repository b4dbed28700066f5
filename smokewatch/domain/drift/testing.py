"""Is a day unlike the baseline's days? A prediction t-test a metric, the false discovery rate over all of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

Array = NDArray[np.float64]

CONFIDENCE_LEVEL = 0.95
"""Of the intervals."""
CHANCE = 1.0
"""Standard errors of kurtosis beyond which tails count as heavy: chosen, so that ordinary days lose nothing."""
_TELLING = 14
"""Fewer days say nothing of tails."""
_SMALLEST_SPREAD = 1e-9
"""Days that are all equal scatter at least by this: a test divides by it."""


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """A new day against D earlier ones, for each of R metrics."""

    p: Array
    """(R,) NaN where it was not tested."""
    score: Array
    """(R,) standard deviations from the baseline's mean, of variance about one on days like the baseline's."""
    half_width: Array
    """(R,) of the interval about the difference, on the tested scale."""


def predict(
    new: ArrayLike,
    mean: ArrayLike,
    spread: ArrayLike,
    days: ArrayLike,
    one_sided: ArrayLike,
    tails: ArrayLike = np.inf,
) -> Prediction:
    """Student's t of a new observation: ``(x - mean) / (s sqrt(1 + 1 / D))``, D - 1 degrees of freedom.

    Days with heavier tails than the normal distribution's have fewer degrees, 1 / (1 / (D - 1) + 1 / `tails`), about a
    narrower middle: a spread of s belongs to a scale of s sqrt(1 - 2 / `tails`).

    Args:
        new: (R,) the new day's values.
        mean: (R,) of the baseline's days.
        spread: (R,) standard deviation of the baseline's days, ddof 1.
        days: (R,) D, at least 2.
        one_sided: (R,) whether only a larger value is evidence; else both sides.
        tails: (R,) degrees of freedom that the days' own distribution has, above 2; infinite: a normal one.
    """
    d, heavy = np.asarray(days, np.float64), np.asarray(tails, np.float64)
    degrees, middle = 1 / (1 / (d - 1) + 1 / heavy), np.sqrt(1 - 2 / heavy)
    scale = np.maximum(np.asarray(spread, np.float64), _SMALLEST_SPREAD) * np.sqrt(1 + 1 / d)
    score = (np.asarray(new, np.float64) - np.asarray(mean, np.float64)) / scale
    t = score / middle
    p = np.where(one_sided, special.stdtr(degrees, -t), 2 * special.stdtr(degrees, -np.abs(t)))
    return Prediction(p, score, scale * middle * special.stdtrit(degrees, 0.5 + CONFIDENCE_LEVEL / 2))


def tails_of(residuals: Array, days: NDArray[np.int64]) -> Array:
    """(M,) degrees of freedom of a Student's t with the kurtosis that days had beyond what chance gives.

    A t of f degrees has the excess kurtosis 6 / (f - 4). Every scope's days tell of the same weather, so all of them
    are pooled; infinite where they are as a normal distribution's.

    Args:
        residuals: (D, S, M) days about their scope's mean, 0 where a day does not count.
        days: (S, M) how many count.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        fourth = days * (residuals**4).sum(axis=0) / (residuals**2).sum(axis=0) ** 2
        # The sample's kurtosis is 3 (n - 1) / (n + 1) for a normal distribution, with a variance of about 24 / n.
        excess = fourth - 3 * (days - 1) / (days + 1)
        counts = np.where((days >= _TELLING) & np.isfinite(excess), days, 0)
        number = counts.sum(axis=0)
        pooled = (np.nan_to_num(excess) * counts).sum(axis=0) / number
        beyond = pooled - CHANCE * np.sqrt(24 / number)
        found: Array = np.where(beyond > 0, 4 + 6 / beyond, np.inf)
    return found


def false_discovery_rates(p: Array) -> Array:
    """(R,) Benjamini-Hochberg q of each p; NaN stays NaN and is no test."""
    from scipy import stats  # a second of CPU: who only reads what was found does not pay it

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
