"""What the risk-api app shares: cameras as last refreshed, scores by day, the weather, one account."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from sqlalchemy import Engine, select
from sqlalchemy.dialects.sqlite import insert

from demo.alert_api import tables as alert_api
from demo.alert_api.services import Services as AlertApi
from demo.clock import Clock
from demo.database import Database, open_sqlite
from demo.risk_api.answers import Camera
from demo.risk_api.tables import metadata, scores
from demo.risk_api.weather import Weather, class_of

REFRESH_AT = time(2, tzinfo=UTC)
"""When all cameras are refreshed, every day."""


def open_database(path: Path) -> Engine:
    """risk-api's SQLite file, its table created when missing."""
    return open_sqlite(path, metadata)


def cameras_of(services: AlertApi) -> list[Camera]:
    """alert-api's cameras as risk-api knows them: those that are not trusted are hidden from it."""
    c = alert_api.cameras.c
    columns = (c.id, c.name, c.organization_id, c.lat, c.lon)
    with services.reading() as connection:
        found = connection.execute(select(*columns).where(c.is_trustable).order_by(c.id))
        return [Camera(**row._mapping) for row in found]


@dataclass
class Services(Database):
    """One risk-api's parts. It has no cameras until :meth:`load`; then it follows the clock."""

    clock: Clock
    upstream: Callable[[], Sequence[Camera]]
    """alert-api's cameras, without an index."""
    weather: Weather = field(default_factory=Weather)
    username: str = "risk"
    password: str = field(default_factory=lambda: secrets.token_hex(8))
    _loaded: list[Camera] | None = field(default=None, init=False)
    _next: datetime | None = field(default=None, init=False)

    def load(self) -> None:
        """The first refresh, in which the cameras come to be known."""
        with self._writing:
            self._refresh(self.clock.now())
            self._next = _following_refresh(self.clock.now())

    def cameras(self) -> list[Camera] | None:
        """The cameras as last refreshed; None: not loaded yet."""
        with self._writing:
            while self._next is not None and self._next <= self.clock.now():
                self._refresh(self._next)
                self._next += timedelta(days=1)
            return self._loaded

    def compute(self, cameras: Iterable[Camera], days: Iterable[date]) -> None:
        """Compute past days again; where the map has no value, what is known stays."""
        now = self.clock.now()
        self._save(
            (camera.id, day, fwi, now)
            for day in days
            for camera in cameras
            if (fwi := self.weather.fwi(camera.id, day)) is not None
        )

    def _refresh(self, at: datetime) -> None:
        now = at.replace(microsecond=0)
        found = []
        for camera in self.upstream():
            fwi = self.weather.fwi(camera.id, now.date())
            name = None if fwi is None else class_of(fwi)
            found.append(camera.model_copy(update={"fwi": fwi, "fwi_class": name, "last_refresh_at": now}))
        self._loaded = found
        self._save((camera.id, now.date(), camera.fwi, now) for camera in found)

    def _save(self, rows: Iterable[tuple[int, date, float | None, datetime]]) -> None:
        values = [
            {
                "camera_id": camera_id,
                "date": day,
                "fwi": fwi,
                "fwi_class": None if fwi is None else class_of(fwi),
                "fetched_at": at,
            }
            for camera_id, day, fwi, at in rows
        ]
        if values:
            statement = insert(scores)
            changes = {name: statement.excluded[name] for name in ("fwi", "fwi_class", "fetched_at")}
            keys = ["camera_id", "date"]
            with self.writing() as connection:
                connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=changes), values)


def _following_refresh(now: datetime) -> datetime:
    today = datetime.combine(now.date(), REFRESH_AT)
    return today if now < today else today + timedelta(days=1)
