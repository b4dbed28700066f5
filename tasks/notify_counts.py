"""What telling people counts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any


@dataclass
class NotifyCounts:
    """What a run found and did. ``held`` counts sequences by class."""

    alerts: int = 0
    """Alerts seen since the horizon."""
    told_before: int = 0
    new: int = 0
    """Alerts that get a message now."""
    held_alerts: int = 0
    """Alerts of which the gate held back every sequence that was not a known false positive."""
    held: Counter[str] = field(default_factory=Counter)
    false_positive: int = 0
    """Alerts that people called no fire before anybody was told."""
    without_alert: int = 0
    without_webhook: int = 0
    withdrawn: int = 0
    digests: int = 0
    sent: int = 0
    """Messages, a digest being one."""
    refused: int = 0
    unknown: int = 0
    waiting: int = 0
    """Messages that are left to the next run."""

    def as_dict(self) -> dict[str, Any]:
        """Plain numbers."""
        return {**vars(self), "held": dict(self.held)}
