"""Mode strict: the fixed thresholds alone, on the fleet's plain numbers. No days, no weather, no test.

It alarms on ordinary days; for those who want just the thresholds.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from smokewatch.domain.drift.daily import DaySummary
from smokewatch.domain.drift.distances import class_distance
from smokewatch.domain.drift.metrics import (
    CLASS_WASSERSTEIN,
    CONFIDENCE_MEAN,
    IMAGE_STATISTICS,
    PIXEL_MEAN,
    PIXEL_STD,
    Detector,
)
from smokewatch.domain.drift.severity import FLEET_N, Severity
from smokewatch.domain.profiles import Channel

_BY_DETECTORS = (Severity.NONE, Severity.LOW, Severity.MEDIUM, Severity.HIGH)
_DIGITS = 9
"""Decimals by which a shift is compared: 0.55 - 0.5 is no more than 0.05, whatever its last bit says."""
_COLOURS = (Channel.RED, Channel.GREEN, Channel.BLUE)


@dataclass(frozen=True, slots=True)
class StrictResult:
    """One fixed threshold."""

    detector: Detector
    name: str
    baseline: float | None
    """On [0, 1]; None of classes, which have a distance only, and where there is too little data."""
    current: float | None
    shift: float | None
    """Absolute; None with fewer than 30 frames or sequences on a side."""
    threshold: float
    exceeds: bool
    """Whether the shift is strictly greater."""


@dataclass(frozen=True, slots=True)
class StrictVerdict:
    """All of them."""

    severity: Severity
    """By how many of the three detectors exceed a threshold: none, one, two, all. That is chosen, not measured."""
    results: tuple[StrictResult, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Pooled:
    """Some days' observations together."""

    frames: int
    sequences: int
    statistics: NDArray[np.float64]
    """(4, 4) by channel and `IMAGE_STATISTICS`: mean over frames, on [0, 1]."""
    confidence: float
    class_counts: NDArray[np.int64]
    """(K,)"""

    @classmethod
    def of(cls, days: Iterable[DaySummary]) -> Pooled:
        """All frames and sequences of days that share their classes, at least one day."""
        listed = list(days)
        frames = sum(int(day.frames.sum()) for day in listed)
        sequences = sum(int(day.sequences.sum()) for day in listed)
        images = sum((day.frames[..., None] * day.image_means).sum(axis=(0, 1)) for day in listed)
        scores = sum(float((day.sequences * day.score_means).sum()) for day in listed)
        statistics = np.asarray(images).reshape(len(Channel), len(IMAGE_STATISTICS)) / max(frames, 1)
        counts = np.sum([day.class_counts.sum(axis=(0, 1)) for day in listed], axis=0)
        return cls(frames, sequences, statistics, scores / max(sequences, 1), counts)


def strict_verdict(baseline: Pooled, current: Pooled) -> StrictVerdict:
    """Compare with the fixed thresholds (asked for, docs/drift.md); each must be exceeded, not reached."""
    results = [
        _shift(
            Detector.PIXELS,
            f"{channel}_{statistic}",
            baseline.statistics[at, IMAGE_STATISTICS.index(statistic)],
            current.statistics[at, IMAGE_STATISTICS.index(statistic)],
            threshold,
            min(baseline.frames, current.frames),
        )
        for statistic, threshold in (("mean", PIXEL_MEAN), ("std", PIXEL_STD))
        for at, channel in enumerate(Channel)
        if channel in _COLOURS
    ]
    n = min(baseline.sequences, current.sequences)
    results.append(
        _shift(Detector.CONFIDENCE, "confidence_mean", baseline.confidence, current.confidence, CONFIDENCE_MEAN, n)
    )
    distance = class_distance(baseline.class_counts, current.class_counts) if n >= FLEET_N else None
    exceeds = distance is not None and round(distance, _DIGITS) > CLASS_WASSERSTEIN
    results.append(
        StrictResult(Detector.CLASSES, "class_wasserstein", None, None, distance, CLASS_WASSERSTEIN, exceeds)
    )
    level = _BY_DETECTORS[len({result.detector for result in results if result.exceeds})]
    if level is Severity.NONE and any(result.shift is None for result in results):
        level = Severity.INSUFFICIENT_DATA
    return StrictVerdict(level, tuple(results))


def _shift(detector: Detector, name: str, baseline: float, current: float, threshold: float, n: int) -> StrictResult:
    if n < FLEET_N:
        return StrictResult(detector, name, None, None, None, threshold, False)
    shift = abs(float(current) - float(baseline))
    return StrictResult(
        detector, name, float(baseline), float(current), shift, threshold, round(shift, _DIGITS) > threshold
    )
