"""Days: always UTC, as production counts them."""

from __future__ import annotations

from datetime import date, timedelta

from smokewatch.errors import UsageError


def days_between(first: date, last: date, *, today: date) -> list[date]:
    """Every day from the first to the last, both included.

    Args:
        first: first UTC day.
        last: last UTC day.
        today: the current UTC day; later ones have not happened.

    Raises:
        UsageError: when the range is upside down or reaches into the future.
    """
    if last < first:
        raise UsageError(f"the days are upside down: {first} is after {last}")
    if last > today:
        raise UsageError(f"{last} is in the future: today is {today} (UTC)")
    return [first + timedelta(days=offset) for offset in range((last - first).days + 1)]


def span(first: date, last: date | None) -> str:
    """Days as people read them: one day, or the first and the last."""
    return str(first) if last in (None, first) else f"{first} to {last}"
