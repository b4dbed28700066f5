"""Data-quality alarms: what is looked at before any statistics, for they explain most of what those would find."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from smokewatch.domain.drift.baseline import Baseline
from smokewatch.domain.drift.daily import DaySummary
from smokewatch.domain.drift.severity import MIN_DAYS

STEADY = 0.95
"""A camera that was there on this share of the baseline's days is missed when it sends none: chosen, one day in
twenty without a sequence is a quiet camera."""


class QualityKind(StrEnum):
    """What is wrong with a camera's data."""

    MISSING_CAMERA = "missing_camera"
    STUCK_FRAME = "stuck_frame"
    CHANGED_SIZE = "changed_size"
    UNDECODABLE = "undecodable"
    NAN_SCORE = "nan_score"


@dataclass(frozen=True, slots=True)
class QualityAlarm:
    """One kind on one camera."""

    kind: QualityKind
    camera: str
    count: int
    """Frames or sequences; of a missing camera, the baseline's days on which it was there."""
    detail: str
    """One line for people."""


def quality_alarms(day: DaySummary, baseline: Baseline | None = None) -> tuple[QualityAlarm, ...]:
    """A day's alarms, by kind, then camera; without a baseline no camera is missed and no size has changed."""
    return tuple(_alarms(day, baseline))


def changed_sizes(day: DaySummary, baseline: Baseline) -> dict[str, str]:
    """By camera, why its frames cannot be compared with the baseline's: the sizes differ."""
    expected = baseline.reference.sizes
    return {
        camera: f"frames are {_named(sizes)}, the baseline's {_named(expected[camera])}"
        for camera, sizes in day.sizes.items()
        if camera in expected and sizes != expected[camera]
    }


def _alarms(day: DaySummary, baseline: Baseline | None) -> Iterator[QualityAlarm]:
    if baseline is not None:
        yield from _missing(day, baseline)
    for camera, count in day.repeats.items():
        yield QualityAlarm(QualityKind.STUCK_FRAME, camera, count, f"{count} frames have the bytes of the one before")
    changed = {} if baseline is None else changed_sizes(day, baseline)
    for camera, sizes in day.sizes.items():
        detail = changed.get(camera) or (f"frames are {_named(sizes)} on one day" if len(sizes) > 1 else "")
        if detail:
            frames = int(day.frames[day.cameras.index(camera)].sum())
            yield QualityAlarm(QualityKind.CHANGED_SIZE, camera, frames, detail)
    for camera, count in day.undecodable.items():
        yield QualityAlarm(QualityKind.UNDECODABLE, camera, count, f"{count} frames cannot be decoded")
    for camera, count in day.nan_scores.items():
        yield QualityAlarm(QualityKind.NAN_SCORE, camera, count, f"{count} scores are not a number")


def _missing(day: DaySummary, baseline: Baseline) -> Iterator[QualityAlarm]:
    if len(baseline.days) < MIN_DAYS:
        return
    here = set(day.cameras)
    # Counted once for all: a look through each day for each camera grows by the square of a fleet.
    days_of = Counter(camera for earlier in baseline.days for camera in set(earlier.cameras))
    for camera in baseline.reference.cameras:
        days = days_of[camera]
        if camera not in here and days >= STEADY * len(baseline.days):
            detail = f"neither frame nor sequence; there were some on {days} of {len(baseline.days)} baseline days"
            yield QualityAlarm(QualityKind.MISSING_CAMERA, camera, days, detail)


def _named(sizes: tuple[tuple[int, int], ...]) -> str:
    return " and ".join(f"{width} x {height}" for width, height in sizes)
