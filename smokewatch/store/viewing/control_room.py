"""What the control room asks of the store beside runs and history. Each query reads few rows, or an index alone."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from smokewatch.domain.labels import Label, label_of
from smokewatch.store import tables as t
from smokewatch.store.backlog import waits
from smokewatch.store.runs import COMPLETED


class Queue(NamedTuple):
    """What waits."""

    backlog_waiting: int
    backlog_unscored: int
    """Those that no model scored as they are."""
    outbox_waiting: int


def count_queue(connection: Connection) -> Queue:
    """What waits for people, for a model, and for Slack."""
    b, scores = t.backlog_sequences.c, t.triage_scores.c
    scored = sa.select(sa.literal(1)).where(scores.inputs_sha256 == b.inputs_sha256).exists()
    waiting, unscored = connection.execute(
        sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(sa.case((scored, 0), else_=1)), 0)).where(waits())
    ).one()
    outbox = connection.scalar(
        sa.select(sa.func.count()).select_from(t.outbox).where(t.outbox.c.state.in_(("waiting", "claimed")))
    )
    return Queue(waiting, int(unscored), outbox or 0)


def count_unreplayed(connection: Connection, *, since: datetime) -> int:
    """Sequences since a time that were scored and have no verdict."""
    s, o, v = t.sequences.c, t.outcomes.c, t.verdicts.c
    decided = sa.select(sa.literal(1)).where(v.source == s.source, v.sequence_id == s.id).exists()
    query = (
        sa.select(sa.func.count())
        .select_from(_scored())
        .where(s.started_at >= since, s.deleted_at.is_(None), o.temporal_model_score.is_not(None), sa.not_(decided))
    )
    return connection.scalar(query) or 0


class Scored(NamedTuple):
    """A recorded score and its label."""

    started_at: datetime
    score: float
    label: Label


def recorded_scores(connection: Connection, *, since: datetime) -> list[Scored]:
    """Recorded scores of sequences since a time, with their labels, oldest first."""
    s, o = t.sequences.c, t.outcomes.c
    rows = connection.execute(
        sa.select(s.started_at, o.temporal_model_score, o.is_wildfire)
        .select_from(_scored())
        .where(s.started_at >= since, s.deleted_at.is_(None), o.temporal_model_score.is_not(None))
        .order_by(s.started_at, s.source, s.id)
    )
    return [Scored(row[0], row[1], label_of(row[2])) for row in rows]


class Ages(NamedTuple):
    """When something was last brought in or found out. Aware UTC; None: never."""

    imported_at: datetime | None
    decided_at: datetime | None


def newest_times(connection: Connection) -> Ages:
    """When the newest import ended and the newest verdict was reached."""
    r = t.runs.c
    imported = connection.scalar(
        sa.select(r.finished_at).where(r.kind == "import", r.state == COMPLETED).order_by(r.started_at.desc()).limit(1)
    )
    return Ages(imported, connection.scalar(sa.select(sa.func.max(t.verdicts.c.decided_at))))


def newest_sequence_at(connection: Connection) -> datetime | None:
    """When the newest sequence began, aware UTC; None: nothing is stored."""
    newest: datetime | None = connection.scalar(sa.select(sa.func.max(t.sequences.c.started_at)))
    return newest


def _scored() -> sa.Join:
    s, o = t.sequences.c, t.outcomes.c
    return t.sequences.join(t.outcomes, (o.source == s.source) & (o.sequence_id == s.id) & (o.outcome == s.outcome))
