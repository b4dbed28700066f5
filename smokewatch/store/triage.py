"""Triage in the catalog: what models say of a backlog's frames, and the one reading that every report shares.

:mod:`smokewatch.store.scores` writes it.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy.engine import Connection

from smokewatch.domain.answers import PredictAnswer, parse_answer
from smokewatch.domain.backlog import SOURCE, BacklogSequence
from smokewatch.domain.triage import ScoredBacklog
from smokewatch.errors import InvalidAnswerError, StorageError
from smokewatch.store import tables as t
from smokewatch.store.backlog import WaitingSequence, waiting
from smokewatch.store.catalog import in_chunks

NO_TRIGGER = -1
"""In a column of whole numbers: the model named no trigger frame."""
_MODEL = ("identity", "identity_kind", "reference", "model_version", "config")


@dataclass(frozen=True, slots=True)
class TriageModel:
    """A model that scored something."""

    identity: str
    """Its package's digest with its loader, or its release's identity: what its scores are kept under."""
    identity_kind: str
    """``package``, or a release identity's kind."""
    reference: str
    """The package's path, or the release's reference."""
    model_version: str
    config: dict[str, Any]
    """What model_config.json tells of it (contracts/temporal-model, section 5), without the threshold."""


@dataclass(frozen=True, slots=True)
class Triage:
    """A run's choice: which models, which threshold. ``began_at`` is aware UTC."""

    run_id: str
    models: tuple[TriageModel, ...]
    threshold: float
    began_at: datetime


@dataclass(frozen=True, slots=True, eq=False)
class TriageResults:
    """What else the model that gave each row's score says: N rows."""

    model: NDArray[np.intp]
    """(N,) its position in the run's models, the first of equals."""
    tubes: NDArray[np.int64]
    """(N,) kept tubes."""
    logit: NDArray[np.float64]
    """(N,) the largest of the kept tubes'; NaN: none."""
    trigger_frame_index: NDArray[np.int64]
    """(N,) in the padded sequence; NO_TRIGGER: none."""
    inputs_sha256: list[str]
    """N hex digests over the frames' contents."""


@dataclass(frozen=True, slots=True, eq=False)
class StoredTriage:
    """The latest triage over the sequences that still wait in the queue."""

    triage: Triage
    sequences: list[BacklogSequence]
    """Those that every model scored, by ascending id."""
    backlog: ScoredBacklog
    """Their scores, in the same order."""
    results: TriageResults
    """In the same order."""
    drops: list[tuple[BacklogSequence, str, str]]
    """Those that could not be scored: reason and one line for people; by ascending id."""
    unscored: int
    """Neither scored nor dropped yet: pulled since, or the triage was cut short."""


