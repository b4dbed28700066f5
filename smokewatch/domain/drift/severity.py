"""How bad a difference is: levels, floors, and what the days before add (measured, docs/drift.md)."""

from __future__ import annotations

from enum import StrEnum

LOW_Q, HIGH_Q = 0.05, 0.01
"""False discovery rates of low, and of medium and high."""
FLEET_N = 30
"""Fewer frames or sequences in a day say nothing of it."""
ALERT_N = 100
"""From how many on a detector may alert."""
CAMERA_N = 3
"""Fewer on a camera's day say nothing of the camera."""
MIN_DAYS = 14
"""Fewer baseline days say nothing."""
SETTLED_DAYS = 30
"""With fewer baseline days a result is provisional: at most medium."""
REMEMBERED_DAYS = 3
"""Calendar days that count together, the checked one included."""
OF_REMEMBERED = 2
"""On how many of them a metric must be low to be medium, or high to propose retraining."""


class Severity(StrEnum):
    """A metric's or a day's."""

    INSUFFICIENT_DATA = "insufficient_data"
    """Nothing can be said; never the same as none."""
    NONE = "none"
    LOW = "low"
    MEDIUM = "medium"
    """Alerts, as high does."""
    HIGH = "high"

    @property
    def rank(self) -> int:
        """Order of badness; insufficient_data comes before none."""
        return _RANKS[self]

    @property
    def is_open(self) -> bool:
        """Whether an alarm is open: medium and high."""
        return self in (Severity.MEDIUM, Severity.HIGH)


_RANKS = {each: rank for rank, each in enumerate(Severity)}


def is_low(*, q: float, size: float, floor: float) -> bool:
    """Whether a metric differs at all on its day, by its own test: what later days remember.

    Args:
        q: false discovery rate.
        size: the effect's size, from 0 on; of a distance, how much more there is of it.
        floor: the smallest size that counts.
    """
    return q <= LOW_Q and size >= floor


def severity(*, q: float, size: float, floor: float, fixed: float, days: int, low_before: int) -> Severity:
    """One metric's severity on one day with enough data.

    Two low days of the last three are medium on the third even if it is not low itself: a shift that a day's test
    finds three times in four is found, and an alarm outlives its cause by a day.

    Args:
        q: false discovery rate.
        size: the effect's size, from 0 on; of a distance, how much more there is of it.
        floor: the smallest size that counts.
        fixed: the fixed threshold.
        days: baseline days.
        low_before: on how many of the two calendar days before it was low by its own test.
    """
    low = is_low(q=q, size=size, floor=floor)
    if low and q <= HIGH_Q and size >= fixed and days >= SETTLED_DAYS:
        return Severity.HIGH
    if (low and q <= HIGH_Q) or low + low_before >= OF_REMEMBERED:
        return Severity.MEDIUM
    return Severity.LOW if low else Severity.NONE
