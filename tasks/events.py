"""The events that tell automations what has happened, by name: what is emitted here is what they may wait for."""

from __future__ import annotations

from enum import StrEnum


class Event(StrEnum):
    """What flows emit for people; beside these every run ends with ``smokewatch.<kind>.finished`` or ``.failed``."""

    DAILY_MISSING = "smokewatch.daily.missing"
    UNEXPLAINED = "smokewatch.replay.unexplained"
    RELEASE_MOVED = "smokewatch.release.moved"
    DRIFT_DETECTED = "smokewatch.drift.detected"
    RETRAIN_PROPOSED = "smokewatch.retrain.proposed"
    RELEASE_QUALIFIED = "smokewatch.release.qualified"
