"""What the annotation API's app shares: database, frames, clock, secret."""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy import Engine

from demo.annotator.tables import metadata
from demo.clock import Clock
from demo.database import Database, open_sqlite
from demo.objects import FrameStore


def open_database(path: Path) -> Engine:
    """The annotation API's SQLite file, its tables created when missing."""
    return open_sqlite(path, metadata)


@dataclass
class Services(Database):
    """One annotation API's parts. The clock says when rows are created; a new JWT secret voids every token."""

    frames: FrameStore
    clock: Clock
    bucket: str = "annotation-api"
    jwt_secret: str = field(default_factory=lambda: secrets.token_hex(32))
    _turns: Iterator[int] = field(default_factory=itertools.count, init=False)

    def turn(self) -> int:
        """The number of this listing: rows of equal time lie in another order in the next one."""
        return next(self._turns)


def services_of(request: Request) -> Services:
    """The app's services, as a dependency."""
    services: Services = request.app.state.services
    return services


Shared = Annotated[Services, Depends(services_of)]
