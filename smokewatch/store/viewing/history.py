"""The replay history: every verdict that was reached, newest first, in pages."""

from __future__ import annotations

import heapq
import itertools
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from smokewatch.domain.verdicts import DropReason, Match
from smokewatch.errors import UsageError
from smokewatch.store import tables as t
from smokewatch.store.verdicts import DROPPED
from smokewatch.store.viewing.cursors import Cursor

Organization = tuple[str, int]
Camera = tuple[str, int, int]
Condition = sa.ColumnElement[bool]
STATUSES = (*map(str, Match), DROPPED)
LENGTHS = ("4", "5", "6", "7", "8", "9", "10", "11+")
"""Distinct frames of a sequence, as match rates are told by."""
_LONG = 11
_KEY = re.compile(r"(?:(.+)_)?(\d{1,18})", re.ASCII)
_DIGITS = 18
_FEW = 40
"""So many ways of meaning a searched text are each looked up by an index of its own."""


class HistoryRow(NamedTuple):
    """A verdict as it was reached. Times aware UTC, scores float64 or None."""

    id: int
    at: datetime
    run_id: str
    kind: str | None
    """What the run did; None: the run is not stored."""
    source: str
    sequence_id: int
    organization_id: int | None
    organization: str | None
    camera_id: int | None
    camera: str | None
    api_version: str | None
    release_reference: str | None
    release_identity: str | None
    status: str
    drop_reason: str | None
    detail: str
    recorded_score: float | None
    replayed_score: float | None
    full_score: float | None
    difference: float | None
    matched_frames: int | None
    frames: int | None
    ambiguous: bool
    milliseconds: float | None
    runtime: str | None


class HistoryPage(NamedTuple):
    """Rows newest first: time, then id, descending."""

    rows: list[HistoryRow]
    cursor: Cursor | None
    """Of the next page; None: this is the last."""


@dataclass(frozen=True, slots=True)
class WantedHistory:
    """Which verdicts; None: no limit. Values that nothing has select nothing."""

    kinds: Collection[str] | None = None
    organizations: Collection[Organization] | None = None
    cameras: Collection[Camera] | None = None
    api_versions: Collection[str] | None = None
    statuses: Collection[str] | None = None
    lengths: Collection[str] | None = None
    """Of :data:`LENGTHS`."""
    start: datetime | None = None
    end: datetime | None = None
    """The first moment that is too late."""
    text: str = ""
    """Searched for: a sequence's id or key, part of an organization's or camera's name, a release, a drop reason, a
    run's id."""


def history_page(
    connection: Connection, wanted: WantedHistory, *, limit: int, after: Cursor | None = None
) -> HistoryPage:
    """A page of the history.

    Args:
        connection: a read transaction.
        wanted: which verdicts.
        limit: rows a page, 1 or more.
        after: the cursor of the page before.

    Raises:
        UsageError: when it is of other pages.
    """
    v = t.verdicts.c
    conditions = _conditions(connection, wanted)
    if after is not None:
        # The first condition alone is one that an index takes.
        conditions += [v.decided_at <= after.at, (v.decided_at < after.at) | (v.id < _number(after))]
    branches = _ways(connection, wanted)
    if len(branches) > _FEW:
        branches = [[sa.or_(*(sa.and_(*branch) for branch in branches))]]
    # Ids first, from indexes alone; then the few wide rows.
    found = [
        connection.execute(
            sa.select(v.decided_at, v.id)
            .where(*conditions, *branch)
            .order_by(v.decided_at.desc(), v.id.desc())
            .limit(limit + 1)
        ).all()
        for branch in branches
    ]
    newest = heapq.merge(*(map(tuple, rows) for rows in found), reverse=True)
    ids = [identity for (_, identity), _ in itertools.groupby(newest)][: limit + 1]
    rows = _rows(connection, ids[:limit])
    return HistoryPage(rows, Cursor(rows[-1].at, str(rows[-1].id)) if len(ids) > limit else None)


def history_row(connection: Connection, identity: int) -> HistoryRow | None:
    """One verdict."""
    return next(iter(_rows(connection, [identity])), None)


