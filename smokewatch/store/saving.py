"""Saving sequences: inputs make revisions, outcomes are dated, nothing is overwritten."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from smokewatch.domain.detections import Detection, in_creation_order
from smokewatch.domain.profiles import FrameProfile, Undecodable
from smokewatch.domain.sequences import ListedSequence, Outcome
from smokewatch.store import tables as t
from smokewatch.store.catalog import upsert
from smokewatch.store.frames import StoredFrame
from smokewatch.store.profiles import save_profiles
from smokewatch.store.sequences import FACTS, OUTCOME

AT_WORK = timedelta(hours=24)
"""No two runs are at work side by side for longer: what is later still was dated by a clock that went wrong."""
_DETECTION = tuple(Detection.__dataclass_fields__)

# Built once: an import executes them for every sequence.
_OF_SOURCE, _OF_ID = sa.bindparam("of_source", type_=sa.Text), sa.bindparam("of_id", type_=sa.BigInteger)
_KNOWN = sa.select(t.sequences.c.revision, t.sequences.c.outcome).where(
    t.sequences.c.source == _OF_SOURCE, t.sequences.c.id == _OF_ID
)
_NO_LONGER_SKIPPED = t.skips.delete().where(t.skips.c.source == _OF_SOURCE, t.skips.c.sequence_id == _OF_ID)


@dataclass(frozen=True, slots=True)
class Inputs:
    """What was read of one sequence: its rows, and each distinct key's frame (None: its bytes could not be had)."""

    detections: Sequence[Detection]
    frames: Mapping[str, StoredFrame | None]
    read_at: datetime | None = None
    """When the rows were asked for, aware UTC; None: when the sequence was listed."""
    profiles: Mapping[str, FrameProfile | Undecodable] = field(default_factory=dict)
    """By SHA-256, of frames whose content is new; no input of a replay."""

    def sha256(self) -> str:
        """Hex digest over every row and every frame's content, independent of the order of reading."""
        rows = [
            _detection_row(row, self)
            | {"created_at": row.created_at.isoformat(), "recorded_at": row.recorded_at.isoformat()}
            for row in in_creation_order(self.detections)
        ]
        return hashlib.sha256(json.dumps(rows, sort_keys=True, separators=(",", ":")).encode()).hexdigest()

    @property
    def frames_missing(self) -> int:
        """Distinct frames without bytes."""
        return sum(frame is None for frame in self.frames.values())


@dataclass(frozen=True, slots=True)
class Change:
    """What saving a sequence changed."""

    new: bool = False
    revised: bool = False
    outcome: bool = False


def save_sequence(
    connection: Connection,
    source: str,
    listed: ListedSequence,
    *,
    organization_id: int,
    inputs: Inputs | None,
    now: datetime,
) -> Change:
    """Record a listed sequence in the caller's transaction. Its frames' bytes are durable already.

    Changed inputs make a new revision, a changed outcome a new dated outcome; nothing is overwritten. What one
    importer saw earlier never replaces what another, at work at the same time, saw later (:func:`overtaken`).

    Args:
        connection: a write transaction.
        source: the server's name.
        listed: its listing row.
        organization_id: through its camera.
        inputs: what was read, None when nothing had to be read (the sequence is known).
        now: when the server was asked for the listing row, aware UTC.
    """
    here = {"of_source": source, "of_id": listed.id}
    known = connection.execute(_KNOWN, here).one_or_none()
    revision, revised = (
        (known.revision, False)
        if inputs is None and known is not None
        else _save_inputs(connection, source, listed, inputs, known.revision if known else 0, now)
    )
    outcome, outcome_changed = _save_outcome(connection, source, listed, known.outcome if known else 0, now)
    facts = {name: getattr(listed, name) for name in FACTS} | {
        "organization_id": organization_id,
        "revision": revision,
        "outcome": outcome,
        "deleted_at": None,
    }
    row = {"source": source, "id": listed.id, "imported_at": now, **facts}
    upsert(connection, t.sequences, [row], update=list(facts))
    connection.execute(_NO_LONGER_SKIPPED, here)
    return Change(
        new=known is None,
        revised=known is not None and revised,
        outcome=known is not None and outcome_changed,
    )


