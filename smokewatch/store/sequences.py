"""Sequences in the catalog: inputs by revision, outcomes by date."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from smokewatch.domain.detections import Detection, in_creation_order
from smokewatch.domain.sequences import FrameFlag, KnownSequence, ListedSequence, Outcome
from smokewatch.store import tables as t
from smokewatch.store.catalog import upsert

_CHUNK = 500  # ids in one IN list


@dataclass(frozen=True, slots=True)
class StoredFrame:
    """A frame whose bytes are durable."""

    sha256: str
    size: int
    flag: FrameFlag | None


@dataclass(frozen=True, slots=True)
class Inputs:
    """What was read of one sequence: its rows, and each distinct key's frame (None: its bytes could not be had)."""

    detections: Sequence[Detection]
    frames: Mapping[str, StoredFrame | None]

    def sha256(self) -> str:
        """Hex digest over every row and every frame's content, independent of the order of reading."""
        rows = [
            {
                **_detection_row(row, self),
                "created_at": row.created_at.isoformat(),
                "recorded_at": row.recorded_at.isoformat(),
            }
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


@dataclass(frozen=True, slots=True)
class StoredSequence:
    """A sequence at its current revision and outcome. Times are aware UTC."""

    source: str
    id: int
    organization_id: int
    organization_name: str
    camera_id: int
    camera_name: str
    started_at: datetime
    revision: int
    outcome_number: int
    outcome: Outcome
    detections: tuple[Detection, ...]
    frame_sha256s: Mapping[str, str | None]
    """Distinct bucket key -> SHA-256 of its bytes, None where they could not be had."""

    @property
    def key(self) -> str:
        """``<source>_<id>``, e.g. ``alert-api_12``."""
        return f"{self.source}_{self.id}"


_FACTS = ("camera_id", "pose_id", "camera_azimuth", "sequence_azimuth", "cone_angle", "started_at")
_OUTCOME = tuple(Outcome.__dataclass_fields__)


def known_sequences(connection: Connection, source: str, ids: Iterable[int]) -> dict[int, KnownSequence]:
    """What is remembered of these sequences; unknown ones are left out."""
    query = sa.select(
        t.sequences.c.id,
        *(t.sequences.c[name] for name in _FACTS),
        *(t.outcomes.c[name] for name in _OUTCOME),
        t.revisions.c.detections_count,
        t.revisions.c.frames_missing,
    ).select_from(_current())
    return {
        row["id"]: KnownSequence(
            ListedSequence(
                id=row["id"],
                detections_count=row["detections_count"],
                outcome=Outcome(**{name: row[name] for name in _OUTCOME}),
                **{name: row[name] for name in _FACTS},
            ),
            row["frames_missing"],
        )
        for chunk in _chunks(ids)
        for row in connection.execute(
            query.where(t.sequences.c.source == source, t.sequences.c.id.in_(chunk))
        ).mappings()
    }


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

    Changed inputs make a new revision, a changed outcome a new dated outcome; nothing is overwritten.

    Args:
        connection: a write transaction.
        source: the server's name.
        listed: its listing row.
        organization_id: through its camera.
        inputs: what was read, None when nothing had to be read (the sequence is known).
        now: aware UTC.
    """
    here = (t.sequences.c.source == source, t.sequences.c.id == listed.id)
    known = connection.execute(sa.select(t.sequences.c.revision, t.sequences.c.outcome).where(*here)).one_or_none()
    revision, revised = (
        (known.revision, False)
        if inputs is None and known is not None
        else _save_inputs(connection, source, listed, inputs, known.revision if known else 0, now)
    )
    outcome, outcome_changed = _save_outcome(connection, source, listed, known.outcome if known else 0, now)
    facts = {name: getattr(listed, name) for name in _FACTS} | {
        "organization_id": organization_id,
        "revision": revision,
        "outcome": outcome,
    }
    row = {"source": source, "id": listed.id, "imported_at": now, **facts}
    upsert(connection, t.sequences, [row], update=list(facts))
    connection.execute(t.skips.delete().where(t.skips.c.source == source, t.skips.c.sequence_id == listed.id))
    return Change(
        new=known is None,
        revised=known is not None and revised,
        outcome=known is not None and outcome_changed,
    )


def known_frames(connection: Connection, source: str, sequence_id: int) -> dict[str, StoredFrame]:
    """The frames of a sequence's current revision by bucket key, those without bytes left out."""
    s, d, f = t.sequences.c, t.detections.c, t.frames.c
    rows = connection.execute(
        sa.select(d.bucket_key, f.sha256, f.size, f.flag)
        .join_from(
            t.sequences,
            t.detections,
            (d.source == s.source) & (d.sequence_id == s.id) & (d.revision == s.revision),
        )
        .join(t.frames, f.sha256 == d.frame_sha256)
        .where(s.source == source, s.id == sequence_id)
    )
    return {
        row.bucket_key: StoredFrame(row.sha256, row.size, FrameFlag(row.flag) if row.flag else None) for row in rows
    }


def skip_sequence(
    connection: Connection, source: str, sequence_id: int, *, reason: str, detail: str, run_id: str, now: datetime
) -> None:
    """Record why a sequence was not imported; a later import that succeeds removes it."""
    row = {"source": source, "sequence_id": sequence_id, "reason": reason, "detail": detail}
    upsert(connection, t.skips, [row | {"run_id": run_id, "skipped_at": now}])


def load_sequences(
    connection: Connection, *, first_day: date, last_day: date, ids: Sequence[int] | None = None
) -> list[StoredSequence]:
    """Sequences that started within UTC days, both included, by start time; their rows in creation order."""
    start = datetime.combine(first_day, time(), UTC)
    end = datetime.combine(last_day, time(), UTC) + timedelta(days=1)
    chosen = [t.sequences.c.started_at >= start, t.sequences.c.started_at < end]
    if ids is not None:
        chosen.append(t.sequences.c.id.in_(ids))
    rows = connection.execute(
        sa.select(
            *(t.sequences.c[name] for name in ("source", "id", "organization_id", "camera_id", "started_at")),
            t.sequences.c.revision,
            t.sequences.c.outcome.label("outcome_number"),
            *(t.outcomes.c[name] for name in _OUTCOME),
            t.organizations.c.name.label("organization_name"),
            t.cameras.c.name.label("camera_name"),
        )
        .select_from(_current())
        .outerjoin(
            t.organizations,
            (t.organizations.c.source == t.sequences.c.source)
            & (t.organizations.c.id == t.sequences.c.organization_id),
        )
        .outerjoin(
            t.cameras,
            (t.cameras.c.source == t.sequences.c.source) & (t.cameras.c.id == t.sequences.c.camera_id),
        )
        .where(*chosen)
        .order_by(t.sequences.c.started_at, t.sequences.c.source, t.sequences.c.id)
    ).mappings()
    found = list(rows)
    detections = _load_detections(connection, chosen)
    return [_stored(row, detections.get((row["source"], row["id"]), [])) for row in found]


def _current() -> sa.Join:
    """Sequences joined to their current outcome and revision."""
    s, o, r = t.sequences.c, t.outcomes.c, t.revisions.c
    return t.sequences.join(
        t.outcomes, (o.source == s.source) & (o.sequence_id == s.id) & (o.outcome == s.outcome)
    ).join(t.revisions, (r.source == s.source) & (r.sequence_id == s.id) & (r.revision == s.revision))


def _load_detections(
    connection: Connection, chosen: list[sa.ColumnElement[bool]]
) -> dict[tuple[str, int], list[tuple[Detection, str | None]]]:
    s, d = t.sequences.c, t.detections.c
    rows = connection.execute(
        sa.select(*(d[name] for name in Detection.__dataclass_fields__), d.source, d.frame_sha256)
        .join_from(
            t.sequences,
            t.detections,
            (d.source == s.source) & (d.sequence_id == s.id) & (d.revision == s.revision),
        )
        .where(*chosen)
        .order_by(d.created_at, d.id)
    )
    found: dict[tuple[str, int], list[tuple[Detection, str | None]]] = {}
    fields = len(Detection.__dataclass_fields__)
    for row in rows:
        detection = Detection(*row[:fields])
        found.setdefault((row[fields], row.sequence_id), []).append((detection, row[fields + 1]))
    return found


def _stored(row: RowMapping, detections: list[tuple[Detection, str | None]]) -> StoredSequence:
    return StoredSequence(
        source=row["source"],
        id=row["id"],
        organization_id=row["organization_id"],
        organization_name=row["organization_name"] or f"org-{row['organization_id']}",
        camera_id=row["camera_id"],
        camera_name=row["camera_name"] or f"camera-{row['camera_id']}",
        started_at=row["started_at"],
        revision=row["revision"],
        outcome_number=row["outcome_number"],
        outcome=Outcome(**{name: row[name] for name in _OUTCOME}),
        detections=tuple(detection for detection, _ in detections),
        frame_sha256s={detection.bucket_key: sha256 for detection, sha256 in detections},
    )


def _save_inputs(
    connection: Connection, source: str, listed: ListedSequence, inputs: Inputs | None, known: int, now: datetime
) -> tuple[int, bool]:
    if inputs is None:
        raise ValueError(f"sequence {listed.id} is unknown: its inputs have to be read")
    sha256 = inputs.sha256()
    here = (t.revisions.c.source == source, t.revisions.c.sequence_id == listed.id, t.revisions.c.revision == known)
    same = connection.execute(sa.select(t.revisions.c.inputs_sha256).where(*here)).scalar() == sha256
    if same:
        connection.execute(
            t.revisions.update().where(*here).values(detections_count=listed.detections_count, read_at=now)
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
    connection.execute(
        t.revisions.insert(),
        {
            "source": source,
            "sequence_id": listed.id,
            "revision": revision,
            "inputs_sha256": sha256,
            "detections_count": listed.detections_count,
            "frames_missing": inputs.frames_missing,
            "read_at": now,
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
    return asdict(detection) | {"frame_sha256": frame.sha256 if frame else None}


def _save_outcome(
    connection: Connection, source: str, listed: ListedSequence, known: int, now: datetime
) -> tuple[int, bool]:
    o = t.outcomes.c
    columns = [o[name] for name in _OUTCOME]
    here = (o.source == source, o.sequence_id == listed.id, o.outcome == known)
    row = connection.execute(sa.select(*columns).where(*here)).one_or_none()
    if row is not None and Outcome(*row) == listed.outcome:
        return known, False
    values = asdict(listed.outcome) | {"source": source, "sequence_id": listed.id, "outcome": known + 1}
    connection.execute(t.outcomes.insert(), values | {"observed_at": now})
    return known + 1, True


def _chunks(ids: Iterable[int]) -> Iterator[list[int]]:
    every = list(ids)
    for start in range(0, len(every), _CHUNK):
        yield every[start : start + _CHUNK]
