"""Overlaid distributions: scores and pixels of the day beside those of the baseline's days."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from smokewatch.domain.drift import Baseline, DaySummary
from smokewatch.domain.drift.daily import STRATA
from smokewatch.domain.drift.distances import BINS, histogram_distances
from smokewatch.domain.profiles import VALUES, Channel
from smokewatch.reports.drift_model import Histogram

SCORE_BINS, CAMERA_BINS = 32, 16
"""Of the fleet's scores and of a camera's, which are fewer."""
PIXEL_BINS = 64
SHOWN_CAMERAS = 3

Array = NDArray[np.float64]


def histograms_of(baseline: Baseline, day: DaySummary, cameras: Sequence[str] = ()) -> list[Histogram]:
    """Scores of the fleet and of at most three cameras, then luma and the colours; what a side has none of is left out.

    Args:
        baseline: what the day is compared with.
        day: the checked day.
        cameras: those whose scores are shown, the first ones first; pixels are kept of the fleet only.
    """
    scores = [
        _histogram("confidence", camera, _scores(baseline.days, camera), _scores([day], camera), bins, 1 / BINS)
        for camera, bins in ((None, SCORE_BINS), *((each, CAMERA_BINS) for each in cameras[:SHOWN_CAMERAS]))
    ]
    channels = [Channel.LUMA, *(channel for channel in Channel if channel is not Channel.LUMA)]
    sides = _pixels(baseline, day)
    pixels = [_histogram(each, None, *sides[each], PIXEL_BINS, 1 / (VALUES - 1)) for each in channels if each in sides]
    return [each for each in (*scores, *pixels) if each is not None]


def _histogram(
    name: str, camera: str | None, baseline: Array, current: Array, bins: int, width: float
) -> Histogram | None:
    if not baseline.sum() or not current.sum():
        return None
    stored = histogram_distances(baseline, current, width=width)
    shown = [(each / each.sum()).reshape(bins, -1).sum(axis=1) for each in (baseline, current)]
    return Histogram(
        name=name,
        camera=camera,
        baseline=shown[0].tolist(),
        current=shown[1].tolist(),
        wasserstein=stored.wasserstein,
        kolmogorov_smirnov=stored.kolmogorov_smirnov,
        population_stability=stored.population_stability,
        jensen_shannon=histogram_distances(shown[0], shown[1], width=1 / bins).jensen_shannon,
    )


def _scores(days: Iterable[DaySummary], camera: str | None) -> Array:
    """(BINS,) counts of the fleet's scores, or of a camera's."""
    counts = np.zeros(BINS)
    for day in days:
        rows = day.score_bins
        if camera is not None:
            rows = rows[np.array(day.cameras)[rows[:, 0] // len(STRATA)] == camera]
        counts += np.bincount(rows[:, 1], rows[:, 2], BINS)
    return counts


def _pixels(baseline: Baseline, day: DaySummary) -> dict[Channel, tuple[Array, Array]]:
    """By channel, the baseline's shares and the day's, of 256 values; every frame weighs the same."""
    kept = [(each.pixel_shares, each.frames.sum()) for each in baseline.days if each.pixel_shares is not None]
    if day.pixel_shares is None or not kept:
        return {}
    theirs = np.average([shares for shares, _ in kept], axis=0, weights=[number for _, number in kept])
    return dict(zip(Channel, zip(theirs, day.pixel_shares, strict=True), strict=True))
