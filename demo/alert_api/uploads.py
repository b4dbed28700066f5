"""How an upload becomes rows and sequences (alert-api contract, "How rows arise")."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, insert, or_, select, update

from demo.alert_api import bboxes
from demo.alert_api.services import Services
from demo.alert_api.tables import cameras, detections, sequences

RELAXATION = timedelta(hours=2)
"""How long after its last real detection a sequence can still be joined."""
ORPHAN_AGE = timedelta(minutes=5)
ORPHANS_FOR_A_SEQUENCE = 3
CONTINUITY_AGE = timedelta(seconds=120)
TERMINAL = ("window_exhausted", "failed")


@dataclass(frozen=True)
class Upload:
    """One checked upload of a camera; `boxes` are box texts, `crop_keys` one per box, `recorded_at` aware UTC."""

    camera_id: int
    pose: Row[Any]
    boxes: Sequence[str]
    bucket_key: str
    crop_keys: Sequence[str | None]
    recorded_at: datetime | None


def object_key(camera_id: int, received_at: datetime, content: bytes, prefix: str = "") -> str:
    """`{camera_id}-{YYYYmmddHHMMSS}-{sha256[:8]}{ext}`: the same bytes in the same second give the same key."""
    extension = ".jpg" if content[:3] == b"\xff\xd8\xff" else ".png" if content[:8] == b"\x89PNG\r\n\x1a\n" else ""
    return f"{prefix}{camera_id}-{received_at:%Y%m%d%H%M%S}-{hashlib.sha256(content).hexdigest()[:8]}{extension}"


def keeps_nothing(connection: Connection, services: Services, pose_id: int, boxes: Sequence[str]) -> bool:
    """Whether an upload leaves no row: no box, and no sequence of the pose seen within the last 120 s."""
    return not boxes and not _continued(connection, services.clock.now(), pose_id, set())


def record(connection: Connection, services: Services, upload: Upload) -> int:
    """Store the upload's rows, join or start sequences, continue the others; gives the first row's id.

    A row per box, then a continuity row (bbox `[]`) per sequence of the pose seen lately and not touched.
    """
    rows: list[int] = []
    touched: set[int] = set()
    for index, box in enumerate(upload.boxes):
        others = [other for place, other in enumerate(upload.boxes) if place != index]
        row_id, created_at = _add_row(
            connection,
            services,
            upload,
            bbox=bboxes.join([box]),
            others_bboxes=bboxes.join(others) if others else None,
            crop_bucket_key=upload.crop_keys[index],
        )
        rows.append(row_id)
        sequence_id = _join(connection, upload, row_id, created_at, bboxes.parse(box))
        if sequence_id is None:
            sequence_id = _start(connection, upload, created_at, bboxes.parse(box))
        if sequence_id is not None:
            touched.add(sequence_id)
    for sequence_id in _continued(connection, services.clock.now(), upload.pose.id, touched):
        rows.append(_add_row(connection, services, upload, bbox="[]", sequence_id=sequence_id)[0])
        touched.add(sequence_id)
    _mark_due(connection, touched, services.clock.now())
    return rows[0]


def _add_row(
    connection: Connection, services: Services, upload: Upload, **values: str | int | None
) -> tuple[int, datetime]:
    created_at = services.receipts.stamp()
    row_id = connection.execute(
        insert(detections)
        .values(
            camera_id=upload.camera_id,
            pose_id=upload.pose.id,
            bucket_key=upload.bucket_key,
            created_at=created_at,
            recorded_at=upload.recorded_at or created_at,
            **values,
        )
        .returning(detections.c.id)
    ).scalar_one()
    return int(row_id), created_at


def _join(connection: Connection, upload: Upload, row_id: int, created_at: datetime, box: bboxes.Box) -> int | None:
    candidates = connection.execute(
        select(sequences)
        .where(sequences.c.camera_id == upload.camera_id, sequences.c.pose_id == upload.pose.id)
        .where(sequences.c.last_seen_at > created_at - RELAXATION)
        .order_by(sequences.c.last_seen_at.desc())
    )
    for candidate in candidates.all():
        last = _last_real_box(connection, candidate.id)
        if last is not None and bboxes.touch(last, box):
            connection.execute(update(detections).where(detections.c.id == row_id).values(sequence_id=candidate.id))
            connection.execute(
                update(sequences)
                .where(sequences.c.id == candidate.id)
                .values(last_seen_at=created_at, max_conf=max(candidate.max_conf or 0.0, box[4]))
            )
            return int(candidate.id)
    return None


def _last_real_box(connection: Connection, sequence_id: int) -> bboxes.Box | None:
    text = connection.execute(
        select(detections.c.bbox)
        .where(detections.c.sequence_id == sequence_id, detections.c.bbox != "[]")
        .order_by(detections.c.created_at.desc())
        .limit(1)
    ).scalar_one_or_none()
    return None if text is None else bboxes.first(text)


def _start(connection: Connection, upload: Upload, created_at: datetime, box: bboxes.Box) -> int | None:
    orphans = connection.execute(
        select(detections.c.id, detections.c.bbox, detections.c.created_at)
        .where(detections.c.camera_id == upload.camera_id, detections.c.pose_id == upload.pose.id)
        .where(detections.c.sequence_id.is_(None), detections.c.created_at > created_at - ORPHAN_AGE)
        .order_by(detections.c.created_at)
    )
    near = [(row, other) for row in orphans if (other := bboxes.first(row.bbox)) and bboxes.touch(other, box)]
    if len(near) < ORPHANS_FOR_A_SEQUENCE:
        return None
    earliest, first_box = near[0]
    view = connection.execute(select(cameras.c.angle_of_view).where(cameras.c.id == upload.camera_id)).scalar_one()
    centre = (first_box[0] + first_box[2]) / 2
    sequence_id = connection.execute(
        insert(sequences)
        .values(
            camera_id=upload.camera_id,
            pose_id=upload.pose.id,
            camera_azimuth=upload.pose.azimuth,
            sequence_azimuth=round((upload.pose.azimuth + view * (centre - 0.5)) % 360, 1),
            cone_angle=round(view * (first_box[2] - first_box[0]), 1),
            started_at=earliest.created_at,
            last_seen_at=created_at,
            max_conf=max(other[4] for _, other in near),
        )
        .returning(sequences.c.id)
    ).scalar_one()
    connection.execute(
        update(detections).where(detections.c.id.in_([row.id for row, _ in near])).values(sequence_id=sequence_id)
    )
    return int(sequence_id)


def _continued(connection: Connection, now: datetime, pose_id: int, touched: set[int]) -> list[int]:
    found = connection.execute(
        select(sequences.c.id)
        .where(sequences.c.pose_id == pose_id, sequences.c.last_seen_at >= now - CONTINUITY_AGE)
        .order_by(sequences.c.id)
    )
    return [row.id for row in found if row.id not in touched]


def _mark_due(connection: Connection, touched: set[int], now: datetime) -> None:
    connection.execute(
        update(sequences)
        .where(sequences.c.id.in_(touched), sequences.c.is_validated.is_(False))
        .where(or_(sequences.c.validation_status.is_(None), sequences.c.validation_status.not_in(TERMINAL)))
        .values(validation_due_at=func.coalesce(sequences.c.validation_due_at, now))
    )
