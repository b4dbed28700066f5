"""Rows for every table of the catalog, made up from their columns' names and types, that fit each other."""

from __future__ import annotations

import hashlib
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from smokewatch.store import tables as t
from smokewatch.store.catalog import Catalog

DAY = datetime(2026, 8, 14, tzinfo=UTC)
SOURCES = ("alert-api", "alert_api", "Alert-API", "Élan", "élan", "z")
IDS = range(1, 7)
# Languages sort these in another order than bytes do; the last ones are beyond 16 bits and a quote.
TEXTS = ("a-1.jpg", "a_1.jpg", "A-1.jpg", "b 1.jpg", "B1.jpg", "é.jpg", "e\u0301.jpg", "ß", "", " ", "𝕊", "o'k\n%s")
NUMBERS = (0.1 + 0.2, 0.0, 1.0, 5e-324, 1.7976931348623157e308, -1e-5, 0.4500000000000001, 123456789.123456789)
SHA256S = tuple(hashlib.sha256(bytes([number])).hexdigest() for number in range(6))
HOSTS = ("here", "elsewhere")
_JSON: tuple[Any, ...] = ([], {}, {"b": 1, "a": [0.1 + 0.2, None, True, "é𝕊\"'", -(2**53)]}, ["x", 1e-7])
_NAMED: dict[str, tuple[Any, ...]] = {
    "source": SOURCES,
    "revision": (1, 2),
    "outcome": (1, 2),
    "flag": (None, "truncated_jpeg", "not_jpeg"),
    "undecodable": ("broken", "too_large"),
    "identity_kind": ("image_id", "process"),
    "verdict": ("exact", "window", "dropped"),
    "state": ("running", "completed", "lost"),
    "host": HOSTS,
    "key": SHA256S,
    "trigger_key": SHA256S,
    "decoder": ("one", "Two"),
    "run_id": ("r1", "R2"),
    "reason": ("request_failed", "no_detections"),
    "deleted_at": (None, DAY),
}
_ROWS = 80


def fill(catalog: Catalog, seed: int = 0) -> None:
    """Put rows into every table; the same seed, the same rows."""
    dice = random.Random(seed)
    with catalog.write() as connection:
        for table in t.metadata.sorted_tables:
            rows: dict[tuple[Any, ...], dict[str, Any]] = {}
            for _ in range(_ROWS):
                row = {column.name: _value(column, dice) for column in table.columns}
                rows.setdefault(tuple(row[column.name] for column in table.primary_key), row)
            if table is t.frames or table is t.replays:  # what others refer to is there
                rows |= {(name,): next(iter(rows.values())) | {table.columns[0].name: name} for name in SHA256S}
            connection.execute(table.insert(), list(rows.values()))


def every_row(catalog: Catalog, *, without: frozenset[str] = frozenset()) -> dict[str, list[Any]]:
    """Each table's rows in the database's own order of the primary key, in which Python sorts them too."""
    found = {}
    with catalog.read() as connection:
        for table in t.metadata.sorted_tables:
            if table.name not in without:
                rows = [tuple(row) for row in connection.execute(sa.select(table).order_by(*table.primary_key))]
                keys = [list(table.columns).index(column) for column in table.primary_key]
                assert rows == sorted(rows, key=lambda row: [row[key] for key in keys]), table.name
                found[table.name] = rows
    return found


def _value(column: sa.Column[Any], dice: random.Random) -> Any:
    if column.name in _NAMED:
        return dice.choice(_NAMED[column.name])
    if column.nullable and dice.random() < 0.2:
        return None
    if "sha256" in column.name and isinstance(column.type, sa.Text):
        return dice.choice(SHA256S)
    match column.type:
        case t.UtcDateTime():
            return DAY + timedelta(hours=dice.choice((-1, 0, 5, 23.999, 24)), microseconds=dice.choice((0, 1, 999_999)))
        case sa.Text():
            return dice.choice(TEXTS)
        case sa.Boolean():
            return dice.random() < 0.5
        case sa.Double():
            return dice.choice(NUMBERS)
        case sa.Integer():
            return dice.choice(IDS)
        case sa.JSON():
            return dice.choice(_JSON)
        case sa.LargeBinary():
            return bytes(dice.randrange(256) for _ in range(9))
    raise AssertionError(f"{column}: say what its values look like")