def latest_triage(connection: Connection) -> Triage | None:
    """The triage that began last, None when there was none."""
    r, m = t.triages.c, t.triage_models.c
    row = connection.execute(
        sa.select(r.run_id, r.models, r.threshold, r.began_at)
        .where(r.source == SOURCE)
        .order_by(r.began_at.desc(), r.run_id.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    models = connection.execute(sa.select(*(m[name] for name in _MODEL)).where(m.identity.in_(row.models)))
    by_identity = {model.identity: TriageModel(*model) for model in models}
    return Triage(row.run_id, tuple(by_identity[each] for each in row.models), row.threshold, row.began_at)


def known_model(connection: Connection, identity: str) -> TriageModel | None:
    """What is remembered of a model, None when it never scored."""
    m = t.triage_models.c
    row = connection.execute(sa.select(*(m[name] for name in _MODEL)).where(m.identity == identity)).one_or_none()
    return None if row is None else TriageModel(*row)


def load_triage(connection: Connection, triage: Triage | None = None) -> StoredTriage | None:
    """Everything that a triage's models say of the waiting sequences; None when there was no triage.

    A sequence with a frame whose bytes could not be had counts as scored by nobody: the same digest may be another
    sequence's, which has no more frames.

    Args:
        connection: a transaction of the catalog.
        triage: which one; the latest when left out.
    """
    triage = triage or latest_triage(connection)
    if triage is None:
        return None
    columns = [_scores(connection, model.identity) for model in triage.models]
    answered: list[WaitingSequence] = []
    others: list[WaitingSequence] = []
    for each in waiting(connection):
        known = each.frames_missing == 0 and all(each.inputs_sha256 in column for column in columns)
        (answered if known else others).append(each)
    sequences, hashes = [each.sequence for each in answered], [each.inputs_sha256 for each in answered]
    # (N, M, 4): score, tubes, logit, trigger frame; whole numbers this small are exact in float64.
    table = np.array([[column[sha256] for column in columns] for sha256 in hashes], dtype=np.float64)
    table = table.reshape(len(answered), len(columns), 4)
    model = table[:, :, 0].argmax(axis=1)
    best = table[np.arange(len(answered)), model]
    names = sorted({sequence.organization_name for sequence in sequences})
    place = {name: number for number, name in enumerate(names)}
    drops = _drops(connection, triage, others)
    return StoredTriage(
        triage=triage,
        sequences=sequences,
        backlog=ScoredBacklog(
            ids=np.array([sequence.id for sequence in sequences], dtype=np.int64),
            model_scores=np.ascontiguousarray(table[:, :, 0]),
            organizations=np.array([place[sequence.organization_name] for sequence in sequences], dtype=np.intp),
            organization_names=tuple(names),
        ),
        results=TriageResults(
            model=model,
            tubes=best[:, 1].astype(np.int64),
            logit=best[:, 2],
            trigger_frame_index=np.nan_to_num(best[:, 3], nan=NO_TRIGGER).astype(np.int64),
            inputs_sha256=hashes,
        ),
        drops=drops,
        unscored=len(others) - len(drops),
    )


def answer_of(connection: Connection, inputs_sha256: str, model_identity: str) -> PredictAnswer:
    """The whole answer that a score was taken from.

    Raises:
        StorageError: when there is none, or it is damaged.
    """
    for _, answer in answers_of(connection, model_identity, [inputs_sha256]):
        return answer
    raise StorageError(f"the catalog has no answer of model {model_identity} about {inputs_sha256}: triage again")


def answers_of(
    connection: Connection, model_identity: str, inputs_sha256s: Iterable[str]
) -> Iterator[tuple[str, PredictAnswer]]:
    """Digest and answer of each of these inputs, in any order; those without one are left out.

    Raises:
        StorageError: when one is damaged.
    """
    a = t.triage_answers.c
    for chunk in in_chunks(inputs_sha256s):
        query = sa.select(a.inputs_sha256, a.answer)
        for row in connection.execute(query.where(a.model_identity == model_identity, a.inputs_sha256.in_(chunk))):
            try:
                yield row.inputs_sha256, parse_answer(zlib.decompress(row.answer))
            except (zlib.error, InvalidAnswerError) as error:
                raise StorageError(
                    f"the answer of model {model_identity} about {row.inputs_sha256} is damaged: {error}"
                ) from error


def _scores(connection: Connection, identity: str) -> dict[str, tuple[Any, ...]]:
    """Inputs -> score, tubes, logit, trigger frame, of everything that a model scored."""
    c = t.triage_scores.c
    query = sa.select(c.inputs_sha256, c.score, c.tubes, c.logit, c.trigger_frame_index)
    return {row[0]: tuple(row[1:]) for row in connection.execute(query.where(c.model_identity == identity)).all()}


def _drops(
    connection: Connection, triage: Triage, unanswered: Sequence[WaitingSequence]
) -> list[tuple[BacklogSequence, str, str]]:
    """What is known of these sequences and the inputs they have now; the first model's word counts."""
    d = t.triage_drops.c
    found: dict[tuple[int, str], tuple[str, str]] = {}
    query = sa.select(d.sequence_id, d.inputs_sha256, d.reason, d.detail)
    for model in reversed(triage.models):
        for row in connection.execute(query.where(d.source == SOURCE, d.model_identity == model.identity)):
            found[row.sequence_id, row.inputs_sha256] = (row.reason, row.detail)
    named = [(each.sequence, found.get((each.sequence.id, each.inputs_sha256))) for each in unanswered]
    return [(sequence, *drop) for sequence, drop in named if drop is not None]
