"""Runs as the control room lists them: newest first, in pages, each with what it found out."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from smokewatch.store import tables as t
from smokewatch.store.runs import COMPLETED, FAILED, LOST, RUNNING
from smokewatch.store.viewing.cursors import Cursor

STATES = (RUNNING, COMPLETED, FAILED, LOST)


class RunRow(NamedTuple):
    """A run. Times aware UTC."""

    id: str
    kind: str
    state: str
    started_at: datetime
    finished_at: datetime | None
    host: str
    summary: dict[str, Any] | None
    parameters: dict[str, Any]


_RUN = tuple(t.runs.c[name] for name in RunRow._fields)


def list_runs(
    connection: Connection,
    *,
    limit: int,
    after: Cursor | None = None,
    kinds: Collection[str] | None = None,
    states: Collection[str] | None = None,
) -> tuple[list[RunRow], Cursor | None]:
    """A page of runs, newest first, and the cursor of the next one; None: no limit, or no more."""
    r = t.runs.c
    query = sa.select(*_RUN).order_by(r.started_at.desc(), r.id.desc()).limit(limit + 1)
    if kinds is not None:
        query = query.where(r.kind.in_(sorted(kinds)))
    if states is not None:
        query = query.where(r.state.in_(sorted(states)))
    if after is not None:
        query = query.where(r.started_at <= after.at, (r.started_at < after.at) | (r.id < after.id))
    rows = [RunRow._make(row) for row in connection.execute(query)]
    last = rows[limit - 1] if len(rows) > limit else None
    return rows[:limit], None if last is None else Cursor(last.started_at, last.id)


def load_run(connection: Connection, run_id: str) -> RunRow | None:
    """One run."""
    row = connection.execute(sa.select(*_RUN).where(t.runs.c.id == run_id)).first()
    return None if row is None else RunRow._make(row)


def run_kinds(connection: Connection) -> list[str]:
    """Every kind that ever ran: one look-up each."""
    kind = t.runs.c.kind
    found: list[str] = []
    newest = connection.scalar(sa.select(sa.func.min(kind)))
    while newest is not None:
        found.append(newest)
        newest = connection.scalar(sa.select(sa.func.min(kind)).where(kind > newest))
    return found


def newest_finished(connection: Connection) -> list[RunRow]:
    """The run of each kind that began last and is over, newest first."""
    r = t.runs.c
    found = [
        connection.execute(
            sa.select(*_RUN).where(r.kind == kind, r.state != RUNNING).order_by(r.started_at.desc()).limit(1)
        ).first()
        for kind in run_kinds(connection)
    ]
    return sorted((RunRow._make(row) for row in found if row is not None), key=lambda row: row.started_at, reverse=True)


class VerdictCount(NamedTuple):
    """Verdicts of a run by status and release."""

    status: str
    release_reference: str | None
    release_identity: str | None
    identity_kind: str | None
    api_version: str | None
    sequences: int


def verdicts_of_run(connection: Connection, run_id: str) -> list[VerdictCount]:
    """What a run found out that was new, counted."""
    v = t.verdicts.c
    names = (v.verdict, v.release_reference, v.release_identity, v.identity_kind, v.api_version)
    rows = connection.execute(
        sa.select(*names, sa.func.count()).where(v.run_id == run_id).group_by(*names).order_by(*names)
    )
    return [VerdictCount._make(row) for row in rows]
