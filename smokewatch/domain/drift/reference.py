"""What a baseline expects of a day, and how its own days scattered: computed from their summaries, once."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from smokewatch.domain.drift import residuals as r
from smokewatch.domain.drift.daily import DaySummary
from smokewatch.domain.drift.metrics import (
    COLUMNS,
    CONFIDENCE_COLUMN,
    DISTANCE_COLUMN,
    IMAGE_COLUMNS,
    SHARE_COLUMN,
    W1_COLUMN,
)
from smokewatch.domain.drift.pools import Pool, distances_to, pools_of

CELL_DAYS = 7
"""On how many of the baseline's days a cell (camera x stratum) must have been seen to be compared: chosen, half of the
fewest days that a baseline has."""

Array = NDArray[np.float64]
Counts = NDArray[np.int64]

_IMAGES = slice(0, len(IMAGE_COLUMNS))


@dataclass(frozen=True, slots=True, eq=False)
class Values:
    """D days' numbers: scopes are the fleet, then the C cameras; columns are `COLUMNS`."""

    n: Counts
    """(D, 1 + C, M) frames or sequences behind each number."""
    tested: Array
    """(D, 1 + C, M) what the t-test takes; NaN: none."""
    current: Array
    """(D, 1 + C, M) the same for people: means on [0, 1], shares, distances."""
    variance: Array
    """(D, 1 + C, M) of one observation within the day, on the tested scale; NaN for distances."""
    left_out: int
    """Frames and sequences of cells that have no expected mean, over all days."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Reference:
    """A baseline's D days, prepared; C cameras, K classes."""

    cameras: tuple[str, ...]
    classes: tuple[str, ...]
    days: tuple[DaySummary, ...]
    sizes: dict[str, tuple[tuple[int, int], ...]]
    """By camera: the width and height of its newest frames; days on which it had others lend it no frames."""
    aligned: r.Aligned
    uses_frames: NDArray[np.bool_]
    """(C, 5) cells seen on at least `CELL_DAYS` days."""
    uses_sequences: NDArray[np.bool_]
    image_means: Array
    """(C, 5, 16) expected."""
    score_means: Array
    """(C, 5, 1) expected."""
    class_shares: Array
    """(C, 5, K) expected."""
    bins: tuple[Counts, ...]
    """By day: residual scores (:func:`residuals.residual_bins`)."""
    pools: tuple[Pool, ...]
    """(1 + C,) by scope."""
    values: Values
    """The days' own numbers; a distance is to the other days' pool."""

    @classmethod
    def of(cls, days: tuple[DaySummary, ...], classes: tuple[str, ...]) -> Self:
        """Prepare days that share these classes."""
        cameras = tuple(sorted({camera for day in days for camera in day.cameras}))
        aligned = r.align(days, cameras, classes)
        sizes = {camera: size for day in days for camera, size in day.sizes.items()}
        for number, day in enumerate(days):
            aligned.frames[number, [day.sizes.get(each) != sizes.get(each) for each in cameras]] = 0
        uses_frames = (aligned.frames > 0).sum(axis=0) >= CELL_DAYS
        uses_sequences = (aligned.sequences > 0).sum(axis=0) >= CELL_DAYS
        image_means = r.cell_means(aligned.frames, aligned.image_means)
        score_means = r.cell_means(aligned.sequences, aligned.score_means)
        counts = aligned.class_counts.sum(axis=0)
        class_shares = counts / np.maximum(counts.sum(axis=-1, keepdims=True), 1)
        left_out = _left_out(aligned, uses_frames, uses_sequences)
        bins = tuple(r.residual_bins(day, cameras, uses_sequences, score_means[..., 0]) for day in days)
        pools = pools_of(bins, len(cameras))
        parts = _parts(aligned, image_means, score_means, class_shares, r.smoke_class(classes))
        # W1 to the other days' pool: the day's own part of the pool shortens it by exactly its share.
        n = parts.n[..., W1_COLUMN]
        with np.errstate(invalid="ignore", divide="ignore"):
            parts.current[..., W1_COLUMN] = distances_to(bins, pools) / (1 - n / [pool.size for pool in pools])
        return cls(
            cameras=cameras,
            classes=classes,
            days=days,
            sizes=sizes,
            aligned=aligned,
            uses_frames=uses_frames,
            uses_sequences=uses_sequences,
            image_means=image_means,
            score_means=score_means,
            class_shares=class_shares,
            bins=bins,
            pools=pools,
            values=_with_logarithms(parts, left_out),
        )

    def of_day(self, day: DaySummary, *, without_frames: Collection[str] = ()) -> Values:
        """Another day's numbers (D = 1) against what is expected.

        Cameras that are not in the baseline are left out, and the frames of the cameras named.
        """
        aligned = r.align((day,), self.cameras, self.classes)
        aligned.frames[:, [camera in without_frames for camera in self.cameras]] = 0
        known = int(aligned.frames.sum() + aligned.sequences.sum())
        unknown = int(day.frames.sum() + day.sequences.sum()) - known
        left_out = unknown + _left_out(aligned, self.uses_frames, self.uses_sequences)
        smoke = r.smoke_class(self.classes)
        parts = _parts(aligned, self.image_means, self.score_means, self.class_shares, smoke)
        bins = r.residual_bins(day, self.cameras, self.uses_sequences, self.score_means[..., 0])
        parts.current[..., W1_COLUMN] = distances_to((bins,), self.pools)
        return _with_logarithms(parts, left_out)


