"""By which rule a day is told: both verdicts are always computed and reported."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smokewatch.domain.drift import DriftCheck, Severity


class Mode(StrEnum):
    """Which verdict people are told."""

    CALIBRATED = "calibrated"
    """Day by day against the baseline's own days."""
    STRICT = "strict"
    """The fixed thresholds alone, which alarm on ordinary weather."""


def severity_by(mode: Mode, check: DriftCheck) -> Severity:
    """A day's severity."""
    return check.severity if mode is Mode.CALIBRATED else check.strict.severity


def alerts_by(mode: Mode, check: DriftCheck) -> bool:
    """Whether people are told: medium or high."""
    return check.alerts if mode is Mode.CALIBRATED else check.strict.severity.is_open
