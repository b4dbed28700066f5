"""The annotation backlog in the catalog: the queue's sequences, their frames in order, which of them still wait."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from smokewatch.domain.backlog import (
    AWAITED,
    SOURCE,
    BacklogFrame,
    BacklogSequence,
    KnownBacklogSequence,
    inputs_sha256,
)
from smokewatch.domain.profiles import FrameProfile, Undecodable
from smokewatch.domain.sequences import FrameFlag
from smokewatch.store import tables as t
from smokewatch.store.catalog import in_chunks, upsert
from smokewatch.store.frames import StoredFrame
from smokewatch.store.profiles import save_profiles
from smokewatch.store.saving import AT_WORK, overtaken

SEQUENCE = tuple(BacklogSequence.__dataclass_fields__)
"""The columns that are a listing row's."""

_S, _F = t.backlog_sequences.c, t.backlog_frames.c


class Saved(StrEnum):
    """What saving a listed sequence made of what was known, as a pull counts it."""

    PULLED = "pulled"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class PulledFrames:
    """A sequence's frames, the oldest first."""

    frames: Sequence[tuple[BacklogFrame, StoredFrame | None]]
    """None: its bytes could not be had."""
    profiles: Mapping[str, FrameProfile | Undecodable] = field(default_factory=dict)
    """By SHA-256, of frames whose content is new."""

    def columns(self) -> dict[str, Any]:
        """What the sequence's row tells of them."""
        sha256s = [stored.sha256 for _, stored in self.frames if stored is not None]
        missing = len(self.frames) - len(sha256s)
        return {"inputs_sha256": inputs_sha256(sha256s), "frames": len(sha256s), "frames_missing": missing}


@dataclass(frozen=True, slots=True)
class WaitingSequence:
    """A sequence that waits in the queue, beside what a model would be given of it."""

    sequence: BacklogSequence
    inputs_sha256: str
    frames: int
    """How many are stored."""
    frames_missing: int


def known_backlog(connection: Connection, ids: Iterable[int]) -> dict[int, KnownBacklogSequence]:
    """What is remembered of these sequences; unknown ones are left out."""
    query = sa.select(*(_S[name] for name in SEQUENCE), _S.frames_missing)
    return {
        row.id: KnownBacklogSequence(BacklogSequence(*row[:-1]), row.frames_missing)
        for chunk in in_chunks(ids)
        for row in connection.execute(query.where(_S.source == SOURCE, _S.id.in_(chunk)))
    }


def known_backlog_frames(connection: Connection, sequence_id: int) -> dict[str, StoredFrame]:
    """The stored frames of a sequence by bucket key."""
    f = t.frames.c
    rows = connection.execute(
        sa.select(_F.bucket_key, f.sha256, f.size, f.flag)
        .join_from(t.backlog_frames, t.frames, f.sha256 == _F.frame_sha256)
        .where(_F.source == SOURCE, _F.sequence_id == sequence_id)
    )
    return {
        row.bucket_key: StoredFrame(row.sha256, row.size, FrameFlag(row.flag) if row.flag else None) for row in rows
    }


def save_pulled(
    connection: Connection, sequence: BacklogSequence, *, stage: str, pulled: PulledFrames | None, now: datetime
) -> Saved:
    """Record a listed sequence in the caller's transaction; its frames' bytes are durable already.

    What one run saw earlier never replaces what another, at work at the same time, saw later.

    Args:
        connection: a write transaction.
        sequence: its listing row.
        stage: of the queue that lists it.
        pulled: its frames; None when they did not have to be read: the sequence is known.
        now: when the queue was asked, aware UTC.
    """
    here = (_S.source == SOURCE, _S.id == sequence.id)
    connection.execute(t.skips.delete().where(t.skips.c.source == SOURCE, t.skips.c.sequence_id == sequence.id))
    facts = {name: getattr(sequence, name) for name in SEQUENCE if name != "id"}
    facts |= {} if pulled is None else pulled.columns()
    columns = (_S.listed_at, _S.changes, *(_S[name] for name in facts))
    known = connection.execute(sa.select(*columns).where(*here)).one_or_none()
    if known is not None and (overtaken(known.listed_at, now) or known[2:] == tuple(facts.values())):
        return Saved.UNCHANGED
    facts |= {"stage": stage, "listed_at": now, "left_at": None, "changes": 0 if known is None else known.changes + 1}
    if pulled is None:
        connection.execute(t.backlog_sequences.update().where(*here).values(**facts))
        return Saved.UPDATED
    row = {"source": SOURCE, "id": sequence.id, "pulled_at": now}
    upsert(connection, t.backlog_sequences, [row | facts], update=list(facts))
    _save_frames(connection, sequence.id, pulled, now)
    return Saved.PULLED if known is None else Saved.UPDATED


