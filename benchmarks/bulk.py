"""Rows inserted by the thousand."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from smokewatch.store import tables as t
from smokewatch.store.catalog import Catalog

_CHUNK = 20_000
Row = dict[str, Any]


class Writer:
    """Collects rows by table, and inserts many at once."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._rows: dict[sa.Table, list[Row]] = {}
        self._count = 0

    def add(self, table: sa.Table, row: Row) -> None:
        """Keep a row for the next insert."""
        self._rows.setdefault(table, []).append(row)
        self._count += 1
        if self._count >= _CHUNK:
            self.flush()

    def flush(self) -> None:
        """Insert what is kept, in an order that foreign keys allow."""
        with self._catalog.write() as connection:
            for table in t.metadata.sorted_tables:
                if rows := self._rows.pop(table, None):
                    connection.execute(table.insert(), rows)
        self._count = 0
