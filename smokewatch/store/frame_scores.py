"""What production scored the sequences that show a frame."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from smokewatch.store import tables as t
from smokewatch.store.catalog import Catalog, in_chunks
from smokewatch.store.sequences import current_rows

FROM_STORE = "store"
"""Means these scores where a predictions file can be named."""


@dataclass(frozen=True, slots=True)
class FrameScore:
    """Of the sequences whose current inputs show a frame: the scores of their current outcomes."""

    highest: float | None
    """As recorded; None: production scored none of them."""
    differs: bool
    """Whether they have several."""


@dataclass(frozen=True, slots=True)
class RecordedScores:
    """The scores that a catalog has."""

    catalog: Catalog

    def of(self, sha256s: Iterable[str]) -> dict[str, FrameScore]:
        """As :func:`scores_of_frames`, in a transaction of its own.

        Raises:
            StorageError: when the catalog cannot be read.
        """
        with self.catalog.read() as connection:
            return scores_of_frames(connection, sha256s)


def scores_of_frames(connection: Connection, sha256s: Iterable[str]) -> dict[str, FrameScore]:
    """By the SHA-256 of their bytes; those that no stored sequence shows are left out."""
    s, d, o = t.sequences.c, t.detections.c, t.outcomes.c
    score = o.temporal_model_score
    query = (
        sa.select(d.frame_sha256, sa.func.max(score), sa.func.min(score))
        .join_from(t.sequences, t.detections, current_rows())
        .join(t.outcomes, (o.source == s.source) & (o.sequence_id == s.id) & (o.outcome == s.outcome))
        .group_by(d.frame_sha256)
    )
    return {
        sha256: FrameScore(highest, highest != lowest)
        for chunk in in_chunks(sha256s)
        for sha256, highest, lowest in connection.execute(query.where(d.frame_sha256.in_(chunk)))
    }
