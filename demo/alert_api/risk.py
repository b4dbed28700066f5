"""The fire-risk filter: low-confidence sequences of low-risk days (alert-api contract, "Risk filter")."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlalchemy import ColumnElement, and_, or_

from demo.alert_api.tables import sequences

THRESHOLDS: Mapping[str, float] = {"very_low": 0.6, "low": 0.45}
"""The least `max_conf` that passes; every other class passes all."""


class RiskClasses:
    """Each camera's class by day; a camera without one is unknown, and nothing of it is filtered."""

    def __init__(self) -> None:
        self._by_day: dict[date, dict[int, str]] = {}

    def set(self, day: date, camera_id: int, name: str) -> None:
        """Give a camera its class of a day, in any case and with blanks, as risk-api may spell it."""
        self._by_day.setdefault(day, {})[camera_id] = name.lower().replace(" ", "_")

    def thresholds(self, day: date) -> dict[int, float]:
        """The cameras that are filtered that day, with their threshold."""
        classes = self._by_day.get(day, {})
        return {camera: THRESHOLDS[name] for camera, name in classes.items() if name in THRESHOLDS}

    def blocks(self, day: date, camera_id: int, max_conf: float | None) -> bool:
        """The validation gate: here a null confidence blocks, unlike in the listings."""
        threshold = self.thresholds(day).get(camera_id)
        return threshold is not None and (max_conf is None or max_conf < threshold)


def listed(thresholds: Mapping[int, float], override: str | None) -> ColumnElement[bool]:
    """The listing's condition on sequences; `override` is the query's `risk_score`, applied to every camera."""
    if override is not None:
        threshold = THRESHOLDS.get(override, 0.0)
        return or_(sequences.c.max_conf.is_(None), sequences.c.max_conf >= threshold)
    passes = [
        or_(sequences.c.camera_id != camera, sequences.c.max_conf.is_(None), sequences.c.max_conf >= threshold)
        for camera, threshold in thresholds.items()
    ]
    return and_(True, *passes)
