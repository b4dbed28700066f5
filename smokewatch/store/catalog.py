"""The catalog: one SQL database, opened, upgraded and written through here."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.engine.interfaces import DBAPIConnection

from smokewatch.errors import StorageError, UsageError

SCHEMA_HEAD = "0014"
_CHUNK = 500
_ItemT = TypeVar("_ItemT")
_BUSY_SECONDS = 60
_WRITE_LOCK = 7_341_001  # an application-wide number for PostgreSQL's advisory lock


# What the machine did, not what the program said wrongly: those subclasses stay what they are.
_DATABASE_FAULTS = (sa.exc.OperationalError, sa.exc.InternalError)


class OutdatedSnapshotError(StorageError):
    """A catalog that may only be read has another schema."""


class Catalog:
    """An open catalog at the newest schema.

    Use :meth:`read` and :meth:`write` for transactions; a write transaction takes the write lock at once, so that two
    writers wait for each other instead of failing in the middle.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @classmethod
    def open(cls, url: str) -> Catalog:
        """Open a catalog, creating or upgrading its tables; of a SQLite file with rows a copy is made before.

        Args:
            url: an SQLAlchemy URL, ``sqlite:///path`` or ``postgresql://…``.

        Raises:
            UsageError: when the URL cannot be used: its driver, its folder or its server is missing.
            StorageError: when the database refuses (full disk, newer schema).
        """
        engine = _engine(url)
        catalog = cls(engine)
        try:
            if _schema_version(engine) != SCHEMA_HEAD:
                catalog._upgrade()
        except sa.exc.DatabaseError as error:
            raise _fault(error, engine) from error
        return catalog

    @classmethod
    def open_snapshot(cls, path: Path) -> Catalog:
        """Open a SQLite file that nobody writes, only for reading: nothing appears beside it.

        Raises:
            OutdatedSnapshotError: when it has another schema than this smokewatch.
            StorageError: when it is no database.
        """
        engine = sa.create_engine(
            sa.URL.create("sqlite", database=str(path)), creator=lambda: _connect_snapshot(path), poolclass=sa.QueuePool
        )
        sa.event.listen(engine, "begin", _on_sqlite_begin)
        try:
            version = _schema_version(engine)
        except sa.exc.DatabaseError as error:
            raise _fault(error, engine) from error
        if version != SCHEMA_HEAD:
            raise OutdatedSnapshotError(
                f"catalog {path} has schema {version}, not {SCHEMA_HEAD}: bundle the store again"
            )
        return cls(engine)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one state of the catalog."""
        try:
            with self.engine.begin() as connection:
                yield connection
        except _DATABASE_FAULTS as error:
            raise _fault(error, self.engine) from error

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that commits whole or not at all.

        Raises:
            StorageError: when the database cannot take it (full disk, locked for a minute, server gone).
        """
        try:
            with self.engine.connect().execution_options(smokewatch_write=True) as connection, connection.begin():
                yield connection
        except _DATABASE_FAULTS as error:
            raise _fault(error, self.engine) from error

    def close(self) -> None:
        """Give back every connection."""
        self.engine.dispose()

    def _upgrade(self) -> None:
        from smokewatch.store.upgrading import upgrade  # Alembic: only an outdated catalog pays for it

        with self.write() as connection:
            upgrade(connection, _shown(self.engine))


def in_chunks(items: Iterable[_ItemT]) -> Iterator[list[_ItemT]]:
    """Items in lists that are short enough for a database's IN."""
    every = list(items)
    for start in range(0, len(every), _CHUNK):
        yield every[start : start + _CHUNK]


def upsert(
    connection: Connection,
    table: sa.Table,
    rows: Sequence[Mapping[str, Any]],
    *,
    update: Sequence[str] | None = None,
) -> None:
    """Insert rows; where the primary key exists, update the named columns (None: every other one; []: none)."""
    if not rows:
        return
    changing = [name for name in rows[0] if name not in table.primary_key.columns] if update is None else update
    statement = _upserting(connection.dialect, table, tuple(rows[0]), tuple(changing))
    connection.execute(statement, [dict(row) for row in rows])  # type: ignore[call-overload]


@lru_cache(maxsize=128)
def _upserting(dialect: sa.Dialect, table: sa.Table, columns: tuple[str, ...], update: tuple[str, ...]) -> sa.Compiled:
    """The statement, compiled here once: SQLAlchemy 2.0 compiles an ON CONFLICT anew for every execution."""
    module: Any = postgresql if dialect.name == "postgresql" else sqlite
    statement = module.insert(table)
    keys = list(table.primary_key.columns.keys())
    if update:
        changes = {name: statement.excluded[name] for name in update}
        statement = statement.on_conflict_do_update(index_elements=keys, set_=changes)
    else:
        statement = statement.on_conflict_do_nothing(index_elements=keys)
    compiled: sa.Compiled = statement.compile(dialect=dialect, column_keys=columns)
    return compiled


