"""The order of rows, as the page's table has it: nulls last both ways, ties newest first."""

from __future__ import annotations

from collections.abc import Callable
from operator import itemgetter
from typing import Any

from smokewatch.viewer.columns import DECISIONS, OUTCOMES, Columns
from smokewatch.viewer.problems import ProblemError

_BY_PLACE = frozenset({"source", "label", "match"})
"""Dictionaries whose own order means something."""
_NO_DECISION = DECISIONS.index("none")


def in_order(rows: list[int], sort: str | None, columns: Columns, threshold: float | None) -> list[int]:
    """Rows of the snapshot, which come newest first, by a column; ``-`` before its name for descending.

    Names go by code point, scores by value, outcomes as they are listed. At a threshold decisions are its, not
    production's.

    Raises:
        ProblemError: 400, when there is no such column.
    """
    if sort is None:
        return rows
    value = _value(sort.removeprefix("-"), columns, threshold)
    keyed = [(value(row), row) for row in rows]
    told = sorted((pair for pair in keyed if pair[0] is not None), key=itemgetter(0), reverse=sort.startswith("-"))
    return [row for _, row in told] + [row for key, row in keyed if key is None]


def _value(name: str, columns: Columns, threshold: float | None) -> Callable[[int], Any]:
    held, words = columns.columns, columns.dictionaries
    if name == "outcome":
        at = columns.default_threshold if threshold is None else threshold
        return lambda row: _place_of_outcome(columns, row, at)
    if name not in held:
        known = ", ".join(["outcome", *held])
        raise ProblemError(400, f"sort: there is no column {name[:50]!r}", f"one of {known}")
    values = held[name]
    if name == "decision" and threshold is not None:
        scores = held["recorded_score"]
        return lambda row: None if scores[row] is None else int(scores[row] < threshold)
    if name == "decision":
        return lambda row: None if values[row] == _NO_DECISION else values[row]
    if name not in words or name in _BY_PLACE:
        return lambda row: values[row]
    texts = [_text_of(word) for word in words[name]]
    return lambda row: None if values[row] < 0 else texts[values[row]]


def _place_of_outcome(columns: Columns, row: int, threshold: float) -> int:
    """The four outcomes, then contradictory labels, then what has none."""
    outcome = columns.outcome(row, threshold)
    if outcome is not None:
        return OUTCOMES.index(outcome)
    return len(OUTCOMES) + (not columns.is_disputed(row))


def _text_of(word: Any) -> str | None:
    if not isinstance(word, dict):
        return str(word)
    name: str | None = word["name"] if "name" in word else word["api_version"]
    return name
