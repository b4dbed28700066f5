"""The filtered rows as CSV, full precision, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from typing import Any

from smokewatch.viewer.columns import Columns
from smokewatch.viewer.replies import utc_text

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_NUMBERS = ("recorded_score", "replayed_score", "full_score", "difference", "matched_frames", "frames", "tubes")
_FLAGS = ("ambiguous", "contradicts", "deleted")
HEADER = (
    *("key", "source", "id", "organization_id", "organization", "camera_id", "camera", "started_at"),
    *("label", "label_detail", "match", "drop_reason", "api_version", "model_version", "packaged_threshold"),
    *("decision", *_NUMBERS, *_FLAGS),
)


def csv_lines(columns: Columns) -> list[str]:
    """Every row of the snapshot as a line, its end included.

    Numbers are at the shortest text that gives them again, flags 0 or 1, times ISO 8601 with ``Z``, what is not known
    empty. Text that a spreadsheet would compute gets an apostrophe before it.
    """
    lines = _Lines()
    csv.writer(lines).writerows(zip(*_cells(columns), strict=True))
    return lines


def csv_text(lines: Sequence[str], rows: Sequence[int]) -> str:
    """These lines, a header first."""
    head = _Lines()
    csv.writer(head).writerow(HEADER)
    return "".join([*head, *(lines[row] for row in rows)])


class _Lines(list[str]):
    """A file whose writes stay apart."""

    write = list.append


def _cells(columns: Columns) -> Iterator[list[Any]]:
    """The table's columns in the order of :data:`HEADER`."""
    held, words = columns.columns, columns.dictionaries

    def looked_up(name: str, texts: Sequence[str]) -> list[str]:
        # The last text stands at -1: nothing.
        found = [*texts, ""]
        return [found[place] for place in held[name]]

    def of_words(name: str, key: str | None = None) -> list[str]:
        return looked_up(name, [_text(word if key is None else word[key]) for word in words[name]])

    yield [safe(f"{words['source'][place]}_{row}") for place, row in zip(held["source"], held["id"], strict=True)]
    yield of_words("source")
    yield held["id"]
    for name in ("organization", "camera"):
        yield of_words(name, "id")
        yield of_words(name, "name")
    yield [utc_text(moment) for moment in columns.started]
    for name in ("label", "label_detail", "match", "drop_reason"):
        yield of_words(name)
    for key in ("api_version", "model_version", "threshold"):
        yield of_words("release", key)
    yield of_words("decision")
    for name in _NUMBERS:
        yield [_text(value) for value in held[name]]
    for name in _FLAGS:
        yield held[name]


def _text(value: str | float | None) -> str:
    if isinstance(value, str):
        return safe(value)
    return "" if value is None else repr(value)


def safe(text: str) -> str:
    """Text as it is, behind an apostrophe where a spreadsheet would take it for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text
