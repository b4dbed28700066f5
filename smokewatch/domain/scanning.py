"""Walking through sequence ids, for servers whose listings do not show every organization (alert-api before #633).

Ids are given out in order of creation, with gaps where sequences were deleted. From a first id the walk climbs to the
newest sequence, then goes down from there until the sequences are older than the days that are wanted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum, auto

CLIMB_UNTIL_MISSING = 25
DESCEND_UNTIL_OLDER = 25
"""A sequence may have started up to 5 minutes before it was created, so ids are not quite in order of time."""
DESCEND_UNTIL_MISSING = 500
HIGHEST_ID = 2**31 - 1
"""The server answers 500 beyond."""


class Seen(Enum):
    """What an id turned out to be."""

    MISSING = auto()
    FORBIDDEN = auto()
    """Another organization's: it exists, and that is all that is told."""
    OLDER = auto()
    """Started before the days that are wanted."""
    OTHER = auto()
    """Wanted, or newer."""


@dataclass(frozen=True, slots=True)
class Scan:
    """Where a walk has got to. Counts are of ids in a row."""

    start: int
    up: int
    """The next id to climb to."""
    down: int
    """The next id to go down to."""
    missing_above: int = 0
    older: int = 0
    missing_below: int = 0

    @classmethod
    def begin(cls, start: int) -> Scan:
        """A walk from an id, which is climbed to first."""
        return cls(start, up=start, down=start - 1)

    @property
    def climbing(self) -> bool:
        """Whether the top has not been found yet."""
        return self.missing_above < CLIMB_UNTIL_MISSING and self.up <= HIGHEST_ID

    @property
    def done(self) -> bool:
        """Whether there is nothing left to ask."""
        return not self.climbing and (
            self.down < 1 or self.older >= DESCEND_UNTIL_OLDER or self.missing_below >= DESCEND_UNTIL_MISSING
        )

    def upcoming(self) -> Iterator[int]:
        """The ids to ask next, in order, as long as the direction stays the same."""
        return iter(range(self.up, HIGHEST_ID + 1) if self.climbing else range(self.down, 0, -1))

    def after(self, seen: Seen) -> Scan:
        """The walk after the next id was asked."""
        missing = seen is Seen.MISSING
        if self.climbing:
            return replace(self, up=self.up + 1, missing_above=self.missing_above + 1 if missing else 0)
        older = {Seen.OLDER: self.older + 1, Seen.OTHER: 0}.get(seen, self.older)
        return replace(self, down=self.down - 1, older=older, missing_below=self.missing_below + 1 if missing else 0)
