"""The catalog's tables as Parquet files, for analysts: one a table, every row, typed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]
import sqlalchemy as sa
from sqlalchemy.engine import RowMapping

from smokewatch.store import tables as t
from smokewatch.store.bundles.snapshot import LEFT_OUT
from smokewatch.store.catalog import Catalog
from smokewatch.store.triage import load_triage
from smokewatch.store.triage_results import results_of, write_results

_BATCH = 20_000
# Whole answers, compressed: the snapshot has them.
_LEFT_OUT = LEFT_OUT | {t.triage_answers.name}
# The exact texts are in the predictions' shards.
_TEXTS = {"replays": frozenset({"request", "answer"})}
_RESULTS = "triage_results.parquet"
_PLACE = (pa.field("shard", pa.string()), pa.field("offset", pa.int64()))


def write_tables(catalog: Catalog, folder: Path, places: Mapping[str, tuple[str, int]]) -> list[str]:
    """Write ``<table>.parquet`` files: 64-bit integers and floats, microseconds of UTC, JSON as text, null as null.

    Where there was a triage, ``triage_results.parquet`` holds the latest one's rows as an export's results.parquet.

    Args:
        catalog: where from.
        folder: where to.
        places: each frame's SHA-256 -> its shard and offset, for two more columns of ``frames``.

    Returns:
        The files' names.

    Raises:
        OSError: when the folder does not take them.
    """
    names = []
    for table in t.metadata.sorted_tables:
        if table.name in _LEFT_OUT:
            continue
        columns = [column for column in table.columns if column.name not in _TEXTS.get(table.name, ())]
        fields = [pa.field(column.name, _type(column), nullable=bool(column.nullable)) for column in columns]
        schema = pa.schema([*fields, *(_PLACE if table is t.frames else ())])
        name = f"{table.name}.parquet"
        with pq.ParquetWriter(folder / name, schema, compression="zstd") as writer, catalog.read() as connection:
            query = sa.select(*columns).order_by(*table.primary_key).execution_options(yield_per=_BATCH)
            for rows in connection.execute(query).mappings().partitions():
                plain = [_plain(row, columns) for row in rows]
                if table is t.frames:
                    plain = list(_placed(plain, places))
                writer.write_batch(pa.RecordBatch.from_pylist(plain, schema=schema))
        names.append(name)
    with catalog.read() as connection:
        triage = load_triage(connection)
    if triage is not None:
        write_results(results_of(triage), folder / _RESULTS)
        names.append(_RESULTS)
    return names


def _type(column: sa.Column[Any]) -> pa.DataType:
    match column.type:
        case t.UtcDateTime():
            return pa.timestamp("us", tz="UTC")
        case sa.Date():
            return pa.date32()
        case sa.Text() | sa.JSON():
            return pa.string()
        case sa.Boolean():
            return pa.bool_()
        case sa.Double():
            return pa.float64()
        case sa.Integer():
            return pa.int64()
        case sa.LargeBinary():
            return pa.binary()
    raise TypeError(f"{column}: no Parquet type is known for {column.type!r}")


def _plain(row: RowMapping, columns: list[sa.Column[Any]]) -> dict[str, Any]:
    plain = {column.name: row[column.name] for column in columns}
    for column in columns:
        if isinstance(column.type, sa.JSON) and plain[column.name] is not None:
            plain[column.name] = json.dumps(plain[column.name])
    return plain


def _placed(rows: list[dict[str, Any]], places: Mapping[str, tuple[str, int]]) -> Iterator[dict[str, Any]]:
    for row in rows:
        shard, offset = places.get(row["sha256"], (None, None))
        yield row | {"shard": shard, "offset": offset}
