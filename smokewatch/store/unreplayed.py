"""Sequences that no replay has decided as they are now."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from smokewatch.store import tables as t
from smokewatch.store.sequences import started_within


def unreplayed(
    connection: Connection, first_day: date, last_day: date, *, tried_again: Collection[str]
) -> dict[int, date]:
    """Sequences of UTC days, both included, whose newest verdict is about other inputs or another score, or that have
    none; id -> day, oldest first. A new label asks nothing new.

    Args:
        connection: to the catalog.
        first_day: the first day.
        last_day: the last day.
        tried_again: reasons of drops that may have passed since.
    """
    s, o, v = t.sequences.c, t.outcomes.c, t.verdicts.c
    newest = (
        sa.select(v.source, v.sequence_id, sa.func.max(v.id).label("id")).group_by(v.source, v.sequence_id).subquery()
    )
    current = t.sequences.join(
        t.outcomes, (o.source == s.source) & (o.sequence_id == s.id) & (o.outcome == s.outcome)
    ).outerjoin(newest, (newest.c.source == s.source) & (newest.c.sequence_id == s.id))
    rows = connection.execute(
        sa.select(s.id, s.started_at)
        .select_from(current.outerjoin(t.verdicts, v.id == newest.c.id))
        .where(
            *started_within(s.started_at, first_day, last_day),
            s.deleted_at.is_(None),
            v.id.is_(None)
            | (v.revision != s.revision)
            | v.recorded_score.is_distinct_from(o.temporal_model_score)
            | v.api_version.is_distinct_from(o.temporal_api_version)
            | v.drop_reason.in_(tried_again),
        )
        .order_by(s.started_at, s.id)
    )
    return {row.id: row.started_at.date() for row in rows}
