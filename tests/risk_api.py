"""A small risk-api for tests: the demo's, with cameras and scores made up by hand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
import sqlalchemy as sa

from demo.clock import Clock
from demo.gate import Knobs
from demo.risk_api.answers import Camera
from demo.risk_api.app import Server
from demo.risk_api.services import Services, open_database
from demo.risk_api.tables import scores
from demo.risk_api.weather import Weather
from tests.demo.conftest import NO_TLS

USERNAME, PASSWORD = "watcher", "correct horse: battery staple"


class RiskApi:
    """A risk-api that runs; it has not loaded its cameras yet."""

    def __init__(self, services: Services, server: Server) -> None:
        self.services, self._server = services, server
        self.url = server.url
        self.cameras: list[Camera] = []

    @property
    def knobs(self) -> Knobs:
        """What it was asked, and how it answers late or badly."""
        return self._server.knobs

    @property
    def asked(self) -> list[str]:
        """What it was asked for, in order."""
        return [f"{asked.method} {asked.path}" for asked in self.knobs.requests]

    def http(self, username: str = USERNAME, password: str = PASSWORD) -> httpx.Client:
        """A client with an account."""
        return httpx.Client(base_url=self.url, auth=(username, password), trust_env=False, verify=NO_TLS)

    def get(self, path: str, **query: Any) -> Any:
        """An answer's JSON."""
        with self.http() as client:
            return client.get(path, params=query).raise_for_status().json()

    def add_cameras(self, *ids: int, organization_id: int = 2) -> None:
        """More cameras for the next refresh."""
        facts = {"organization_id": organization_id, "lat": 44.7, "lon": 4.5}
        self.cameras += [Camera(id=each, name=f"ridge-{each}", **facts) for each in ids]

    def give(self, day: date, fwis: Sequence[float | None]) -> None:
        """Decide the index of the first cameras, ids from 1, on a day."""
        for number, fwi in enumerate(fwis, 1):
            self.services.weather.given[day, number] = fwi

    def write(self, camera_id: int, day: date, **values: Any) -> None:
        """A score as it stands in the database, whatever the weather."""
        row = {"camera_id": camera_id, "date": day, "fetched_at": datetime(2026, 8, 14, 2, tzinfo=UTC)}
        with self.services.writing() as connection:
            connection.execute(scores.delete().where(scores.c.camera_id == camera_id, scores.c.date == day))
            connection.execute(sa.insert(scores).values(**row, **values))


@contextmanager
def running(folder: Path, now: datetime) -> Iterator[RiskApi]:
    """A risk-api with one account, its database in `folder`, its clock standing at `now`."""
    engine = open_database(folder / "risk-api.sqlite")
    services = Services(engine, Clock(now), lambda: risk.cameras, Weather(), USERNAME, PASSWORD)
    server = Server(services)
    risk = RiskApi(services, server)
    with server:
        yield risk
    engine.dispose()
