"""Frame profiles in the catalog: one a content and decoder, and which frames repeat the one before."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy.engine import Connection, RowMapping

from smokewatch.domain.profiles import VALUES, Basis, Channel, FrameProfile, Undecodable, UndecodableReason
from smokewatch.errors import StorageError
from smokewatch.store import tables as t
from smokewatch.store.catalog import in_chunks, upsert

_COUNT = np.dtype("<u4")
_IS_PROFILED = sa.select(t.frame_profiles.c.sha256).where(  # asked once a frame
    t.frame_profiles.c.sha256 == sa.bindparam("content"), t.frame_profiles.c.decoder == sa.bindparam("by")
)


@dataclass(frozen=True, slots=True)
class RepeatedFrame:
    """A frame whose bytes are those of the camera's frame before it: the camera is stuck, or sent it twice."""

    source: str
    camera_id: int
    bucket_key: str
    previous_key: str
    sha256: str
    seen_at: datetime
    """Receipt by production, aware UTC."""


def save_profiles(connection: Connection, profiles: Mapping[str, FrameProfile | Undecodable], *, now: datetime) -> None:
    """Keep profiles by the frame's SHA-256, whose row exists; the first one by a decoder stays."""
    # In one order everywhere: importers that add the same profiles wait for each other, and never in a circle.
    rows = [_row(sha256, profiles[sha256]) | {"profiled_at": now} for sha256 in sorted(profiles)]
    upsert(connection, t.frame_profiles, rows, update=[])


def load_profiles(
    connection: Connection, sha256s: Iterable[str], *, decoder: str
) -> dict[str, FrameProfile | Undecodable]:
    """What a decoder made of these frames; those it has not seen are left out.

    Raises:
        StorageError: when a stored profile is damaged.
    """
    p = t.frame_profiles.c
    return {
        row["sha256"]: _profiled(row)
        for chunk in in_chunks(sha256s)
        for row in connection.execute(
            sa.select(t.frame_profiles).where(p.sha256.in_(chunk), p.decoder == decoder)
        ).mappings()
    }


def is_profiled(connection: Connection, sha256: str, *, decoder: str) -> bool:
    """Whether a decoder has seen this content."""
    return connection.execute(_IS_PROFILED, {"content": sha256, "by": decoder}).first() is not None


def frames_to_profile(connection: Connection, *, first_day: date, last_day: date, decoder: str) -> list[str]:
    """SHA-256s, ascending, of frames that a decoder has not seen, of sequences that started within UTC days."""
    sha256, p = t.detections.c.frame_sha256, t.frame_profiles.c
    rows = connection.execute(
        sa.select(sha256)
        .join_from(t.sequences, t.detections, _CURRENT_ROWS)
        .outerjoin(t.frame_profiles, (p.sha256 == sha256) & (p.decoder == decoder))
        .where(_started_within(first_day, last_day), sha256.is_not(None), p.sha256.is_(None))
        .distinct()
        .order_by(sha256)
    )
    return [row.frame_sha256 for row in rows]


def repeated_frames(connection: Connection, *, first_day: date, last_day: date) -> list[RepeatedFrame]:
    """Frames of sequences that started within UTC days, both included, that repeat the camera's frame before.

    Asked, not stored: which frame is the one before depends on every sequence of the camera, late rows included.
    Frames are told apart by bucket key, in order of receipt; one without bytes repeats nothing and is not repeated.
    """
    s, d = t.sequences.c, t.detections.c
    here = sa.func.max(sa.case((s.started_at >= _start(first_day), 1), else_=0))
    # A frame belongs to every sequence that it shows; the one before a day's first frame may be the day before's.
    frames = (
        sa.select(
            *(d.source, d.camera_id, d.bucket_key),
            sa.func.max(d.frame_sha256).label("sha256"),
            sa.func.min(d.created_at).label("seen_at"),
            here.label("here"),
        )
        .join_from(t.sequences, t.detections, _CURRENT_ROWS)
        .where(_started_within(first_day - timedelta(days=1), last_day))
        .group_by(d.source, d.camera_id, d.bucket_key)
        .subquery()
    )
    order: dict[str, Any] = {
        "partition_by": (frames.c.source, frames.c.camera_id),
        "order_by": (frames.c.seen_at, frames.c.bucket_key),
    }
    beside = sa.select(
        frames,
        sa.func.lag(frames.c.sha256).over(**order).label("previous_sha256"),
        sa.func.lag(frames.c.bucket_key).over(**order).label("previous_key"),
    ).subquery()
    rows = connection.execute(
        sa.select(*(beside.c[name] for name in RepeatedFrame.__dataclass_fields__))
        .where(beside.c.sha256 == beside.c.previous_sha256, beside.c.here == 1)
        .order_by(beside.c.source, beside.c.camera_id, beside.c.seen_at, beside.c.bucket_key)
    )
    return [RepeatedFrame(*row) for row in rows]


_CURRENT_ROWS = (
    (t.detections.c.source == t.sequences.c.source)
    & (t.detections.c.sequence_id == t.sequences.c.id)
    & (t.detections.c.revision == t.sequences.c.revision)
)


def _started_within(first_day: date, last_day: date) -> sa.ColumnElement[bool]:
    started = t.sequences.c.started_at
    return (started >= _start(first_day)) & (started < _start(last_day) + timedelta(days=1))


def _start(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _row(sha256: str, profiled: FrameProfile | Undecodable) -> dict[str, Any]:
    row: dict[str, Any] = {"sha256": sha256, "mode": profiled.mode}
    if isinstance(profiled, Undecodable):
        facts = {"decoder": profiled.decoder, "width": profiled.width, "height": profiled.height}
        return row | facts | {"histograms": None, "undecodable": profiled.reason, "detail": profiled.detail}
    basis = {"decoder": profiled.basis.decoder, "width": profiled.basis.width, "height": profiled.basis.height}
    return row | basis | {"histograms": _packed(profiled.counts), "undecodable": None, "detail": None}


def _profiled(row: RowMapping) -> FrameProfile | Undecodable:
    width, height, mode = row["width"], row["height"], row["mode"]
    if row["undecodable"] is not None:
        reason = UndecodableReason(row["undecodable"])
        return Undecodable(reason, row["detail"], row["decoder"], width, height, mode)
    try:
        return FrameProfile(basis=Basis(row["decoder"], width, height), counts=_unpacked(row["histograms"]), mode=mode)
    except (zlib.error, ValueError) as error:
        raise StorageError(
            f"catalog, profile of frame {row['sha256']} is damaged ({error}): delete its row, import its day again"
        ) from error


def _packed(counts: NDArray[np.int64]) -> bytes:
    """uint32 little-endian, all lowest bytes first, then the next ones...: a quarter smaller than value by value."""
    values = np.ascontiguousarray(counts, _COUNT).view(np.uint8).reshape(-1, _COUNT.itemsize)
    return zlib.compress(values.T.tobytes(), 6)


def _unpacked(packed: bytes) -> NDArray[np.int64]:
    planes = np.frombuffer(zlib.decompress(packed), np.uint8).reshape(_COUNT.itemsize, -1)
    return np.ascontiguousarray(planes.T).view(_COUNT).reshape(len(Channel), VALUES).astype(np.int64)
