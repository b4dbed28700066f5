"""The fire-risk filter: low-confidence sequences of low-risk days (alert-api contract, "Risk filter")."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import httpx
from sqlalchemy import ColumnElement, and_, or_

from demo.alert_api.tables import sequences

THRESHOLDS: Mapping[str, float] = {"very_low": 0.6, "low": 0.45}
"""The least `max_conf` that passes; every other class passes all."""
REFRESH_AT = time(4, tzinfo=UTC)
"""RISK_REFRESH_HOUR_UTC's default: when the cached classes are fetched again."""
TIMEOUT = 5.0
"""Seconds."""


class RiskClient:
    """Asks a risk-api; whatever goes wrong, no camera has a class."""

    def __init__(self, url: str, login: str, password: str) -> None:
        self._http = httpx.Client(base_url=url, auth=(login, password), timeout=TIMEOUT, trust_env=False)

    def classes(self, path: str) -> dict[int, str]:
        """Camera id -> class as it is spelt, of the rows that have both."""
        try:
            rows = self._http.get(path).raise_for_status().json()
        except (httpx.HTTPError, ValueError):
            return {}
        pairs = [_pair(row) for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
        return {camera: name for camera, name in pairs if isinstance(camera, int) and isinstance(name, str)}

    def close(self) -> None:
        """Give back its connections."""
        self._http.close()


class RiskClasses:
    """Each camera's class by day; a camera without one is unknown, and nothing of it is filtered.

    With a risk-api, listings of a day ask it each time; what looks at now (the latest listings and the validation
    gate) uses the cameras' classes as fetched last, at the first use and at every :data:`REFRESH_AT`. What cannot be
    fetched leaves the cache as it was. Without one, classes are those that were set.
    """

    def __init__(self, api: RiskClient | None = None) -> None:
        self.api = api
        self._by_day: dict[date, dict[int, str]] = {}
        self._cached: dict[int, str] = {}
        self._fetch_after: datetime | None = None

    def set(self, day: date, camera_id: int, name: str) -> None:
        """Give a camera its class of a day, in any case and with blanks, as risk-api may spell it."""
        self._by_day.setdefault(day, {})[camera_id] = name

    def thresholds(self, day: date) -> dict[int, float]:
        """The cameras that are filtered in a day's listing, with their threshold."""
        if self.api is None:
            return _thresholds(self._by_day.get(day, {}))
        return _thresholds(self.api.classes(f"/scores/{day}"))

    def latest_thresholds(self, now: datetime) -> dict[int, float]:
        """The cameras that are filtered now, with their threshold."""
        if self.api is None:
            return _thresholds(self._by_day.get(now.date(), {}))
        if self._fetch_after is None or now >= self._fetch_after:
            self._cached = self.api.classes("/cameras") or self._cached
            today = datetime.combine(now.date(), REFRESH_AT)
            self._fetch_after = today if now < today else today + timedelta(days=1)
        return _thresholds(self._cached)

    def blocks(self, now: datetime, camera_id: int, max_conf: float | None) -> bool:
        """The validation gate: here a null confidence blocks, unlike in the listings."""
        threshold = self.latest_thresholds(now).get(camera_id)
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


def _pair(row: dict[str, Any]) -> tuple[Any, Any]:
    return row.get("id") or row.get("camera_id"), row.get("fwi_class")


def _thresholds(classes: Mapping[int, str]) -> dict[int, float]:
    named = {camera: name.strip().lower().replace(" ", "_") for camera, name in classes.items()}
    return {camera: THRESHOLDS[name] for camera, name in named.items() if name in THRESHOLDS}
