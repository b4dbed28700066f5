"""Which sequences a triage has to score: what is known is not scored again, equal inputs are scored once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.engine import Connection

from smokewatch.store.backlog import WaitingSequence, waiting
from smokewatch.store.scores import TriageDrop, record_drops, scored_inputs
from smokewatch.store.triage import TriageModel
from tasks.scoring.scorer import NO_IMAGES, PREDICT_FAILED


@dataclass
class Plan:
    """What there is to do."""

    sequences: int
    known: int
    """That every model has scored before."""
    groups: dict[str, list[int]] = field(default_factory=dict)
    """Inputs -> the sequences that have just them, by ascending id; some model lacks them."""

    def chunks(self, size: int) -> Iterator[tuple[int, ...]]:
        """Sequence ids of about `size` different inputs each; equal inputs are in one chunk."""
        groups = list(self.groups.values())
        for start in range(0, len(groups), size):
            yield tuple(each for group in groups[start : start + size] for each in group)

    @property
    def ids(self) -> list[int]:
        """Every sequence that some model has not scored."""
        return [each for group in self.groups.values() for each in group]

    @property
    def to_score(self) -> int:
        """How many sequences get scores by it."""
        return sum(map(len, self.groups.values()))


def plan(connection: Connection, models: Sequence[TriageModel], *, run_id: str, now: datetime) -> Plan:
    """See what the catalog lacks; sequences that lack frames are dropped at once, for every model.

    Without a stored frame it is ``no_images``. With some frames missing it is ``predict_failed``, as the peer's is at
    a missing file: what they show is unknown, so nobody may take the sequence off the queue unseen.
    """
    every = waiting(connection)
    whole = [each for each in every if each.frames and not each.frames_missing]
    lacking = _drops([each for each in every if not each.frames or each.frames_missing])
    for model in models:
        record_drops(connection, model.identity, lacking, run_id=run_id, now=now)
    inputs = {each.inputs_sha256 for each in whole}
    known = set.intersection(*(scored_inputs(connection, model.identity, inputs) for model in models))
    found = Plan(len(every), sum(each.inputs_sha256 in known for each in whole))
    for each in whole:
        if each.inputs_sha256 not in known:
            found.groups.setdefault(each.inputs_sha256, []).append(each.sequence.id)
    return found


def _drops(sequences: Sequence[WaitingSequence]) -> list[TriageDrop]:
    return [
        TriageDrop(
            each.sequence.id,
            each.inputs_sha256,
            PREDICT_FAILED if each.frames else NO_IMAGES,
            f"{each.frames_missing} of its {each.frames + each.frames_missing} frames have no bytes: pull again"
            if each.frames_missing
            else "it has no frames",
        )
        for each in sequences
    ]
