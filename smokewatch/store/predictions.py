"""Predictions for a folder's images, from a CSV or Parquet file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.compute as pc  # type: ignore[import-untyped]
import pyarrow.csv as csv  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]
from numpy.typing import NDArray

from smokewatch.domain.drift.observations import SMOKE_CLASSES
from smokewatch.domain.times import parse_utc
from smokewatch.errors import MalformedRowError, UsageError

_TEXTS = ("path", "name", "class", "camera")
_COLUMNS = (*_TEXTS, "time", "score")
_SAME_CLASS = {"0": "no_smoke", "1": "smoke", "false": "no_smoke", "true": "smoke"}
"""Other spellings of the two classes, in lower case."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Predictions:
    """N predictions."""

    by_name: bool
    """Whether they go by the file's name, not by the path below the folder."""
    rows: dict[str, int]
    """By path or name: position in the columns; the first row for it."""
    scores: NDArray[np.float64]
    """(N,) probabilities of smoke; NaN where there is none."""
    classes: tuple[str, ...]
    """``no_smoke`` and ``smoke``, then any others in alphabetical order."""
    verdicts: NDArray[np.intp]
    """(N,) positions in ``classes``; -1: none is told, the threshold decides."""
    cameras: list[str | None] | None
    """(N,); None: that of the path."""
    times: NDArray[np.float64] | None
    """(N,) seconds since 1970-01-01 UTC; NaN, or None for all: that of the image."""

    @property
    def doubled(self) -> int:
        """Rows for what an earlier row is for; the earlier one counts."""
        return len(self.scores) - len(self.rows)


def read_predictions(path: Path) -> Predictions:
    """Read columns ``path`` (below the folder) or ``name``, ``score``, and where they are there ``class``, ``camera``
    and ``time`` (ISO 8601; without an offset UTC).

    Raises:
        UsageError: when the file cannot be read, a column is missing, or a value is wrong.
    """
    table = _table(path)
    key = "path" if "path" in table.column_names else "name"
    keys = [_key(text, row, key, path) for row, text in enumerate(table[key].to_pylist(), 1)]
    rows: dict[str, int] = {}
    for row, text in enumerate(keys):
        rows.setdefault(text, row)
    classes, verdicts = _verdicts(table)
    return Predictions(
        by_name=key == "name",
        rows=rows,
        scores=_scores(table, path),
        classes=classes,
        verdicts=verdicts,
        cameras=[text or None for text in table["camera"].to_pylist()] if "camera" in table.column_names else None,
        times=_times(table, path) if "time" in table.column_names else None,
    )


def _table(path: Path) -> pa.Table:
    """The columns that count, with their types."""
    if path.suffix not in (".csv", ".parquet"):
        raise UsageError(f"predictions {path} are neither .csv nor .parquet: name a file that is, or `store`")
    try:
        table = _csv(path) if path.suffix == ".csv" else pq.read_table(path)
    except (OSError, pa.ArrowInvalid) as error:
        raise UsageError(f"predictions {path} cannot be read: {_line(error)}") from error
    found = table.column_names
    if "score" not in found or not {"path", "name"} & set(found) or len(set(found)) < len(found):
        raise UsageError(
            f"predictions {path} have the columns {', '.join(found)}: there must be path (below the folder) or name, "
            "and score; there may be class, camera and time; each once"
        )
    table = table.select([name for name in _COLUMNS if name in found])
    for at, name in enumerate(table.column_names):
        if name == "time":
            if pa.types.is_timestamp(table[name].type):  # its nanoseconds fit no datetime
                rounded = table[name].cast(pa.timestamp("us", table[name].type.tz), safe=False)
                table = table.set_column(at, name, rounded)
            continue
        wanted = pa.float64() if name == "score" else pa.string()
        try:
            table = table.set_column(at, name, table[name].cast(wanted))
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            kind = "numbers" if name == "score" else "text"
            raise UsageError(f"predictions {path}: column {name} must hold {kind}: {_line(error)}") from error
    return table


def _csv(path: Path) -> pa.Table:
    texts = {name: pa.string() for name in (*_TEXTS, "time")}
    return csv.read_csv(path, convert_options=csv.ConvertOptions(column_types=texts))


def _key(text: str | None, row: int, column: str, path: Path) -> str:
    if not text:
        raise UsageError(f"predictions {path}, row {row}: {column} is empty: name the image")
    return text.replace("\\", "/").removeprefix("./")


def _scores(table: pa.Table, path: Path) -> NDArray[np.float64]:
    scores = np.asarray(table["score"].fill_null(np.nan).to_numpy(), np.float64)
    wrong = np.flatnonzero((scores < 0) | (scores > 1))
    if len(wrong):
        row = int(wrong[0])
        raise UsageError(
            f"predictions {path}, row {row + 1}: score {scores[row]} is not between 0 and 1: give probabilities"
        )
    return scores


def _verdicts(table: pa.Table) -> tuple[tuple[str, ...], NDArray[np.intp]]:
    if "class" not in table.column_names:
        return SMOKE_CLASSES, np.full(len(table), -1, np.intp)
    encoded = pc.dictionary_encode(table["class"].combine_chunks())
    names = [_SAME_CLASS.get(name.lower(), name) for name in encoded.dictionary.to_pylist()]
    classes = (*SMOKE_CLASSES, *sorted(set(names) - {*SMOKE_CLASSES, ""}))
    # The last one is for what is empty or missing.
    positions = np.array([classes.index(name) if name else -1 for name in names] + [-1], np.intp)
    return classes, positions[encoded.indices.fill_null(len(names)).to_numpy()]


def _times(table: pa.Table, path: Path) -> NDArray[np.float64]:
    return np.array([_time(value, row, path) for row, value in enumerate(table["time"].to_pylist(), 1)], np.float64)


def _time(value: object, row: int, path: Path) -> float:
    if value is None or value == "":
        return np.nan
    try:
        if isinstance(value, datetime):
            return (value.replace(tzinfo=UTC) if value.tzinfo is None else value).timestamp()
        return parse_utc(value, where=f"predictions {path}, row {row}, time").timestamp()
    except MalformedRowError as error:
        raise UsageError(str(error)) from error


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())[:300]
