"""How many replays are explained: of the newest verdicts, and by organization or release and window length."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from smokewatch.domain.verdicts import Match
from smokewatch.store import tables as t
from smokewatch.store.verdicts import DROPPED

EXPLAINED = frozenset({Match.EXACT.value, Match.WINDOW.value})
_T = TypeVar("_T", bound=Hashable)


class Reached(NamedTuple):
    """A verdict, as match rates read it."""

    id: int
    status: str
    source: str
    organization_id: int | None
    api_version: str | None
    kind: str | None


@dataclass(frozen=True, slots=True)
class MatchRate:
    """Of some verdicts: how many of the replayed ones are explained. Drops are counted apart."""

    explained: int
    replayed: int
    dropped: int

    @property
    def rate(self) -> float | None:
        """In [0, 1]; None: nothing was replayed."""
        return self.explained / self.replayed if self.replayed else None

    @classmethod
    def of(cls, statuses: Iterable[str]) -> MatchRate:
        """Of verdicts' words."""
        every = list(statuses)
        dropped = sum(each == DROPPED for each in every)
        return cls(sum(each in EXPLAINED for each in every), len(every) - dropped, dropped)


class Cell(NamedTuple):
    """Verdicts of one organization or release, and one window length."""

    source: str
    organization_id: int | None
    api_version: str | None
    frames: int
    explained: int
    replayed: int


def newest_verdict(connection: Connection) -> int | None:
    """The id of the verdict recorded last: it differs whenever there is a new one."""
    newest: int | None = connection.scalar(sa.select(sa.func.max(t.verdicts.c.id)))
    return newest


def newest_reached(connection: Connection, *, limit: int) -> list[Reached]:
    """The newest verdicts, newest first."""
    v, r = t.verdicts.c, t.runs.c
    newest = (
        sa.select(v.id, v.verdict, v.source, v.organization_id, v.api_version, v.run_id, v.decided_at)
        .order_by(v.decided_at.desc(), v.id.desc())
        .limit(limit)
        .subquery()
    )
    n = newest.c
    rows = connection.execute(
        sa.select(n.id, n.verdict, n.source, n.organization_id, n.api_version, r.kind)
        .select_from(newest.outerjoin(t.runs, r.id == n.run_id))
        .order_by(n.decided_at.desc(), n.id.desc())
    )
    return [Reached._make(row) for row in rows]


def rates_by(reached: Sequence[Reached], name: Callable[[Reached], _T]) -> dict[_T, MatchRate]:
    """The rate of each part, in the order of its newest verdict."""
    parts: dict[_T, list[str]] = defaultdict(list)
    for each in reached:
        parts[name(each)].append(each.status)
    return {part: MatchRate.of(statuses) for part, statuses in parts.items()}


def match_cells(connection: Connection, *, since: datetime) -> list[Cell]:
    """Counts of the verdicts since a time that are no drops, by organization, release and distinct frames."""
    v = t.verdicts.c
    explained = sa.func.sum(sa.case((v.verdict.in_(sorted(EXPLAINED)), 1), else_=0))
    places = (v.source, v.organization_id, v.api_version, v.frames)
    rows = connection.execute(
        sa.select(*places, explained, sa.func.count())
        .where(v.decided_at >= since, v.verdict != DROPPED, v.frames.is_not(None))
        .group_by(*places)
        .order_by(*places)
    )
    return [Cell(row[0], row[1], row[2], row[3], int(row[4]), row[5]) for row in rows]
