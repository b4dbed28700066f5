"""The catalog as a database: schema, durability settings, writers side by side, errors for people."""

from __future__ import annotations

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext

from smokewatch.errors import StorageError, UsageError
from smokewatch.store import tables as t
from smokewatch.store.catalog import SCHEMA_HEAD, Catalog, upsert
from smokewatch.store.upgrading import migrate, sort_text_by_bytes, upgrade
from tests.servers import PostgreSql


def shape(connection: sa.Connection) -> dict[str, Any]:
    """Every table as the database tells it, columns in any order."""
    seen = sa.inspect(connection)
    told = (seen.get_columns, seen.get_indexes, seen.get_foreign_keys, seen.get_unique_constraints)
    tables: dict[str, Any] = {
        name: (seen.get_pk_constraint(name), *(sorted(map(str, each(name))) for each in told))
        for name in seen.get_table_names()
    }
    if connection.dialect.name == "postgresql":
        statistics = connection.exec_driver_sql("SELECT pg_get_statisticsobjdef(oid) FROM pg_statistic_ext").all()
        assert statistics, "what a page's plan rests on"
        tables["statistics"] = sorted(map(str, statistics))
    return tables


def test_migrations_make_exactly_the_tables_of_a_new_catalog(catalog: Catalog) -> None:
    with catalog.write() as connection:
        new = shape(connection)
        t.metadata.drop_all(connection)
        connection.exec_driver_sql("DROP TABLE alembic_version")
        migrate(connection)
        context = MigrationContext.configure(connection)
        assert context.get_current_revision() == SCHEMA_HEAD
        assert compare_metadata(context, t.metadata) == []
        if connection.dialect.name == "postgresql":
            sort_text_by_bytes(connection)
        assert shape(connection) == new


