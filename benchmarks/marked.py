"""Pages with tables between markers: what a command gives stands there, the rest is written by people."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path


def filled(page: str, tables: Mapping[str, str], *, path: Path) -> str:
    """The page with each table between `<!-- NAME -->` and `<!-- end NAME -->`.

    Args:
        page: its text.
        tables: by name.
        path: where it is kept, for the error.

    Raises:
        ValueError: when a table's place is not marked in it.
    """
    for name, text in tables.items():
        head, begun, rest = page.partition(f"<!-- {name} -->\n")
        _, ended, tail = rest.partition(f"<!-- end {name} -->")
        if not (begun and ended):
            raise ValueError(f"docs/{path.name}: no place <!-- {name} --> … <!-- end {name} --> for a table")
        page = f"{head}{begun}{text}\n{ended}{tail}"
    return page
