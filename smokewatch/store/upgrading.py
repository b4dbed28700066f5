"""A catalog's tables made what this smokewatch needs: Alembic's migrations, after a copy of what is at stake."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy.engine import Connection
from sqlalchemy.schema import CreateIndex, CreateTable, SetColumnComment

from smokewatch.errors import StorageError
from smokewatch.store.catalog import SCHEMA_HEAD, schema_version
from smokewatch.store.copies import copy_before_upgrade
from smokewatch.store.tables import metadata


def upgrade(connection: Connection, shown: str) -> None:
    """Make a catalog's tables, or upgrade them, in the transaction that has it for itself.

    Another process may just have done so. A new catalog gets its tables at once: all migrations, one after the other,
    make the same ones in three times the time.

    Args:
        connection: in a transaction that holds the write lock.
        shown: its address, for messages.

    Raises:
        StorageError: when a newer smokewatch wrote it, or it cannot be copied before.
    """
    revision = schema_version(connection)
    if revision is None and not sa.inspect(connection).get_table_names():
        _create(connection)
        command.stamp(_config(connection), "head")
    else:
        if revision and revision < SCHEMA_HEAD and (file := _sqlite_file(connection)) and _has_rows(connection):
            copy_before_upgrade(file, revision)
        try:
            migrate(connection)
        except CommandError as error:  # a revision that it does not know
            raise StorageError(f"catalog {shown} is newer than this smokewatch: {error}") from error
    if connection.dialect.name == "postgresql":
        sort_text_by_bytes(connection)
        learn_days(connection)


def _create(connection: Connection) -> None:
    """Make every table: in one order, for bundles of equal stores are equal, and that of ``create_all`` is a set's."""
    for table in metadata.sorted_tables:
        connection.execute(CreateTable(table))
        for index in sorted(table.indexes, key=lambda each: str(each.name)):
            connection.execute(CreateIndex(index))
        if connection.dialect.supports_comments:
            for column in table.columns:
                if column.comment:
                    connection.execute(SetColumnComment(column))


def migrate(connection: Connection) -> None:
    """Run the migrations that a catalog still needs.

    Raises:
        CommandError: it has a revision that is not known.
    """
    command.upgrade(_config(connection), "head")


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config


def _sqlite_file(connection: Connection) -> Path | None:
    if connection.dialect.name != "sqlite" or not connection.engine.url.database:
        return None
    return Path(connection.engine.url.database)


def _has_rows(connection: Connection) -> bool:
    tables = set(sa.inspect(connection).get_table_names()) - {"alembic_version"}
    return any(
        connection.execute(sa.select(sa.literal(1)).select_from(sa.table(name)).limit(1)).first() for name in tables
    )


def sort_text_by_bytes(connection: Connection) -> None:
    """Have text sorted and compared as SQLite does it, whatever the database's language: one answer, one order."""
    columns = connection.exec_driver_sql(
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = current_schema() "
        "AND data_type = 'text' AND collation_name IS DISTINCT FROM 'C'"
    ).all()
    for table, column in columns:
        if table in metadata.tables:
            connection.exec_driver_sql(f'ALTER TABLE "{table}" ALTER COLUMN "{column}" TYPE text COLLATE "C"')


def learn_days(connection: Connection) -> None:
    """Have PostgreSQL learn that a camera's sequences come on few days: a page then looks up each class once.

    Autovacuum's next ANALYZE does it. The day is written as the gate asks for it (:mod:`smokewatch.store.gated`).
    """
    connection.exec_driver_sql(
        "CREATE STATISTICS IF NOT EXISTS sequences_camera_days "
        "ON source, camera_id, (CAST((started_at) AT TIME ZONE 'UTC' AS DATE)) FROM sequences"
    )
