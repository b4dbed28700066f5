"""Where a page of something that is listed by time ends."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import NamedTuple

from smokewatch.errors import UsageError

_CURSOR = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{6})?)Z_([\w.:-]{1,200})", re.ASCII)


class Cursor(NamedTuple):
    """A page's last row: its time, aware UTC, and its id."""

    at: datetime
    id: str

    def __str__(self) -> str:
        return f"{self.at.astimezone(UTC).isoformat().replace('+00:00', 'Z')}_{self.id}"

    @classmethod
    def parse(cls, text: str) -> Cursor:
        """Read what ``str`` gives.

        Raises:
            UsageError: when it is none.
        """
        found = _CURSOR.fullmatch(text)
        try:
            at = datetime.fromisoformat(found[1]).replace(tzinfo=UTC) if found else None
        except ValueError:
            at = None
        if found is None or at is None:
            raise UsageError("it is not one that a page gave")
        return cls(at, found[2])
