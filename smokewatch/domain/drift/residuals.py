"""A day's numbers as they are tested: what is left of each when its cells' baseline means are taken away.

A cell is a camera in a stratum (`STRATA`). Whoever sends more frames in the morning than usual is no drift.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from smokewatch.domain.drift.daily import STRATA, DaySummary
from smokewatch.domain.drift.distances import BINS
from smokewatch.domain.drift.metrics import IMAGE_COLUMNS
from smokewatch.domain.drift.observations import SMOKE_CLASSES

Array = NDArray[np.float64]
Counts = NDArray[np.int64]

SPAN = 2 * BINS
"""Bins of a residual score, over [-1, 1]."""
SMALLEST = 1 / BINS
"""What a distance is taken for, at least, before its logarithm: as fine as the bins are."""


@dataclass(frozen=True, slots=True, eq=False)
class Means:
    """Means of residuals; (..., 1 + C) scopes: the fleet, then the cameras."""

    n: Counts
    """(..., 1 + C)"""
    residual: Array
    """(..., 1 + C, M); NaN where n is 0."""
    variance: Array
    """(..., 1 + C, M) of one observation about the day's mean."""


@dataclass(frozen=True, slots=True, eq=False)
class Aligned:
    """D days over the same C cameras; frames and sequences of cells that are not used are left out."""

    frames: Counts
    """(D, C, 5)"""
    image_means: Array
    """(D, C, 5, M)"""
    image_variances: Array
    """(D, C, M)"""
    sequences: Counts
    """(D, C, 5)"""
    score_means: Array
    """(D, C, 5, 1)"""
    score_variances: Array
    """(D, C, 1)"""
    class_counts: Counts
    """(D, C, 5, K)"""


def align(days: tuple[DaySummary, ...], cameras: tuple[str, ...], classes: tuple[str, ...]) -> Aligned:
    """The days' numbers by the given cameras; other cameras are left out."""
    shape, place = (len(days), len(cameras), len(STRATA)), {camera: at for at, camera in enumerate(cameras)}
    found = Aligned(
        np.zeros(shape, np.int64),
        np.zeros((*shape, len(IMAGE_COLUMNS))),
        np.zeros((*shape[:2], len(IMAGE_COLUMNS))),
        np.zeros(shape, np.int64),
        np.zeros((*shape, 1)),
        np.zeros((*shape[:2], 1)),
        np.zeros((*shape, len(classes)), np.int64),
    )
    for number, day in enumerate(days):
        here = [at for at, camera in enumerate(day.cameras) if camera in place]
        there = [place[day.cameras[at]] for at in here]
        found.frames[number, there] = day.frames[here]
        found.image_means[number, there] = day.image_means[here]
        found.image_variances[number, there] = day.image_variances[here]
        found.sequences[number, there] = day.sequences[here]
        found.score_means[number, there, :, 0] = day.score_means[here]
        found.score_variances[number, there, 0] = day.score_variances[here]
        found.class_counts[number, there] = day.class_counts[here]
    return found


def cell_means(n: Counts, means: Array) -> Array:
    """(C, 5, M) means over the days' (D, C, 5) observations with means (D, C, 5, M); 0 where there is none."""
    total: Array = (n[..., None] * means).sum(axis=0) / np.maximum(n.sum(axis=0), 1)[..., None]
    return total


def residual_means(n: Counts, means: Array, variances: Array, expected: Array) -> Means:
    """Means of residuals from (C, 5, M) expected ones, of n (..., C, 5) observations."""
    left = np.where(n[..., None] > 0, means - expected, 0.0)
    total = n.sum(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        camera = (n[..., None] * left).sum(axis=-2) / total[..., None]
        about = (n[..., None] * (left - camera[..., None, :]) ** 2).sum(axis=-2) / total[..., None] + variances
        every = total.sum(axis=-1)
        weights = total[..., None] / every[..., None, None]
        fleet = np.where(total[..., None] > 0, weights * camera, 0.0).sum(axis=-2)
        spread = weights * (about + (camera - fleet[..., None, :]) ** 2)
        fleet_about = np.where(total[..., None] > 0, spread, 0.0).sum(axis=-2)
    fleet[every == 0] = np.nan
    return Means(
        np.concatenate((every[..., None], total), axis=-1),
        np.concatenate((fleet[..., None, :], camera), axis=-2),
        np.concatenate((fleet_about[..., None, :], about), axis=-2),
    )


def with_fleet(by_camera: Array) -> Array:
    """(..., 1 + C, K): the sum over cameras before the (..., C, K) cameras."""
    return np.concatenate((by_camera.sum(axis=-2, keepdims=True), by_camera), axis=-2)


def smoke_residual(counts: NDArray[np.generic], expected: Array, smoke: int) -> Array:
    """(...,) smoke's share less the expected one, both as arcsine of the square root.

    The share as Anscombe (1948) takes it, (k + 3/8) / (n + 3/4): its variance is then 1 / (4 n + 2) down to small n.

    Args:
        counts: (..., K) sequences by class.
        expected: (..., K) shares that the baseline expects of these cells.
        smoke: the class's position.
    """
    k, n = counts[..., smoke].astype(np.float64), counts.sum(axis=-1)
    found: Array = np.arcsin(np.sqrt((k + 0.375) / (n + 0.75))) - np.arcsin(
        np.sqrt(np.clip(expected[..., smoke], 0, 1))
    )
    return np.where(n > 0, found, np.nan)


def total_variation(counts: NDArray[np.generic], expected: Array) -> Array:
    """(...,) total variation of (..., K) counts from the (..., K) shares expected; NaN without counts."""
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = counts / counts.sum(axis=-1, keepdims=True)
    found: Array = np.abs(shares - expected).sum(axis=-1) / 2
    return found


def residual_bins(day: DaySummary, cameras: tuple[str, ...], used: NDArray[np.bool_], expected: Array) -> Counts:
    """(T, 3) camera's position, bin of `SPAN` over [-1, 1], how many scores, less their cell's mean, are there.

    Args:
        day: the day.
        cameras: (C,) by which to count; others are left out.
        used: (C, 5) cells that have an expected mean.
        expected: (C, 5) means of scores.
    """
    place = {camera: at for at, camera in enumerate(cameras)}
    there = np.array([place.get(camera, -1) for camera in day.cameras], np.int64)
    rows = day.score_bins[there[day.score_bins[:, 0] // len(STRATA)] >= 0]
    camera, stratum = there[rows[:, 0] // len(STRATA)], rows[:, 0] % len(STRATA)
    shift = np.rint(expected[camera, stratum] * BINS).astype(np.int64)
    found: Counts = np.stack((camera, rows[:, 1] - shift + BINS, rows[:, 2]), axis=1)[used[camera, stratum]]
    return found


def smoke_class(classes: tuple[str, ...]) -> int:
    """Position of the class smoke."""
    return classes.index(SMOKE_CLASSES[1])
