"""Distances between two distributions: of raw values, of histograms, of classes.

On [0, 1] unless the values are elsewhere. A histogram's result is that of its bins' middles: with `BINS` bins it is
within 1 / `BINS` = 2.44e-4 of the raw values', whatever they are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

BINS = 4096
"""Bins of a score's histogram over [0, 1]: each value moves by at most half a bin, two sides by 2.44e-4 together."""

_PSI_GROUPS = 10
_SMALLEST_SHARE = 1e-4
"""What PSI takes an empty group for."""


@dataclass(frozen=True, slots=True)
class Distances:
    """How far two distributions are apart; all 0 for equal ones."""

    wasserstein: float
    """W1, in the unit of the values."""
    kolmogorov_smirnov: float
    """Largest gap between the cumulative distributions, [0, 1]."""
    population_stability: float
    """PSI over the first one's deciles, natural logarithm, from 0 on."""
    jensen_shannon: float
    """Distance (square root of the divergence, base 2), [0, 1]."""


def score_histogram(scores: ArrayLike) -> NDArray[np.int64]:
    """(BINS,) counts of scores in [0, 1]; 1.0 is in the last bin.

    Raises:
        ValueError: when a score is not in [0, 1].
    """
    values = np.asarray(scores, np.float64)
    if not ((values >= 0) & (values <= 1)).all():
        raise ValueError("a score is not between 0 and 1")
    return np.bincount(np.minimum((values * BINS).astype(np.int64), BINS - 1), minlength=BINS)


def histogram_distances(first: ArrayLike, second: ArrayLike, *, width: float) -> Distances:
    """All distances of two histograms over the same bins.

    Args:
        first: (B,) counts or weights, at least one above zero; the reference.
        second: (B,) counts or weights, at least one above zero.
        width: of a bin, in the unit of the values: 1 / BINS for scores, 1 / 255 for pixels on [0, 1].
    """
    p, q = _shares(first), _shares(second)
    # The cumulative sums of one and the same histogram may differ in the last bit if it was scaled.
    gaps = np.abs(np.cumsum(p - q))[:-1]
    return Distances(
        wasserstein=float(gaps.sum() * width),
        kolmogorov_smirnov=float(gaps.max(initial=0.0)),
        population_stability=_population_stability(p, q),
        jensen_shannon=_jensen_shannon(p, q),
    )


def wasserstein(
    first: ArrayLike,
    second: ArrayLike,
    first_weights: ArrayLike | None = None,
    second_weights: ArrayLike | None = None,
) -> float:
    """Exact W1 of two samples of positions, weighted or not, of any two sizes."""
    positions, p, q = _cumulative(first, second, first_weights, second_weights)
    return float(np.abs(p - q)[:-1] @ np.diff(positions))


def kolmogorov_smirnov(first: ArrayLike, second: ArrayLike) -> float:
    """Exact two-sample KS statistic."""
    _, p, q = _cumulative(first, second, None, None)
    return float(np.abs(p - q).max())


def class_distance(first: ArrayLike, second: ArrayLike) -> float:
    """How much of two class distributions differs, [0, 1].

    Two classes: W1 with the classes at 0 and 1 and their frequencies as weights. Three or more, which have no order:
    total variation. Never W1 between the frequencies as values, which is 0.0 for a complete flip.

    Args:
        first: (K,) counts or frequencies by class.
        second: (K,) counts or frequencies by class.
    """
    p, q = _shares(first), _shares(second)
    if len(p) == 2:
        return wasserstein([0, 1], [0, 1], p, q)
    return float(np.abs(p - q).sum() / 2)


def _shares(counts: ArrayLike) -> NDArray[np.float64]:
    weights = np.asarray(counts, np.float64)
    total = weights.sum()
    if weights.ndim != 1 or not total > 0 or (weights < 0).any():
        raise ValueError("a distribution needs weights from 0 on, at least one above 0")
    shares: NDArray[np.float64] = weights / total
    return shares


def _cumulative(
    first: ArrayLike, second: ArrayLike, first_weights: ArrayLike | None, second_weights: ArrayLike | None
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Both samples' positions in order, and both cumulative distributions there."""
    samples = np.asarray(first, np.float64), np.asarray(second, np.float64)
    positions = np.unique(np.concatenate(samples))
    reached = []
    for values, weights in zip(samples, (first_weights, second_weights), strict=True):
        shares = _shares(np.ones(len(values)) if weights is None else weights)
        order = np.argsort(values, kind="stable")
        sums = np.concatenate(([0.0], np.cumsum(shares[order])))
        reached.append(sums[np.searchsorted(values[order], positions, side="right")])
    return positions, reached[0], reached[1]


def _population_stability(p: NDArray[np.float64], q: NDArray[np.float64]) -> float:
    cumulative = np.cumsum(p)
    groups = np.searchsorted(np.arange(1, _PSI_GROUPS) / _PSI_GROUPS, np.concatenate(([0.0], cumulative[:-1])), "right")
    a, b = (np.maximum(np.bincount(groups, each, _PSI_GROUPS), _SMALLEST_SHARE) for each in (p, q))
    return float(((b - a) * np.log(b / a)).sum())


def _jensen_shannon(p: NDArray[np.float64], q: NDArray[np.float64]) -> float:
    middle = (p + q) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(p > 0, p * np.log2(p / middle), 0.0) + np.where(q > 0, q * np.log2(q / middle), 0.0)
    return float(np.sqrt(max(terms.sum() / 2, 0.0)))
