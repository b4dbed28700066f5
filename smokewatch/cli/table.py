"""Tables as lines for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from smokewatch.errors import printable


def table_lines(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """The head, then the rows, in columns; nothing without rows."""
    lines = [head, *([printable(cell) for cell in row] for row in rows)] if rows else []
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        yield "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
