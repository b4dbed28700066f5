"""Tables in markdown, whatever names hold."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def cell(value: object) -> str:
    """Text in a table: a pipe or a line break in a name must not break it."""
    return str(value).replace("|", "\\|").replace("\n", " ")


def lines(rows: Iterable[Iterable[object]]) -> str:
    """Rows as they are, a line each."""
    return "\n".join(f"| {' | '.join(map(cell, row))} |" for row in rows)


def table(head: Sequence[object], rows: Iterable[Iterable[object]]) -> str:
    """A head, and rows below it."""
    return lines([head, ["---"] * len(head), *rows])
