"""What the alert-api app and its worker share: database, frames, clock, risk classes, secrets."""

from __future__ import annotations

import random
import secrets
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine

from demo.alert_api.risk import RiskClasses
from demo.alert_api.tables import metadata
from demo.clock import Clock
from demo.database import Database, open_sqlite
from demo.objects import FrameStore


def open_database(path: Path) -> Engine:
    """alert-api's SQLite file, its tables created when missing. A demo may lose it: nothing is synced to disk."""
    return open_sqlite(path, metadata)


class Receipts:
    """Stamps rows as a server does: a moment after the clock, each later than the one before, the same every run."""

    def __init__(self, clock: Clock, seed: int) -> None:
        self._clock = clock
        self._random = random.Random(seed)
        self._last: datetime | None = None

    def stamp(self) -> datetime:
        """The aware UTC time at which the next row is created."""
        at = self._clock.now() + timedelta(microseconds=self._random.randrange(20_000, 480_000))
        if self._last is not None and at <= self._last:
            at = self._last + timedelta(microseconds=self._random.randrange(40_000, 160_000))
        self._last = at
        return at


@dataclass
class Services(Database):
    """One alert-api's parts. `seed` decides the receipts' microseconds; an unset JWT secret is random, as upstream."""

    frames: FrameStore
    clock: Clock
    server_name: str = "demo"
    seed: int = 0
    risk: RiskClasses = field(default_factory=RiskClasses)
    jwt_secret: str = field(default_factory=lambda: secrets.token_hex(32))
    admin_lists_all: bool = True
    """False: listings show an admin its own organization only, as before PR #633 (contract, "Role differences")."""
    detections_offset: bool = True
    """False: the detections route knows no `offset`, as before PR #592 (contract, "Listing routes")."""
    receipts: Receipts = field(init=False)

    def __post_init__(self) -> None:
        self.receipts = Receipts(self.clock, self.seed)

    def bucket(self, organization_id: int) -> str:
        """The bucket of an organization's frames (contract, "Presigned URLs")."""
        return f"{self.server_name}-alert-api-{organization_id}"

    def risk_thresholds(self, day: date | None) -> dict[int, float]:
        """The cameras that a listing filters, with their threshold; of a day, or (None) of the latest."""
        return self.risk.latest_thresholds(self.clock.now()) if day is None else self.risk.thresholds(day)
