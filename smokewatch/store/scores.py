"""Writing what models say: scores and whole answers by content, drops by sequence."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from smokewatch.domain.answers import PredictAnswer
from smokewatch.domain.backlog import SOURCE
from smokewatch.domain.triage import score_of
from smokewatch.store import tables as t
from smokewatch.store.catalog import in_chunks, upsert
from smokewatch.store.triage import Triage, TriageModel


@dataclass(frozen=True, slots=True)
class Scored:
    """A model's answer about some frames. ``milliseconds`` is its share of the model's time."""

    inputs_sha256: str
    answer: PredictAnswer
    milliseconds: float
    device: str


@dataclass(frozen=True, slots=True)
class TriageDrop:
    """A sequence that a model could not score. ``detail`` is one line for people."""

    sequence_id: int
    inputs_sha256: str
    reason: str
    detail: str


def record_model(connection: Connection, model: TriageModel, *, now: datetime) -> None:
    """Remember a model; where it lies and what it says of itself may change, its identity not."""
    row = asdict(model) | {"first_seen_at": now}
    changing = [name for name in asdict(model) if name != "identity"]
    upsert(connection, t.triage_models, [row], update=changing)


def record_triage(connection: Connection, triage: Triage) -> None:
    """Make it the latest triage. Its models are recorded already."""
    row = {
        "run_id": triage.run_id,
        "source": SOURCE,
        "models": [model.identity for model in triage.models],
        "threshold": triage.threshold,
        "began_at": triage.began_at,
    }
    upsert(connection, t.triages, [row])


def record_scores(
    connection: Connection, model_identity: str, scored: Sequence[Scored], *, run_id: str, now: datetime
) -> None:
    """Keep a model's answers; what is known already stays as it is. Drops of sequences of just these frames are over.

    Raises:
        InvalidAnswerError: when an answer has no probability (:func:`smokewatch.domain.triage.score_of`).
    """
    upsert(connection, t.triage_scores, [_score_row(each, model_identity, run_id, now) for each in scored], update=[])
    answers = [
        {
            "inputs_sha256": each.inputs_sha256,
            "model_identity": model_identity,
            "answer": zlib.compress(each.answer.model_dump_json(exclude_unset=True).encode()),
        }
        for each in scored
    ]
    upsert(connection, t.triage_answers, answers, update=[])
    d, s = t.triage_drops.c, t.backlog_sequences.c
    for chunk in in_chunks(each.inputs_sha256 for each in scored):
        over = sa.select(s.id).where(s.source == SOURCE, s.inputs_sha256.in_(chunk), s.frames_missing == 0)
        connection.execute(
            t.triage_drops.delete().where(
                d.source == SOURCE, d.model_identity == model_identity, d.sequence_id.in_(over)
            )
        )


def record_drops(
    connection: Connection, model_identity: str, drops: Sequence[TriageDrop], *, run_id: str, now: datetime
) -> None:
    """Remember what a model could not score, and why; the newest reason replaces an older one."""
    common = {"source": SOURCE, "model_identity": model_identity, "run_id": run_id, "dropped_at": now}
    upsert(connection, t.triage_drops, [asdict(drop) | common for drop in drops])


def scored_inputs(connection: Connection, model_identity: str, inputs_sha256s: Iterable[str]) -> set[str]:
    """Which of these inputs the model has scored."""
    c = t.triage_scores.c
    query = sa.select(c.inputs_sha256).where(c.model_identity == model_identity)
    return {
        sha256
        for chunk in in_chunks(inputs_sha256s)
        for sha256 in connection.scalars(query.where(c.inputs_sha256.in_(chunk)))
    }


def _score_row(scored: Scored, model_identity: str, run_id: str, now: datetime) -> dict[str, object]:
    tubes = scored.answer.details.tubes if scored.answer.details else ()
    return {
        "inputs_sha256": scored.inputs_sha256,
        "model_identity": model_identity,
        "score": score_of(scored.answer),
        "tubes": len(tubes),
        "logit": max((tube.logit for tube in tubes if tube.logit is not None), default=None),
        "trigger_frame_index": scored.answer.trigger_frame_index,
        "milliseconds": scored.milliseconds,
        "device": scored.device,
        "run_id": run_id,
        "scored_at": now,
    }