def mark_listed(connection: Connection, ids: Iterable[int], *, stage: str, now: datetime) -> None:
    """Record that the queue of a stage lists these sequences; what is unknown stays so.

    Args:
        connection: a write transaction.
        ids: of all sources' sequences that the queue lists.
        stage: of the queue.
        now: when it was asked, aware UTC.
    """
    moved = sa.case(((_S.stage != stage) | _S.left_at.is_not(None), 1), else_=0)
    for chunk in in_chunks(ids):
        connection.execute(
            t.backlog_sequences.update()
            .where(_S.source == SOURCE, _S.id.in_(chunk), _not_overtaken(now))
            .values(stage=stage, listed_at=now, left_at=None, changes=_S.changes + moved)
        )


def mark_left(connection: Connection, listed: Collection[int], *, stage: str, now: datetime) -> int:
    """Mark the sequences of a stage's queue that it lists no more; what is stored of them stays.

    What another run saw in the queue later, or in another stage's, is left alone. Their skips, and those of sequences
    that were never stored, end with their place in the queue.

    Returns:
        How many were not marked before.
    """
    before = sa.select(_S.id).where(_S.source == SOURCE, _S.stage == stage, _S.left_at.is_(None), _not_overtaken(now))
    left = [each for each in connection.scalars(before) if each not in listed]
    for chunk in in_chunks(left):
        connection.execute(
            t.backlog_sequences.update()
            .where(_S.source == SOURCE, _S.id.in_(chunk))
            .values(left_at=now, changes=_S.changes + 1)
        )
    r, k = t.runs.c, t.skips.c
    of_stage = sa.select(r.id).where(r.kind == "pull", r.parameters["stage"].as_string() == stage)
    skipped = sa.select(k.sequence_id).where(k.source == SOURCE, k.run_id.in_(of_stage), k.skipped_at < now)
    gone = [each for each in connection.scalars(skipped) if each not in listed]
    for chunk in in_chunks(gone):
        connection.execute(t.skips.delete().where(k.source == SOURCE, k.sequence_id.in_(chunk)))
    return len(left)


def _not_overtaken(now: datetime) -> sa.ColumnElement[bool]:
    """Of what was listed, not by a run that is at work at the same time and asked later; see :func:`overtaken`."""
    return (_S.listed_at < now) | (_S.listed_at > now + AT_WORK)


def waits() -> sa.ColumnElement[bool]:
    """Of the sequences of the backlog, those that a person still has to look at."""
    return (_S.source == SOURCE) & _S.left_at.is_(None) & _S.stage.in_(AWAITED)


def waiting(connection: Connection) -> list[WaitingSequence]:
    """The sequences that wait, by ascending id."""
    rows = connection.execute(
        sa.select(*(_S[name] for name in SEQUENCE), _S.inputs_sha256, _S.frames, _S.frames_missing)
        .where(waits())
        .order_by(_S.id)
    ).all()
    return [WaitingSequence(BacklogSequence(*row[:-3]), *row[-3:]) for row in rows]


def backlog_frames_of(connection: Connection, ids: Iterable[int]) -> dict[int, list[str | None]]:
    """The SHA-256s of these sequences' frames, the oldest first, None for missing ones."""
    found: dict[int, list[str | None]] = {}
    for chunk in in_chunks(ids):
        rows = connection.execute(
            sa.select(_F.sequence_id, _F.frame_sha256)
            .where(_F.source == SOURCE, _F.sequence_id.in_(chunk))
            .order_by(_F.sequence_id, _F.position)
        )
        for sequence_id, sha256 in rows:
            found.setdefault(sequence_id, []).append(sha256)
    return found


def _save_frames(connection: Connection, sequence_id: int, pulled: PulledFrames, now: datetime) -> None:
    stored = [frame for _, frame in pulled.frames if frame is not None]
    upsert(
        connection,
        t.frames,
        [{"sha256": frame.sha256, "size": frame.size, "flag": frame.flag, "stored_at": now} for frame in stored],
        update=[],
    )
    save_profiles(connection, pulled.profiles, now=now)
    connection.execute(t.backlog_frames.delete().where(_F.source == SOURCE, _F.sequence_id == sequence_id))
    rows = [
        {"source": SOURCE, "sequence_id": sequence_id, "position": position, "id": frame.id}
        | {"recorded_at": frame.recorded_at, "bucket_key": frame.bucket_key}
        | {"frame_sha256": None if found is None else found.sha256}
        for position, (frame, found) in enumerate(pulled.frames)
    ]
    upsert(connection, t.backlog_frames, rows)