def overtaken(stored: datetime, seen: datetime) -> bool:
    """Whether what is stored was seen later than something else, by another run that is at work at the same time."""
    return seen < stored <= seen + AT_WORK


def mark_deleted(connection: Connection, source: str, sequence_id: int, *, now: datetime) -> bool:
    """Record that the server deleted a sequence; what is stored of it stays. False when it was so already."""
    marked = connection.execute(
        t.sequences.update()
        .where(t.sequences.c.source == source, t.sequences.c.id == sequence_id, t.sequences.c.deleted_at.is_(None))
        .values(deleted_at=now)
    )
    connection.execute(_NO_LONGER_SKIPPED, {"of_source": source, "of_id": sequence_id})
    return marked.rowcount > 0


def skip_sequence(
    connection: Connection, source: str, sequence_id: int, *, reason: str, detail: str, run_id: str, now: datetime
) -> None:
    """Record why a sequence was not imported; a later import that succeeds removes it."""
    row = {"source": source, "sequence_id": sequence_id, "reason": reason, "detail": detail}
    upsert(connection, t.skips, [row | {"run_id": run_id, "skipped_at": now}])


def _save_inputs(
    connection: Connection, source: str, listed: ListedSequence, inputs: Inputs | None, known: int, now: datetime
) -> tuple[int, bool]:
    if inputs is None:
        raise ValueError(f"sequence {listed.id} is unknown: its inputs have to be read")
    sha256, read_at = inputs.sha256(), inputs.read_at or now
    if known:
        r = t.revisions.c
        here = (r.source == source, r.sequence_id == listed.id, r.revision == known)
        current = connection.execute(sa.select(r.inputs_sha256, r.read_at).where(*here)).one()
        if overtaken(current.read_at, read_at):
            return known, False
        if current.inputs_sha256 == sha256:
            connection.execute(
                t.revisions.update().where(*here).values(detections_count=listed.detections_count, read_at=read_at)
            )
            return known, False
    revision = known + 1
    stored = [frame for frame in inputs.frames.values() if frame is not None]
    upsert(
        connection,
        t.frames,
        [{"sha256": frame.sha256, "size": frame.size, "flag": frame.flag, "stored_at": now} for frame in stored],
        update=[],
    )
    save_profiles(connection, inputs.profiles, now=now)
    connection.execute(
        t.revisions.insert(),
        {
            "source": source,
            "sequence_id": listed.id,
            "revision": revision,
            "inputs_sha256": sha256,
            "detections_count": listed.detections_count,
            "frames_missing": inputs.frames_missing,
            "read_at": read_at,
        },
    )
    connection.execute(
        t.detections.insert(),
        [
            _detection_row(row, inputs) | {"source": source, "sequence_id": listed.id, "revision": revision}
            for row in inputs.detections
        ],
    )
    return revision, True


def _detection_row(detection: Detection, inputs: Inputs) -> dict[str, Any]:
    frame = inputs.frames[detection.bucket_key]
    row = {name: getattr(detection, name) for name in _DETECTION}  # asdict copies deeply, at ten times the cost
    return row | {"frame_sha256": frame.sha256 if frame else None}


def _save_outcome(
    connection: Connection, source: str, listed: ListedSequence, known: int, now: datetime
) -> tuple[int, bool]:
    if known:
        o = t.outcomes.c
        here = (o.source == source, o.sequence_id == listed.id, o.outcome == known)
        row = connection.execute(sa.select(*(o[name] for name in OUTCOME), o.observed_at).where(*here)).one()
        if Outcome(*row[:-1]) == listed.outcome or overtaken(row.observed_at, now):
            return known, False
    values = asdict(listed.outcome) | {"source": source, "sequence_id": listed.id, "outcome": known + 1}
    connection.execute(t.outcomes.insert(), values | {"observed_at": now})
    return known + 1, True
