"""A pretend server's SQLite file: aware UTC times, one writer at a time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, DateTime, Dialect, Engine, MetaData, TypeDecorator, create_engine, event


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC datetime, kept naive so that `date(column)` and text order mean UTC."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


def open_sqlite(path: Path, metadata: MetaData) -> Engine:
    """The file, its tables created when missing. A demo may lose it: nothing is synced to disk."""
    engine = create_engine(f"sqlite:///{path}")

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute("PRAGMA foreign_keys=ON")

    metadata.create_all(engine)
    return engine


@dataclass
class Database:
    """What a pretend server keeps its rows in."""

    engine: Engine
    _writing: threading.RLock = field(default_factory=threading.RLock, init=False)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that commits at the end, one at a time (SQLite has one writer)."""
        with self._writing, self.engine.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection to read from."""
        with self.engine.connect() as connection:
            yield connection
