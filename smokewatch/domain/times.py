"""Times: alert-api sends naive text meaning UTC; everything here is aware UTC."""

from __future__ import annotations

from datetime import UTC, datetime

from smokewatch.errors import MalformedRowError, shown


def parse_utc(value: object, *, where: str) -> datetime:
    """Parse an ISO 8601 time as aware UTC.

    Naive text means UTC (contracts/alert-api, "Time zone"); microseconds may be missing; offsets are converted.

    Args:
        value: the text as received.
        where: what the value belongs to, for the error.

    Raises:
        MalformedRowError: when it is no ISO 8601 time.
    """
    if not isinstance(value, str):
        raise MalformedRowError(f"{where}: expected an ISO 8601 time, got {shown(value)}")
    try:
        parsed = datetime.fromisoformat(value)
        return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise MalformedRowError(f"{where}: expected an ISO 8601 time, got {shown(value)}") from error
