"""Two sets of days side by side: how far apart their distributions are, and the fixed thresholds. Nothing is tested."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from smokewatch.domain.drift.daily import DaySummary
from smokewatch.domain.drift.distances import BINS, Distances, class_distance, histogram_distances
from smokewatch.domain.drift.strict import Pooled, StrictVerdict, strict_verdict
from smokewatch.domain.profiles import VALUES, Channel
from smokewatch.errors import UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The second set of days against the first."""

    pixels: dict[Channel, Distances]
    """By channel, on [0, 1], every frame weighing the same; empty where a side has no pixel shares."""
    confidence: Distances | None
    """None where a side has no score."""
    classes: float | None
    """:func:`smokewatch.domain.drift.distances.class_distance`; None where a side has no sequence."""
    strict: StrictVerdict


def compare(first: Iterable[DaySummary], second: Iterable[DaySummary]) -> Comparison:
    """Compare days from their summaries alone.

    Raises:
        UsageError: when a side has no day, or they differ in decoder, in a camera's size or in their classes.
    """
    sides = list(first), list(second)
    _refuse(*sides)
    pixels = [_pixels(side) for side in sides]
    scores = [_scores(side) for side in sides]
    pooled = [Pooled.of(side) for side in sides]
    counts = [side.class_counts for side in pooled]
    has_pixels, has_scores = all(each.any() for each in pixels), all(each.any() for each in scores)
    return Comparison(
        pixels={
            channel: histogram_distances(pixels[0][at], pixels[1][at], width=1 / (VALUES - 1))
            for at, channel in enumerate(Channel)
            if has_pixels
        },
        confidence=histogram_distances(scores[0], scores[1], width=1 / BINS) if has_scores else None,
        classes=class_distance(counts[0], counts[1]) if all(each.any() for each in counts) else None,
        strict=strict_verdict(pooled[0], pooled[1]),
    )


def _refuse(first: list[DaySummary], second: list[DaySummary]) -> None:
    if not first or not second:
        raise UsageError("nothing to compare: a side has no day")
    every = [*first, *second]
    decoders = sorted({day.decoder for day in every if day.decoder is not None})
    if len(decoders) > 1:
        raise UsageError(f"frames profiled by {' and '.join(decoders)} cannot be compared; profile both by one decoder")
    if len({day.classes for day in every}) > 1:
        raise UsageError("days with different classes cannot be compared")
    sizes = [{camera: size for day in side for camera, size in day.sizes.items()} for side in (first, second)]
    differing = sorted(camera for camera in sizes[0].keys() & sizes[1].keys() if sizes[0][camera] != sizes[1][camera])
    if differing:
        raise UsageError(f"{', '.join(differing)}: frames of different sizes cannot be compared; choose other days")


def _pixels(days: list[DaySummary]) -> NDArray[np.float64]:
    """(4, 256)"""
    total = np.zeros((len(Channel), VALUES))
    for day in days:
        if day.pixel_shares is not None:
            total += day.pixel_shares * day.frames.sum()
    return total


def _scores(days: list[DaySummary]) -> NDArray[np.int64]:
    """(BINS,)"""
    total = np.zeros(BINS, np.int64)
    for day in days:
        np.add.at(total, day.score_bins[:, 1], day.score_bins[:, 2])
    return total