def _parts(aligned: r.Aligned, images: Array, scores: Array, shares: Array, smoke: int) -> Values:
    """All but W1 (NaN); distances are not yet logarithms."""
    shape = (*_scopes(aligned.frames), len(COLUMNS))
    tested, current, variance = (np.full(shape, np.nan) for _ in range(3))
    found = Values(np.zeros(shape, np.int64), tested, current, variance, 0)
    for place, n, means, variances, expected in (
        (_IMAGES, aligned.frames, aligned.image_means, aligned.image_variances, images),
        (
            slice(CONFIDENCE_COLUMN, CONFIDENCE_COLUMN + 1),
            aligned.sequences,
            aligned.score_means,
            aligned.score_variances,
            scores,
        ),
    ):
        residual = r.residual_means(n, means, variances, expected)
        raw = r.residual_means(n, means, variances, np.zeros_like(expected))
        found.n[..., place] = residual.n[..., None]
        found.tested[..., place], found.variance[..., place] = residual.residual, residual.variance
        found.current[..., place] = raw.residual
    counts = r.with_fleet(aligned.class_counts.sum(axis=-2))
    number = counts.sum(axis=-1)
    expected = expected_shares(aligned.class_counts, shares)
    found.n[..., CONFIDENCE_COLUMN + 1 :] = number[..., None]
    found.tested[..., SHARE_COLUMN] = r.smoke_residual(counts, expected, smoke)
    with np.errstate(invalid="ignore", divide="ignore"):
        found.current[..., SHARE_COLUMN] = counts[..., smoke] / number
        found.variance[..., SHARE_COLUMN] = number / (4 * number + 2)
    if counts.shape[-1] > 2:
        found.current[..., DISTANCE_COLUMN] = r.total_variation(counts, expected)
    return found


def expected_shares(class_counts: Counts, shares: Array) -> Array:
    """(..., 1 + C, K) classes that the baseline expects of the cells in which (..., C, 5, K) sequences were."""
    number = class_counts.sum(axis=-1)
    total = r.with_fleet((number[..., None] * shares).sum(axis=-2))
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Array = total / total.sum(axis=-1, keepdims=True)
    return found


def _with_logarithms(parts: Values, left_out: int) -> Values:
    for place in (W1_COLUMN, DISTANCE_COLUMN):
        parts.tested[..., place] = np.log(np.maximum(parts.current[..., place], r.SMALLEST))
    return Values(parts.n, parts.tested, parts.current, parts.variance, left_out)


def _left_out(aligned: r.Aligned, uses_frames: NDArray[np.bool_], uses_sequences: NDArray[np.bool_]) -> int:
    """Take what no cell expects out of the days, and count it."""
    before = aligned.frames.sum() + aligned.sequences.sum()
    aligned.frames[:, ~uses_frames] = 0
    aligned.sequences[:, ~uses_sequences] = 0
    aligned.class_counts[:, ~uses_sequences] = 0
    return int(before - aligned.frames.sum() - aligned.sequences.sum())


def _scopes(frames: Counts) -> tuple[int, int]:
    return frames.shape[0], 1 + frames.shape[1]
