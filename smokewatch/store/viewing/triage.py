"""What the triage screen asks of the catalog: whether it changed, one sequence with its answers, counts in SQL."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from smokewatch.domain.backlog import SOURCE
from smokewatch.errors import StorageError
from smokewatch.store import tables as t
from smokewatch.store.backlog import waits
from smokewatch.store.triage import Triage, latest_triage


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model says of a sequence: the columns of triage_scores, and the whole answer as JSON text."""

    score: RowMapping
    text: str


@dataclass(frozen=True, slots=True)
class BacklogRecord:
    """One sequence of the backlog. Rows are mappings of their tables' columns; times are aware UTC."""

    facts: RowMapping
    """And ``waits``: see :func:`smokewatch.store.backlog.waits`."""
    frames: Sequence[RowMapping]
    """See :func:`backlog_frame_rows`."""
    lanes: Sequence[RowMapping]
    """The lanes of its alert, itself among them, by id: id, waits, left_at, is_manual, score (None: not scored)."""
    triage: Triage | None
    answers: Mapping[str, Answer]
    """By model identity, of the latest triage's models that scored these frames."""
    drops: Mapping[str, RowMapping]
    """By model identity: reason, detail, dropped_at."""


def triage_state(connection: Connection) -> tuple[object, ...]:
    """A value that differs whenever :func:`smokewatch.store.triage.load_triage` would; it reads no wide row."""
    s, d = t.backlog_sequences.c, t.triage_drops.c
    queries: tuple[sa.Select[Any], ...] = (
        sa.select(sa.func.count(), sa.func.sum(s.changes)),
        sa.select(sa.func.count()).select_from(t.triage_scores),
        sa.select(sa.func.count(), sa.func.max(d.dropped_at)),
        sa.select(sa.func.count(), sa.func.max(t.triages.c.began_at)),
    )
    return tuple(value for query in queries for value in connection.execute(query).one())


def load_backlog_sequence(connection: Connection, identity: int) -> BacklogRecord | None:
    """What is kept of a sequence, waiting or not; None when it was never pulled.

    Raises:
        StorageError: when an answer is damaged.
    """
    s = t.backlog_sequences.c
    here = sa.select(t.backlog_sequences, waits().label("waits")).where(s.source == SOURCE, s.id == identity)
    facts = connection.execute(here).mappings().one_or_none()
    if facts is None:
        return None
    triage = latest_triage(connection)
    models = [model.identity for model in triage.models] if triage else []
    d = t.triage_drops.c
    drops = sa.select(d.model_identity, d.reason, d.detail, d.dropped_at).where(
        *(d.source == SOURCE, d.sequence_id == identity, d.inputs_sha256 == facts["inputs_sha256"]),
        d.model_identity.in_(models),
    )
    whole = facts["frames_missing"] == 0
    return BacklogRecord(
        facts=facts,
        frames=backlog_frame_rows(connection, identity),
        lanes=connection.execute(_lanes(facts, models)).mappings().all(),
        triage=triage,
        answers=_answers(connection, facts["inputs_sha256"], models) if whole else {},
        drops={row["model_identity"]: row for row in connection.execute(drops).mappings()},
    )


def backlog_frame_rows(connection: Connection, identity: int) -> Sequence[RowMapping]:
    """A sequence's frames, oldest first, with their sizes and what a decoder saw; empty where it is unknown."""
    b, f, p = t.backlog_frames.c, t.frames.c, t.frame_profiles.c
    seen = (
        sa.select(p.sha256, *(sa.func.max(column).label(column.name) for column in (p.width, p.height, p.undecodable)))
        .where(p.sha256.in_(sa.select(b.frame_sha256).where(b.source == SOURCE, b.sequence_id == identity)))
        .group_by(p.sha256)
        .subquery()
    )
    rows = (
        sa.select(b.id, b.recorded_at, b.bucket_key, b.frame_sha256, f.size, f.flag)
        .add_columns(seen.c.width, seen.c.height, seen.c.undecodable)
        .select_from(
            t.backlog_frames.outerjoin(t.frames, f.sha256 == b.frame_sha256).outerjoin(
                seen, seen.c.sha256 == b.frame_sha256
            )
        )
        .where(b.source == SOURCE, b.sequence_id == identity)
        .order_by(b.position)
    )
    return connection.execute(rows).mappings().all()


def _lanes(facts: RowMapping, models: Sequence[str]) -> sa.Select[Any]:
    s, c = t.backlog_sequences.c, t.triage_scores.c
    of_alert = (
        s.id == facts["id"]
        if facts["platform_alert_id"] is None
        else (s.source_api == facts["source_api"]) & (s.platform_alert_id == facts["platform_alert_id"])
    )
    all_scored = (s.frames_missing == 0) & (sa.func.count(c.score) == len(models))
    facts_of_each = (s.id, waits().label("waits"), s.left_at, s.is_manual)
    return (
        sa.select(*facts_of_each, sa.case((all_scored, sa.func.max(c.score))).label("score"))
        .outerjoin_from(
            t.backlog_sequences,
            t.triage_scores,
            (c.inputs_sha256 == s.inputs_sha256) & c.model_identity.in_(models),
        )
        .where(s.source == SOURCE, of_alert)
        .group_by(s.source, s.id)
        .order_by(s.id)
    )


def _answers(connection: Connection, inputs_sha256: str, models: Sequence[str]) -> dict[str, Answer]:
    c, a = t.triage_scores.c, t.triage_answers.c
    query = (
        sa.select(t.triage_scores, a.answer)
        .join_from(
            t.triage_scores,
            t.triage_answers,
            (a.inputs_sha256 == c.inputs_sha256) & (a.model_identity == c.model_identity),
        )
        .where(c.inputs_sha256 == inputs_sha256, c.model_identity.in_(models))
    )
    return {row["model_identity"]: Answer(row, _text(row)) for row in connection.execute(query).mappings()}


def _text(row: RowMapping) -> str:
    try:
        return zlib.decompress(row["answer"]).decode()
    except (zlib.error, UnicodeDecodeError) as error:
        model, inputs = row["model_identity"], row["inputs_sha256"]
        raise StorageError(f"the answer of model {model} about {inputs} is damaged: {error}: triage again") from error