@pytest.mark.parametrize("catalog_url", ["sqlite"], indirect=True)
def test_sqlite_is_set_for_durability_and_readers_beside_a_writer(catalog: Catalog) -> None:
    with catalog.read() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_opening_at_the_same_time_upgrades_once(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    sqlite = f"sqlite:///{tmp_path / 'catalog.db'}"
    url = sqlite if kind == "sqlite" else request.getfixturevalue("postgresql").new_database()
    with ThreadPoolExecutor(6) as pool:
        for opened in pool.map(Catalog.open, [url] * 6):
            opened.close()


def test_writers_wait_for_each_other(catalog: Catalog) -> None:
    def count_up() -> None:
        for _ in range(50):
            with catalog.write() as connection:
                row = connection.execute(sa.select(t.organizations.c.updated_at, t.organizations.c.name)).one()
                connection.execute(t.organizations.update().values(name=str(int(row.name) + 1)))

    with catalog.write() as connection:
        connection.execute(
            t.organizations.insert(), {"source": "s", "id": 1, "name": "0", "updated_at": datetime.now(UTC)}
        )
    threads = [threading.Thread(target=count_up) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with catalog.read() as connection:
        assert connection.scalar(sa.select(t.organizations.c.name)) == "200"


def test_a_reader_sees_one_state(catalog: Catalog) -> None:
    count = sa.select(sa.func.count()).select_from(t.organizations)
    row = {"source": "s", "id": 1, "name": "x", "updated_at": datetime.now(UTC)}
    with catalog.read() as connection:
        assert connection.scalar(count) == 0
        with catalog.write() as writing:
            writing.execute(t.organizations.insert(), row)
        assert connection.scalar(count) == 0
    with catalog.read() as connection:
        assert connection.scalar(count) == 1


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_writer_that_waits_too_long_is_told(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("smokewatch.store.catalog._BUSY_SECONDS", 1)
    catalog = Catalog.open(
        f"sqlite:///{tmp_path / 'catalog.db'}" if kind == "sqlite" else request.getfixturevalue("postgresql").fresh()
    )
    with catalog.write(), pytest.raises(StorageError, match="holds it for over a minute; run again"), catalog.write():
        pass
    catalog.close()


def test_a_failed_transaction_leaves_nothing(catalog: Catalog) -> None:
    row = {"source": "s", "id": 1, "name": "x", "updated_at": datetime.now(UTC)}

    def fail_on_the_way() -> None:
        with catalog.write() as connection:
            connection.execute(t.organizations.insert(), row)
            raise RuntimeError("on the way")

    with pytest.raises(RuntimeError, match="on the way"):
        fail_on_the_way()
    with catalog.read() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(t.organizations)) == 0


def test_times_come_back_aware_utc_and_naive_ones_are_refused(catalog: Catalog) -> None:
    paris = timezone(timedelta(hours=2))
    moment = datetime(2026, 8, 14, 9, 30, 1, 5, tzinfo=paris)
    row = {"source": "s", "id": 1, "name": "x", "updated_at": moment}
    with catalog.write() as connection:
        upsert(connection, t.organizations, [row])
    with catalog.read() as connection:
        stored = connection.scalar(sa.select(t.organizations.c.updated_at))
    assert stored == moment
    assert stored is not None
    assert stored.utcoffset() == timedelta(0)
    with pytest.raises(sa.exc.StatementError, match="naive"), catalog.write() as connection:
        upsert(connection, t.organizations, [row | {"updated_at": datetime(2026, 8, 14)}])  # noqa: DTZ001


def test_a_catalog_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "catalog.db"
    Catalog.open(f"sqlite:///{path}").close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StorageError, match="newer than this smokewatch"):
        Catalog.open(f"sqlite:///{path}")


@pytest.mark.parametrize(
    "url",
    ["sqlite://", "postgresql://host:port/x", "nonsense", "oracle-of-delphi://x", "sqlite:////proc/none/catalog.db"],
)
def test_an_url_that_cannot_be_used_is_named(url: str) -> None:
    with pytest.raises(UsageError, match="SMOKEWATCH_CATALOG_URL cannot be used"):
        Catalog.open(url)


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    (tmp_path / "catalog.db").write_text("not a database, but long enough to be read as one" * 100)
    with pytest.raises(StorageError, match="file is not a database"):
        Catalog.open(f"sqlite:///{tmp_path / 'catalog.db'}")


_NOW = datetime(2026, 8, 15, tzinfo=UTC)


def test_earlier_verdicts_join_the_history(catalog: Catalog) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(t.__file__).parent / "migrations"))
    facts = {"source": "s", "revision": 1, "outcome": 1}
    verdict = {"sequence_id": 7, "run_id": "r", "decided_at": _NOW, "verdict": "exact", "detail": "", "ties": []}
    windows = [{"seen_frames": 9}, {"seen_frames": 4}]
    with catalog.write() as connection:
        config.attributes["connection"] = connection
        place = {"organization_id": 2, "camera_id": 12, "started_at": _NOW, "imported_at": _NOW}
        connection.execute(t.sequences.insert(), facts | place | {"id": 7})
        command.downgrade(config, "0009")
        told = facts | verdict | {"ambiguous": False}
        earlier = sa.table("verdicts", *(sa.column(name, t.verdicts.c[name].type) for name in [*told, "windows"]))
        connection.execute(earlier.insert(), [told | {"windows": windows}, told | {"windows": [], "sequence_id": 8}])
        upgrade(connection, "of the test")
    v = t.verdicts.c
    with catalog.read() as connection:
        rows = connection.execute(sa.select(v.organization_id, v.camera_id, v.frames).order_by(v.id)).all()
    assert [tuple(row) for row in rows] == [(2, 12, 9), (None, None, None)]


def test_text_is_text_in_a_database_without_an_encoding(postgresql: PostgreSql) -> None:
    catalog = Catalog.open(postgresql.new_database(encoding="SQL_ASCII"))
    with catalog.write() as connection:
        named = {"source": "s", "id": 1, "name": "Forêt d'Aitone", "updated_at": _NOW}
        connection.execute(t.organizations.insert(), named)
        assert connection.scalar(sa.select(t.organizations.c.name)) == named["name"]
    catalog.close()
