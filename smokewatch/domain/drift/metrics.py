"""What is measured each day, in which order, and how large an effect must be to matter.

Floors and fixed thresholds: measured, docs/drift.md. All on the [0, 1] scale.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from smokewatch.domain.profiles import Channel


class Detector(StrEnum):
    """What a metric looks at. Pixels are counted in frames, the others in sequences."""

    PIXELS = "pixels"
    CONFIDENCE = "confidence"
    CLASSES = "classes"


IMAGE_STATISTICS = ("mean", "std", "p5", "p95")
"""Of each frame and channel: :class:`smokewatch.domain.profiles.Statistics`."""

CAMERA_FLOOR = 0.05
"""The smallest effect on one camera that counts, for every metric."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One number a day, for the fleet and for each camera."""

    name: str
    detector: Detector
    fleet_floor: float
    """The smallest effect on the fleet that counts."""
    fixed: float
    """The fixed threshold: the smallest effect of severity high."""
    one_sided: bool = False
    """A distance: only more of it is drift."""

    def floor(self, camera: str | None) -> float:
        """The smallest effect that counts on a camera, or on the fleet (None)."""
        return self.fleet_floor if camera is None else CAMERA_FLOOR


PIXEL_MEAN, PIXEL_STD, CONFIDENCE_MEAN, CLASS_WASSERSTEIN = 0.05, 0.1, 0.1, 0.15
"""The fixed thresholds; a percentile's is the mean's, a distance's that of what it is a distance between."""

IMAGE_METRICS = tuple(
    Metric(f"pixel_{statistic}", Detector.PIXELS, 0.02, PIXEL_STD if statistic == "std" else PIXEL_MEAN)
    for statistic in IMAGE_STATISTICS
)
CONFIDENCE = Metric("confidence", Detector.CONFIDENCE, 0.02, CONFIDENCE_MEAN)
"""Mean of the recorded scores."""
CONFIDENCE_W1 = Metric("confidence_w1", Detector.CONFIDENCE, 0.02, CONFIDENCE_MEAN, one_sided=True)
"""1-Wasserstein distance of the day's scores, less their cells' means, from the baseline's; tested as its logarithm."""
SMOKE_SHARE = Metric("smoke_share", Detector.CLASSES, 0.03, CLASS_WASSERSTEIN)
"""Share of sequences with the verdict smoke; tested on the arcsine scale."""
CLASS_DISTANCE = Metric("class_distance", Detector.CLASSES, 0.03, CLASS_WASSERSTEIN, one_sided=True)
"""Total variation of the classes from the baseline's. Of two classes it is the share's effect: tested from three on."""

METRICS = (*IMAGE_METRICS, CONFIDENCE, CONFIDENCE_W1, SMOKE_SHARE, CLASS_DISTANCE)


@dataclass(frozen=True, slots=True)
class Column:
    """What is computed for a metric: one number, or for an image metric one a channel."""

    metric: Metric
    channel: Channel | None


IMAGE_COLUMNS = tuple(Column(metric, channel) for channel in Channel for metric in IMAGE_METRICS)
"""16, in the order of :class:`smokewatch.domain.drift.observations.Frames`' statistics."""
COLUMNS = (*IMAGE_COLUMNS, *(Column(metric, None) for metric in METRICS[len(IMAGE_METRICS) :]))
"""20: the last axis of every array of a day's numbers."""
CONFIDENCE_COLUMN, W1_COLUMN, SHARE_COLUMN, DISTANCE_COLUMN = range(len(IMAGE_COLUMNS), len(COLUMNS))