def _engine(url: str) -> Engine:
    try:
        parsed = sa.make_url(url)
        if parsed.get_backend_name() == "sqlite" and parsed.database not in (None, "", ":memory:"):
            Path(str(parsed.database)).parent.mkdir(parents=True, exist_ok=True)
        if parsed.drivername == "postgresql":
            parsed = parsed.set(drivername="postgresql+psycopg")  # the one driver that we come with
        # A database without an encoding (SQL_ASCII) would give bytes for text.
        # What is asked twice is asked again: prepared from then on, not from the sixth time as by default.
        arguments = {"client_encoding": "utf8", "prepare_threshold": 1}
        options: dict[str, Any] = {"pool_pre_ping": True, "connect_args": arguments}
        if parsed.get_backend_name() == "sqlite":
            options = {"connect_args": {"timeout": _BUSY_SECONDS}}
        engine = sa.create_engine(parsed, **options)
    except (sa.exc.ArgumentError, sa.exc.NoSuchModuleError, ImportError, OSError, ValueError) as error:
        raise UsageError(f"SMOKEWATCH_CATALOG_URL cannot be used: {error}") from error
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _on_sqlite_connect)
        sa.event.listen(engine, "begin", _on_sqlite_begin)
    elif engine.dialect.name == "postgresql":
        sa.event.listen(engine, "connect", _on_postgresql_connect)
        sa.event.listen(engine, "begin", _on_postgresql_begin)
    return engine


def _connect_snapshot(path: Path) -> sqlite3.Connection:
    # Immutable: read where it lies, even where nothing can be written. It may come from others: none of its own
    # functions or views are trusted.
    address = f"file:{quote(str(path.absolute()))}?mode=ro&immutable=1"
    connection = sqlite3.connect(address, uri=True, isolation_level=None, check_same_thread=False)
    for pragma in ("query_only=ON", "trusted_schema=OFF", "cell_size_check=ON"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def _on_sqlite_connect(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # transactions are begun below, not guessed by the driver
    _use_wal(connection)
    for pragma in ("synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _use_wal(connection: sqlite3.Connection) -> None:
    """Switch a new file to WAL: readers beside a writer. SQLite does not wait for others here, so this does."""
    deadline = time.monotonic() + _BUSY_SECONDS
    while connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
        try:
            if connection.execute("PRAGMA journal_mode=WAL").fetchone() != ("wal",):
                raise UsageError("SMOKEWATCH_CATALOG_URL cannot be used: SQLite needs a file on a local disk for it")
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def _on_sqlite_begin(connection: Connection) -> None:
    write = connection.get_execution_options().get("smokewatch_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def _on_postgresql_connect(connection: DBAPIConnection, _record: object) -> None:
    from psycopg.types.numeric import Int8Dumper

    # Else numbers are sent as the smallest type that holds them, and a statement is planned anew for other types.
    connection.adapters.register_dumper(int, Int8Dumper)
    # A page is read by a few short joins: compiling them would take longer than they do.
    connection.cursor().execute("SET jit = off")
    connection.commit()


def _on_postgresql_begin(connection: Connection) -> None:
    """One writer at a time, and readers that see one state: what SQLite does by itself."""
    if not connection.get_execution_options().get("smokewatch_write", False):
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        return
    # Keepalives, or a writer whose machine is gone would hold the lock for two hours.
    connection.exec_driver_sql(
        f"SELECT set_config('lock_timeout', '{_BUSY_SECONDS}s', true), set_config('tcp_keepalives_idle', '20', true), "
        "set_config('tcp_keepalives_interval', '5', true), set_config('tcp_keepalives_count', '4', true)"
    )
    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITE_LOCK})")


def schema_version(connection: Connection) -> str | None:
    """The revision of a catalog's tables, None before there are any."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()


def _schema_version(engine: Engine) -> str | None:
    with engine.begin() as connection:
        return schema_version(connection)


def _shown(engine: Engine) -> str:
    return engine.url.render_as_string(hide_password=True)


def _fault(error: sa.exc.DatabaseError, engine: Engine) -> StorageError:
    reason = str(error.orig).strip().splitlines()[0] if error.orig else str(error)
    held = "another process holds it for over a minute; run again when it is done"
    hint = {
        "database or disk is full": "free some space and run again; nothing stored is lost",
        "database is locked": held,
        "canceling statement due to lock timeout": held,
    }.get(reason, "check that the database can be reached and written")
    return StorageError(f"catalog {_shown(engine)}: {reason}: {hint}")
