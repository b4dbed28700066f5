"""The demo's time: an aware UTC clock that only the day's script moves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class Clock:
    """Aware UTC time that stands still until it is moved, and never goes back."""

    def __init__(self, start: datetime) -> None:
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        """The current instant, aware UTC."""
        return self._now

    def reach(self, instant: datetime) -> None:
        """Move to `instant`; stays where it is when that is already past."""
        self._now = max(self._now, instant.astimezone(UTC))

    def advance(self, **duration: float) -> None:
        """Move forward by a duration given as `datetime.timedelta` takes it (seconds=..., minutes=...)."""
        self.reach(self._now + timedelta(**duration))
