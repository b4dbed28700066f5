"""What an address of the drift screen asks for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from starlette.datastructures import QueryParams

from smokewatch.store.viewing.drift import Watched
from smokewatch.viewer.problems import ProblemError
from smokewatch.viewer.selection import Selection, short_text

DAYS, MOST_DAYS = 90, 3_660
"""A period's days up to the newest checked one, and as many as may be asked for."""
_WHOLE = re.compile(r"[0-9]{1,4}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Asked:
    """An address, read; empty text or set: no limit."""

    baseline: str
    """Empty: the one with the newest checked day."""
    scope: str
    """Empty: the baseline's own."""
    camera: str
    """Whose lines are told; empty: the fleet's."""
    organizations: frozenset[tuple[str, int]]
    releases: frozenset[str]
    """Only days on which one of these versions of temporal-api gave scores."""
    first_day: date | None
    last_day: date | None
    days: int
    """Without a first day: so many up to the last one."""

    @classmethod
    def of(cls, query: QueryParams) -> Asked:
        """Read the parameters.

        Raises:
            ProblemError: 400, when a value is malformed.
        """
        selection = Selection.of(QueryParams([each for each in query.multi_items() if each[0] != "camera"]))
        return cls(
            **{name: short_text(name, query.get(name, "")) for name in ("baseline", "scope", "camera")},
            organizations=selection.organizations,
            releases=selection.api_versions,
            first_day=selection.first_day,
            last_day=selection.last_day,
            days=_days(query),
        )

    def watched(self, every: Sequence[Watched]) -> Watched | None:
        """The baseline that is meant; None: there is none.

        Raises:
            ProblemError: 404, when one is named that does not exist.
        """
        found = [each for each in every if self.baseline in ("", each.baseline) and self.scope in ("", each.scope)]
        if found or not (self.baseline or self.scope):
            return found[0] if found else None
        told = f"baseline {self.baseline[:100]!r}" if self.baseline else f"baseline of {self.scope[:100]!r}"
        raise ProblemError(404, f"there is no {told} in this store", "`smokewatch baseline --list` names them")

    def period(self, newest_day: date | None) -> tuple[date, date] | None:
        """The first and the last UTC day; None: there is nothing to end at."""
        last = self.last_day or newest_day
        if last is None:
            return None
        return self.first_day or last - timedelta(days=min(self.days - 1, last.toordinal() - 1)), last


def _days(query: QueryParams) -> int:
    text = query.get("days") or str(DAYS)
    if _WHOLE.fullmatch(text) and 1 <= int(text) <= MOST_DAYS:
        return int(text)
    raise ProblemError(400, f"days: expected a number from 1 to {MOST_DAYS}", f"for example {DAYS}")
