"""What a release is qualified on: stored sequences, each with the window that production saw."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from blocks.releases import Releases
from smokewatch.domain.verdicts import DropReason, Match
from smokewatch.domain.window import production_request
from smokewatch.store.catalog import Catalog
from smokewatch.store.enrichments import KeptAnswer, answers_of
from smokewatch.store.sequences import StoredSequence
from smokewatch.store.verdicts import current_verdicts
from tasks.asking import Frames


class Window(StrEnum):
    """Which of a sequence's windows is asked about."""

    MATCHED = "matched"
    """The one that gives the recorded score: production saw it."""
    FULL = "full"
    """Everything that is known: which one production saw is not."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A sequence and the exact request that a release is asked about it."""

    sequence: StoredSequence
    window: Window
    body: bytes
    bucket: str
    keys: tuple[str, ...]
    """In request order."""
    frame_sha256s: tuple[str, ...]
    """Of the keys' contents."""
    ledger_key: str | None = None
    """Of the answer that gives the recorded score; None: no replay found one."""

    @property
    def frames(self) -> Frames:
        """Bucket and key -> SHA-256."""
        return {(self.bucket, key): sha256 for key, sha256 in zip(self.keys, self.frame_sha256s, strict=True)}


def find_subjects(
    catalog: Catalog, releases: Releases, sequences: Sequence[StoredSequence]
) -> tuple[list[Subject], Counter[DropReason]]:
    """Every sequence that can be asked about, and why others cannot.

    Raises:
        StorageError: when the catalog cannot be read.
    """
    explained = (Match.EXACT, Match.WINDOW)
    with catalog.read() as connection:
        verdicts = current_verdicts(connection, [(each.source, each.id) for each in sequences])
        keys = {
            name: row["ledger_key"]
            for name, row in verdicts.items()
            if row["verdict"] in explained and row["ledger_key"]
        }
        answers = {each.key: each for each in answers_of(connection, sorted(set(keys.values())))}
    found, dropped = [], Counter[DropReason]()
    for sequence in sequences:
        answer = answers.get(keys.get((sequence.source, sequence.id), ""))
        subject = _full(sequence, releases) if answer is None else _matched(sequence, answer)
        if isinstance(subject, DropReason):
            dropped[subject] += 1
        else:
            found.append(subject)
    return found, dropped


def _matched(sequence: StoredSequence, answer: KeptAnswer) -> Subject:
    request = json.loads(answer.request)
    return Subject(
        sequence,
        Window.MATCHED,
        answer.request.encode(),
        request["bucket"],
        tuple(request["frames"]),
        tuple(answer.frame_sha256s),
        answer.key,
    )


def _full(sequence: StoredSequence, releases: Releases) -> Subject | DropReason:
    bucket = releases.bucket(sequence.organization_id)
    request = production_request(sequence.detections, bucket=bucket)
    if request is None:
        return DropReason.TOO_FEW_FRAMES
    contents = [sha256 for key in request.frames if (sha256 := sequence.frame_sha256s[key]) is not None]
    if len(contents) < len(request.frames):
        return DropReason.NO_IMAGES
    return Subject(sequence, Window.FULL, request.body(), bucket, request.frames, tuple(contents))
