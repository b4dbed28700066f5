"""How smokewatch itself is doing, read with few cheap queries: what monitoring asks every minute."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from smokewatch.domain.drift import Severity
from smokewatch.store import tables as t
from smokewatch.store.backlog import waits
from smokewatch.store.runs import COMPLETED
from smokewatch.store.triage import latest_triage
from smokewatch.store.viewing.counting import NOT_REPLAYED
from smokewatch.store.viewing.triage_counting import split_backlog

RECENT_DAYS = 14
"""Before the newest stored sequence: as many days as `daily` lists again."""
_WAITING = "waiting"


class Replayed(NamedTuple):
    """How many sequences have a verdict, by the release that decided them in production."""

    release: str
    """Recorded temporal-api version; empty: production recorded none."""
    verdict: str
    """Of the newest verdict; ``not_replayed`` where there is none."""
    recent: bool
    """Whether they began within the :data:`RECENT_DAYS` days before the newest stored sequence."""
    sequences: int


class LastRun(NamedTuple):
    """The newest completed run of a kind. Times aware UTC."""

    kind: str
    finished_at: datetime
    seconds: float
    sequences: int | None
    """That it treated, by its summary; None: it does not tell."""


class RunCount(NamedTuple):
    """Runs that began within the last day."""

    kind: str
    state: str
    runs: int


class CheckedDrift(NamedTuple):
    """The newest check of the newest checked day."""

    baseline: str
    scope: str
    severity: Severity
    strict_severity: Severity
    day_ended_at: datetime
    """The end of the UTC day."""


@dataclass(frozen=True, slots=True)
class Operating:
    """One state of the catalog. Times aware UTC."""

    replayed: tuple[Replayed, ...]
    newest_sequence_at: Mapping[str, datetime]
    """Source -> when its newest sequence began."""
    verdicts: int
    """Ever given."""
    predictions: int
    """Ever computed by a release; the ledger's."""
    last_runs: tuple[LastRun, ...]
    recent_runs: tuple[RunCount, ...]
    backlog: Mapping[str, int]
    """The annotator's queue: review, unlabeled (at the latest triage's threshold), not_scored -> sequences."""
    backlog_since: datetime | None
    """When the one that waits longest was recorded; None: the queue is empty."""
    messages: Mapping[str, int]
    """State of the outbox -> messages."""
    message_waits_since: datetime | None
    drift: tuple[CheckedDrift, ...]


def read_operating(connection: Connection, *, now: datetime) -> Operating:
    """Read all of it in one state of the catalog.

    Args:
        connection: a read transaction.
        now: aware UTC; runs count as recent for a day before it.
    """
    s, m = t.sequences.c, t.outbox.c
    newest = {
        row[0]: row[1] for row in connection.execute(sa.select(s.source, sa.func.max(s.started_at)).group_by(s.source))
    }
    messages = connection.execute(sa.select(m.state, sa.func.count()).group_by(m.state))
    backlog, since = _backlog(connection)
    last, recent = _runs(connection, now)
    return Operating(
        replayed=_replayed(connection, max(newest.values(), default=now)),
        newest_sequence_at=newest,
        verdicts=connection.scalar(sa.select(sa.func.count()).select_from(t.verdicts)) or 0,
        predictions=connection.scalar(sa.select(sa.func.count()).select_from(t.replays)) or 0,
        last_runs=last,
        recent_runs=recent,
        backlog=backlog,
        backlog_since=since,
        messages={row[0]: row[1] for row in messages},
        message_waits_since=connection.scalar(sa.select(sa.func.min(m.created_at)).where(m.state == _WAITING)),
        drift=_drift(connection),
    )


def _replayed(connection: Connection, newest: datetime) -> tuple[Replayed, ...]:
    s, o = t.sequences.c, t.outcomes.c
    each = t.verdicts.alias("each")
    # One step in the index, row by row: the rows of verdicts are wide.
    verdict = (
        sa.select(each.c.verdict)
        .where(each.c.source == s.source, each.c.sequence_id == s.id)
        .order_by(each.c.id.desc())
        .limit(1)
        .correlate(t.sequences)
        .scalar_subquery()
    )
    recent = sa.case((s.started_at > newest - timedelta(days=RECENT_DAYS), 1), else_=0)
    found = (
        sa.select(
            sa.func.coalesce(o.temporal_api_version, "").label("release"),
            sa.func.coalesce(verdict, NOT_REPLAYED).label("verdict"),
            recent.label("recent"),
        )
        .join_from(t.sequences, t.outcomes, (o.source == s.source) & (o.sequence_id == s.id) & (o.outcome == s.outcome))
        .where(s.deleted_at.is_(None))
        .subquery()
    )
    groups = (found.c.release, found.c.verdict, found.c.recent)
    rows = connection.execute(sa.select(*groups, sa.func.count()).group_by(*groups).order_by(*groups))
    return tuple(Replayed(release, name, bool(new), number) for release, name, new, number in rows)


def _runs(connection: Connection, now: datetime) -> tuple[tuple[LastRun, ...], tuple[RunCount, ...]]:
    """Kind by kind, along the index: runs of every five minutes are many after a year."""
    r = t.runs.c
    last, recent = [], []
    for kind in sorted(connection.scalars(sa.select(r.kind).distinct())):
        row = connection.execute(
            sa.select(r.started_at, r.finished_at, r.summary)
            .where(r.kind == kind, r.state == COMPLETED, r.finished_at.is_not(None))
            .order_by(r.started_at.desc())
            .limit(1)
        ).one_or_none()
        if row is not None:
            treated = (row.summary or {}).get("sequences")
            seconds = (row.finished_at - row.started_at).total_seconds()
            last.append(LastRun(kind, row.finished_at, seconds, treated if isinstance(treated, int) else None))
        states = connection.execute(
            sa.select(r.state, sa.func.count())
            .where(r.kind == kind, r.started_at > now - timedelta(days=1))
            .group_by(r.state)
            .order_by(r.state)
        )
        recent += [RunCount(kind, state, number) for state, number in states]
    return tuple(last), tuple(recent)


def _backlog(connection: Connection) -> tuple[dict[str, int], datetime | None]:
    b = t.backlog_sequences.c
    waiting, since = connection.execute(sa.select(sa.func.count(), sa.func.min(b.recorded_at)).where(waits())).one()
    triage = latest_triage(connection)
    review, unlabeled = (0, 0) if triage is None else split_backlog(connection, triage)
    return {"review": review, "unlabeled": unlabeled, "not_scored": waiting - review - unlabeled}, since


def _drift(connection: Connection) -> tuple[CheckedDrift, ...]:
    c = t.drift_checks.c
    days = sa.select(c.baseline, c.scope, sa.func.max(c.day).label("day")).group_by(c.baseline, c.scope).subquery()
    newest = (
        sa.select(sa.func.max(c.id))
        .join_from(
            t.drift_checks, days, (c.baseline == days.c.baseline) & (c.scope == days.c.scope) & (c.day == days.c.day)
        )
        .group_by(c.baseline, c.scope)
    )
    rows = connection.execute(
        sa.select(c.baseline, c.scope, c.severity, c.strict_severity, c.day)
        .where(c.id.in_(newest))
        .order_by(c.baseline, c.scope)
    )
    return tuple(
        CheckedDrift(row.baseline, row.scope, Severity(row.severity), Severity(row.strict_severity), ended)
        for row in rows
        for ended in [datetime.combine(row.day, time(), UTC) + timedelta(days=1)]
    )
