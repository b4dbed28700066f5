"""What a report tells beside a check: which models gave the scores, and what the scores promise."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from smokewatch.domain.drift import ExpectedAccuracy, Sequences, expected_accuracy
from smokewatch.domain.labels import Label, label_of
from smokewatch.store import tables as t
from smokewatch.store.drift.selection import Selection
from smokewatch.store.sequences import started_within

LABELLED_DAYS = 60
"""How far back labels are taken: chosen, as long as a rolling baseline; older ones may be another model's."""


def model_versions(connection: Connection, day: date, *, selection: Selection) -> list[str]:
    """Versions of the models that gave a UTC day's scores, ascending."""
    version = t.outcomes.c.temporal_model_version
    query = _scored(day, day, selection, version).where(version.is_not(None)).distinct().order_by(version)
    return list(connection.scalars(query))


def accuracy_of(connection: Connection, day: date, *, selection: Selection) -> ExpectedAccuracy:
    """The accuracy that a UTC day's scores promise, judged by the labels of the days before, the day included."""
    score, said = t.outcomes.c.temporal_model_score, t.outcomes.c.is_wildfire
    first = day - timedelta(days=LABELLED_DAYS)
    rows = connection.execute(_scored(first, day, selection, score, said).where(said.is_not(None))).all()
    labels = [(row[0], label_of(row[1])) for row in rows if 0 <= row[0] <= 1]
    known = [(value, label is Label.SMOKE) for value, label in labels if label is not Label.UNKNOWN]
    scores = np.array(list(connection.scalars(_scored(day, day, selection, score))), np.float64)
    scores = scores[(scores >= 0) & (scores <= 1)]
    sequences = Sequences(
        cameras=np.full(len(scores), ""),
        started_at=np.zeros(len(scores)),
        scores=scores,
        verdicts=(scores > selection.threshold).astype(np.intp),
        night=np.zeros(len(scores), np.bool_),
    )
    return expected_accuracy(
        sequences,
        labelled_scores=np.array([value for value, _ in known], np.float64),
        is_smoke=np.array([smoke for _, smoke in known], np.bool_),
    )


def _scored(
    first_day: date, last_day: date, selection: Selection, *columns: sa.ColumnElement[object]
) -> sa.Select[tuple[object, ...]]:
    s, o = t.sequences.c, t.outcomes.c
    current = (o.source == s.source) & (o.sequence_id == s.id) & (o.outcome == s.outcome)
    return (
        sa.select(*columns)
        .join_from(t.sequences, t.outcomes, current)
        .where(
            *started_within(s.started_at, first_day, last_day),
            o.temporal_model_score.is_not(None),
            *selection.conditions(),
        )
    )
