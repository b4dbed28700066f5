"""Figures, and bounds that were given before they were measured."""

from __future__ import annotations

from typing import Any


def figure(
    value: float, *, limit: float | None = None, at_least: float | None = None, digits: int = 2
) -> dict[str, Any]:
    """A value, and whether it is below its limit, or reaches what it has to."""
    found: dict[str, Any] = {"value": round(value, digits)}
    if limit is not None:
        found |= {"limit": limit, "held": value < limit}
    if at_least is not None:
        found |= {"at_least": at_least, "held": value >= at_least}
    return found
