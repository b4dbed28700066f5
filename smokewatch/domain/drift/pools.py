"""Scores less what is expected of their cell, pooled over a baseline's days, and how far a day's are from them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from smokewatch.domain.drift import residuals as r

Array = NDArray[np.float64]
Counts = NDArray[np.int64]

_DIGITS = 12
"""Decimals of a distance; those after are noise of sums in the thousands."""


@dataclass(frozen=True, slots=True, eq=False)
class Pool:
    """All days' residual scores of a scope."""

    size: int
    """How many."""
    cumulative: Array
    """(SPAN,) share in a bin or a lower one; NaN without any."""
    areas: Array
    """(SPAN + 1,) sums of the above over the bins before."""

    @classmethod
    def of(cls, counts: Counts) -> Self:
        """From (SPAN,) counts."""
        sums = np.cumsum(counts)
        with np.errstate(invalid="ignore"):
            shares = sums / sums[-1]
        return cls(int(sums[-1]), shares, np.concatenate(([0.0], np.cumsum(shares))))

    def distances(self, days: Counts, bins: Counts, counts: Counts) -> Array:
        """(D,) W1 on [0, 1] of each day's residual scores to the pool; NaN for a day without any.

        Between two occupied bins a day's cumulative share is level, and the pool's crosses it at most once: the area
        between both follows from the pool's areas, however many bins there are.

        Args:
            days: (D + 1,) where each day's rows begin, and where the last one's end.
            bins: (T,) of `SPAN`; each day's in ascending order.
            counts: (T,) how many scores are there, above 0.
        """
        number = np.diff(days)
        # Each day begins with an empty level before its first bin; its last level is 1.
        first = days[:-1] + np.arange(len(number))
        inner = np.arange(len(bins)) + np.repeat(np.arange(len(number)), number) + 1
        size = len(bins) + len(number)
        level, start = np.zeros(size), np.zeros(size, np.int64)
        sums = np.concatenate(([0], np.cumsum(counts)))
        totals = sums[days[1:]] - sums[days[:-1]]
        level[inner] = (sums[1:] - np.repeat(sums[days[:-1]], number)) / np.repeat(totals, number)
        start[inner] = bins
        end = np.concatenate((start[1:], [r.SPAN]))
        end[first[1:] - 1] = r.SPAN
        crossing = np.minimum(np.maximum(np.searchsorted(self.cumulative, level), start), end)
        areas = level * (2 * crossing - start - end)
        areas += self.areas[start] + self.areas[end] - 2 * self.areas[crossing]
        found = np.maximum(np.round(np.add.reduceat(areas, first) * r.SMALLEST, _DIGITS), 0.0)
        return np.where(totals > 0, found, np.nan)


def in_scope(bins: Counts, scope: int) -> Counts:
    """The rows of (T, 3) residual scores that belong to a scope: 0 is the fleet, 1 the first camera."""
    return bins if scope == 0 else bins[bins[:, 0] == scope - 1]


def pools_of(bins: tuple[Counts, ...], cameras: int) -> tuple[Pool, ...]:
    """(1 + C,) pools of all days: the fleet's, then the cameras'."""
    every = np.concatenate([np.zeros((0, 3), np.int64), *bins])
    counts = np.bincount(every[:, 0] * r.SPAN + every[:, 1], every[:, 2], cameras * r.SPAN).reshape(cameras, r.SPAN)
    return tuple(Pool.of(each.astype(np.int64)) for each in (counts.sum(axis=0), *counts))


def distances_to(bins: tuple[Counts, ...], pools: tuple[Pool, ...]) -> Array:
    """(D, 1 + C) W1 of each day's residual scores to the pools; NaN where a scope has none."""
    days = np.repeat(np.arange(len(bins)), [len(each) for each in bins])
    rows = np.concatenate(bins)
    order = np.argsort(days * r.SPAN + rows[:, 1])
    days, rows = days[order], rows[order]
    found = np.full((len(bins), len(pools)), np.nan)
    for scope, pool in enumerate(pools):
        kept = slice(None) if scope == 0 else rows[:, 0] == scope - 1
        if pool.size:
            begins = np.searchsorted(days[kept], np.arange(len(bins) + 1))
            found[:, scope] = pool.distances(begins, rows[kept, 1], rows[kept, 2])
    return found