def _rows(connection: Connection, ids: Sequence[int]) -> list[HistoryRow]:
    v, g, c, r = t.verdicts.c, t.organizations.c, t.cameras.c, t.runs.c
    rows = connection.execute(
        sa.select(
            *(v.id, v.decided_at, v.run_id, r.kind, v.source, v.sequence_id),
            *(v.organization_id, g.name, v.camera_id, c.name.label("camera")),
            *(v.api_version, v.release_reference, v.release_identity, v.verdict, v.drop_reason, v.detail),
            *(v.recorded_score, v.replayed_score, v.full_score, v.difference, v.matched_frames, v.frames),
            *(v.ambiguous, v.milliseconds, v.runtime),
        )
        .select_from(
            t.verdicts.outerjoin(t.organizations, (g.source == v.source) & (g.id == v.organization_id))
            .outerjoin(t.cameras, (c.source == v.source) & (c.id == v.camera_id))
            .outerjoin(t.runs, r.id == v.run_id)
        )
        .where(v.id.in_(ids))
        .order_by(v.decided_at.desc(), v.id.desc())
    )
    return [HistoryRow._make(row) for row in rows]


def _conditions(connection: Connection, wanted: WantedHistory) -> list[Condition]:
    v = t.verdicts.c
    found: list[Condition] = []
    if wanted.organizations is not None:
        found.append(_any((v.source == source) & (v.organization_id == each) for source, each in wanted.organizations))
    if wanted.cameras is not None:
        found.append(_any((v.source == source) & (v.camera_id == each) for source, _, each in wanted.cameras))
    if wanted.api_versions is not None:
        found.append(v.api_version.in_(sorted(wanted.api_versions)))
    if wanted.statuses is not None:
        found.append(v.verdict.in_(sorted(wanted.statuses)))
    if wanted.lengths is not None:
        found.append(_any(map(_of_length, sorted(wanted.lengths))))
    if wanted.start is not None:
        found.append(v.decided_at >= wanted.start)
    if wanted.end is not None:
        found.append(v.decided_at < wanted.end)
    if wanted.kinds is not None:
        found.append(_of_kinds(connection, sorted(wanted.kinds)))
    return found


def _of_kinds(connection: Connection, kinds: Sequence[str]) -> Condition:
    """Row by row: nearly all verdicts are of one kind, so that the walk in order soon has enough.

    Of kinds that reach no verdicts it would never have: those are left out before.
    """
    r, v = t.runs.c, t.verdicts.c
    reaching = [
        kind
        for kind in kinds
        if connection.execute(
            sa.select(sa.literal(1)).where(r.kind == kind, sa.exists().where(v.run_id == r.id)).limit(1)
        ).first()
    ]
    if not reaching:
        return sa.false()
    return sa.select(sa.literal(1)).where(r.id == v.run_id, r.kind.in_(reaching)).correlate(t.verdicts).exists()


def _of_length(length: str) -> Condition:
    frames = t.verdicts.c.frames
    return frames >= _LONG if length == LENGTHS[-1] else frames == (int(length) if length in LENGTHS else -1)


def _ways(connection: Connection, wanted: WantedHistory) -> list[list[Condition]]:
    """What the searched text may mean, each a condition that an index takes."""
    text = wanted.text.strip().lower()
    if not text:
        return [[]]
    v, g, c = t.verdicts.c, t.organizations.c, t.cameras.c
    ways: list[list[Condition]] = []
    if key := _KEY.fullmatch(text):
        sources = connection.scalars(sa.select(g.source).distinct()).all()
        of = [source for source in sources if key[1] is None or source.lower() == key[1]]
        ways += [[v.source == source, v.sequence_id == int(key[2])] for source in of]
    for row in connection.execute(sa.select(g.source, g.id, g.name)):
        if text in row.name.lower():
            ways.append([v.source == row.source, v.organization_id == row.id])
    for row in connection.execute(sa.select(c.source, c.id, c.name)):
        if text in row.name.lower():
            ways.append([v.source == row.source, v.camera_id == row.id])
    ways += [[v.api_version == each] for each in _versions(connection) if text in each.lower()]
    reasons = [str(each) for each in DropReason if text in each]
    ways += [[v.verdict == DROPPED, v.drop_reason.in_(reasons)]] if reasons else []
    ways.append([v.run_id == text])
    return ways


def _versions(connection: Connection) -> list[str]:
    """Every version in the history: one look-up each, however many rows there are."""
    v = t.verdicts.c
    found: list[str] = []
    newest = connection.scalar(sa.select(sa.func.min(v.api_version)))
    while newest is not None:
        found.append(newest)
        newest = connection.scalar(sa.select(sa.func.min(v.api_version)).where(v.api_version > newest))
    return found


def _number(cursor: Cursor) -> int:
    if not cursor.id.isascii() or not cursor.id.isdigit() or len(cursor.id) > _DIGITS:
        raise UsageError("it is not one that a page of the history gave")
    return int(cursor.id)


def _any(conditions: object) -> Condition:
    return sa.or_(sa.false(), *conditions)  # type: ignore[misc]
