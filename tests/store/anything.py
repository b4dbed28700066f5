"""Rows for every table of the catalog, made up from their columns' names and types, that fit each other."""

from __future__ import annotations

import hashlib
import itertools
import random
import zlib
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from smokewatch.store import tables as t
from smokewatch.store.catalog import Catalog

DAY = datetime(2026, 8, 14, tzinfo=UTC)
SOURCES = ("alert-api", "alert_api", "Alert-API", "Élan", "élan", "pyro-annotator")
IDS = range(1, 7)
# Languages sort these in another order than bytes do; the last ones are beyond 16 bits and a quote.
TEXTS = ("a-1.jpg", "a_1.jpg", "A-1.jpg", "b 1.jpg", "B1.jpg", "é.jpg", "e\u0301.jpg", "ß", "", " ", "𝕊", "o'k\n%s")
NUMBERS = (0.1 + 0.2, 0.0, 1.0, 5e-324, 1.7976931348623157e308, -1e-5, 0.4500000000000001, 123456789.123456789)
SHA256S = tuple(hashlib.sha256(bytes([number])).hexdigest() for number in range(6))
PROBABILITIES = (0.0, 0.1 + 0.2, 0.35, 0.4500000000000001, 5e-324, 1.0)
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
    "stage": ("ready_to_annotate", "imported", "no_annotation", "annotated"),
    "host": HOSTS,
    "key": SHA256S,
    "trigger_key": SHA256S,
    "inputs_sha256": SHA256S,
    "model_identity": SHA256S[:2],
    "frames_missing": (0, 1, 0),
    "left_at": (None, None, DAY),
    "models": (list(SHA256S[:2]), [SHA256S[1]]),
    "decoder": ("one", "Two"),
    "run_id": ("r1", "R2"),
    "fwi_class": ("very_low", "low", "extreme"),
    "reason": ("request_failed", "no_detections"),
    "deleted_at": (None, DAY),
}
_ROWS = 160


def fill(catalog: Catalog, seed: int = 0) -> None:
    """Put rows into every table; the same seed, the same rows."""
    with catalog.write() as connection:
        for table in t.metadata.sorted_tables:
            dice = random.Random(f"{seed} {table.name}")  # its own: a new table changes no other's rows
            rows: dict[tuple[Any, ...], dict[str, Any]] = {}
            for _ in range(_ROWS):
                row = {column.name: _value(column, dice) for column in table.columns}
                if not any(_repeats(table, row, other) for other in rows.values()):
                    rows.setdefault(tuple(row[column.name] for column in table.primary_key), row)
            if table in (t.frames, t.replays, t.triage_models):  # what others refer to is there
                rows |= {(name,): next(iter(rows.values())) | {table.columns[0].name: name} for name in SHA256S}
            if table is t.triage_scores:
                for inputs, model in itertools.product(SHA256S, SHA256S[:2]):
                    named = {"inputs_sha256": inputs, "model_identity": model}
                    rows.setdefault((inputs, model), next(iter(rows.values())) | named)
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


def _repeats(table: sa.Table, row: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether a unique constraint forbids both rows."""
    unique = [each for each in table.constraints if isinstance(each, sa.UniqueConstraint)]
    return any(all(row[c.name] == other[c.name] is not None for c in each.columns) for each in unique)


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
        case sa.Date():
            return (DAY + timedelta(days=dice.choice((-1, 0, 1)))).date()
        case sa.Text():
            return dice.choice(TEXTS)
        case sa.Boolean():
            return dice.random() < 0.5
        case sa.Double():
            probable = column.table in (t.triage_scores, t.triages)
            return dice.choice(PROBABILITIES if probable else NUMBERS)
        case sa.Integer():
            return dice.choice(IDS)
        case sa.JSON():
            return dice.choice(_JSON)
        case sa.LargeBinary() if column.name == "answer":
            return zlib.compress(b'{"is_smoke": true, "probability": %r}' % dice.choice(PROBABILITIES))
        case sa.LargeBinary():
            return bytes(dice.randrange(256) for _ in range(9))
    raise AssertionError(f"{column}: say what its values look like")
