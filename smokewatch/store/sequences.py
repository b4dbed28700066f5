"""Sequences in the catalog: inputs by revision, outcomes by date."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from smokewatch.domain.detections import Detection
from smokewatch.domain.sequences import FrameFlag, KnownSequence, ListedSequence, Outcome
from smokewatch.store import tables as t
from smokewatch.store.catalog import in_chunks
from smokewatch.store.frames import StoredFrame


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


FACTS = ("camera_id", "pose_id", "camera_azimuth", "sequence_azimuth", "cone_angle", "started_at")
OUTCOME = tuple(Outcome.__dataclass_fields__)


def known_sequences(connection: Connection, source: str, ids: Iterable[int]) -> dict[int, KnownSequence]:
    """What is remembered of these sequences; unknown ones are left out."""
    query = sa.select(
        t.sequences.c.id,
        *(t.sequences.c[name] for name in FACTS),
        *(t.outcomes.c[name] for name in OUTCOME),
        t.revisions.c.detections_count,
        t.revisions.c.frames_missing,
        t.sequences.c.deleted_at,
    ).select_from(_current())
    return {
        row["id"]: KnownSequence(
            ListedSequence(
                id=row["id"],
                detections_count=row["detections_count"],
                outcome=Outcome(**{name: row[name] for name in OUTCOME}),
                **{name: row[name] for name in FACTS},
            ),
            row["frames_missing"],
            row["deleted_at"] is not None,
        )
        for chunk in in_chunks(ids)
        for row in connection.execute(
            query.where(t.sequences.c.source == source, t.sequences.c.id.in_(chunk))
        ).mappings()
    }


def known_frames(connection: Connection, source: str, sequence_id: int) -> dict[str, StoredFrame]:
    """The frames of a sequence's current revision by bucket key, those without bytes left out.

    Should rows disagree on a key's bytes, the newest is right, as in `load_sequences`.
    """
    s, d, f = t.sequences.c, t.detections.c, t.frames.c
    rows = connection.execute(
        sa.select(d.bucket_key, f.sha256, f.size, f.flag)
        .join_from(t.sequences, t.detections, current_rows())
        .join(t.frames, f.sha256 == d.frame_sha256)
        .where(s.source == source, s.id == sequence_id)
        .order_by(d.created_at, d.id)
    )
    return {
        row.bucket_key: StoredFrame(row.sha256, row.size, FrameFlag(row.flag) if row.flag else None) for row in rows
    }


def sequences_started(connection: Connection, source: str, day: date) -> dict[int, int]:
    """Sequence id -> organization id of those that started on a UTC day and are not known to be deleted."""
    s = t.sequences.c
    rows = connection.execute(
        sa.select(s.id, s.organization_id).where(
            s.source == source, s.deleted_at.is_(None), *started_within(s.started_at, day, day)
        )
    )
    return {row.id: row.organization_id for row in rows}


def newest_id(connection: Connection, source: str) -> int | None:
    """The highest sequence id of a source, None when nothing is stored of it."""
    s = t.sequences.c
    found: int | None = connection.scalar(sa.select(sa.func.max(s.id)).where(s.source == source))
    return found


def skipped_ids(connection: Connection, source: str, reasons: Iterable[str]) -> list[int]:
    """The sequences that were last skipped for one of these reasons, newest first."""
    k = t.skips.c
    return list(
        connection.scalars(
            sa.select(k.sequence_id)
            .where(k.source == source, k.reason.in_(list(reasons)))
            .order_by(k.sequence_id.desc())
        )
    )


def known_organizations(connection: Connection, source: str) -> dict[int, str]:
    """Organization id -> name."""
    o = t.organizations.c
    return {row.id: row.name for row in connection.execute(sa.select(o.id, o.name).where(o.source == source))}


def known_cameras(connection: Connection, source: str) -> dict[int, int]:
    """Camera id -> organization id."""
    c = t.cameras.c
    rows = connection.execute(sa.select(c.id, c.organization_id).where(c.source == source))
    return {row.id: row.organization_id for row in rows}


def started_within(column: sa.Column[datetime], first_day: date, last_day: date) -> list[sa.ColumnElement[bool]]:
    """The conditions that a time lies within UTC days, both included."""
    start = datetime.combine(first_day, time(), UTC)
    return [column >= start, column < datetime.combine(last_day, time(), UTC) + timedelta(days=1)]


def current_rows() -> sa.ColumnElement[bool]:
    """Joins detections to their sequence's current revision."""
    s, d = t.sequences.c, t.detections.c
    return (d.source == s.source) & (d.sequence_id == s.id) & (d.revision == s.revision)


def load_sequences(
    connection: Connection, *, first_day: date, last_day: date, ids: Sequence[int] | None = None
) -> list[StoredSequence]:
    """Sequences that started within UTC days, both included, by start time; their rows in creation order."""
    chosen = started_within(t.sequences.c.started_at, first_day, last_day)
    if ids is not None:
        chosen.append(t.sequences.c.id.in_(ids))
    rows = connection.execute(
        sa.select(
            *(t.sequences.c[name] for name in ("source", "id", "organization_id", "camera_id", "started_at")),
            t.sequences.c.revision,
            t.sequences.c.outcome.label("outcome_number"),
            *(t.outcomes.c[name] for name in OUTCOME),
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
    d = t.detections.c
    rows = connection.execute(
        sa.select(*(d[name] for name in Detection.__dataclass_fields__), d.source, d.frame_sha256)
        .join_from(t.sequences, t.detections, current_rows())
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
        outcome=Outcome(**{name: row[name] for name in OUTCOME}),
        detections=tuple(detection for detection, _ in detections),
        frame_sha256s={detection.bucket_key: sha256 for detection, sha256 in detections},
    )
