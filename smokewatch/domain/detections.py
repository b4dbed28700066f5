"""Detection rows as alert-api answers them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from smokewatch.domain.boxes import Box, first_box
from smokewatch.domain.times import parse_utc
from smokewatch.errors import MalformedRowError


@dataclass(frozen=True, slots=True)
class Detection:
    """One row of alert-api's detections: one box (or none) on one frame.

    Several rows may share a ``bucket_key`` (one upload with several boxes, or equal bytes in one second); a
    continuity row has ``bbox`` ``[]``. ``bbox`` and ``others_bboxes`` are kept as the text that was received.
    ``created_at`` is the server's receipt, which orders rows; ``recorded_at`` is the camera's capture time and may
    run differently. Both are aware UTC.
    """

    id: int
    camera_id: int
    pose_id: int | None
    sequence_id: int | None
    bucket_key: str
    bbox: str
    others_bboxes: str | None
    created_at: datetime
    recorded_at: datetime

    @classmethod
    def from_alert_api(cls, row: Mapping[str, Any]) -> Detection:
        """Read a row of ``GET /sequences/{id}/detections`` (contracts/alert-api, "Fields").

        A malformed ``bbox`` is kept as it is, as production keeps it. Servers older than ``recorded_at`` leave it
        out: then it equals ``created_at``.

        Raises:
            MalformedRowError: when a field that every server sends is missing or has another type.
        """
        identity = row.get("id")
        where = f"detection {identity!r}"
        created_at = parse_utc(row.get("created_at"), where=f"{where}, created_at")
        recorded = row.get("recorded_at")
        return cls(
            id=_integer(identity, where, "id"),
            camera_id=_integer(row.get("camera_id"), where, "camera_id"),
            pose_id=_optional_integer(row.get("pose_id"), where, "pose_id"),
            sequence_id=_optional_integer(row.get("sequence_id"), where, "sequence_id"),
            bucket_key=_key(row.get("bucket_key"), where),
            bbox=_text(row.get("bbox"), where, "bbox"),
            others_bboxes=None
            if row.get("others_bboxes") is None
            else _text(row["others_bboxes"], where, "others_bboxes"),
            created_at=created_at,
            recorded_at=created_at if recorded is None else parse_utc(recorded, where=f"{where}, recorded_at"),
        )

    @property
    def box(self) -> Box | None:
        """The row's first box as production reads it, None for a continuity row or a malformed text."""
        return first_box(self.bbox)


def in_creation_order(detections: Iterable[Detection]) -> list[Detection]:
    """Rows as production reads them: by receipt. It has no tie-break; ids, given out in order of receipt, are ours."""
    return sorted(detections, key=lambda row: (row.created_at, row.id))


def distinct_keys(detections: Iterable[Detection]) -> list[str]:
    """The frames of rows in order of first appearance: one entry a bucket key."""
    return list(dict.fromkeys(row.bucket_key for row in detections))


def _integer(value: object, where: str, field: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise MalformedRowError(f"{where}, {field}: expected an integer, got {value!r}")
    return value


def _optional_integer(value: object, where: str, field: str) -> int | None:
    return None if value is None else _integer(value, where, field)


def _text(value: object, where: str, field: str) -> str:
    if not isinstance(value, str):
        raise MalformedRowError(f"{where}, {field}: expected text, got {value!r}")
    return value


def _key(value: object, where: str) -> str:
    key = _text(value, where, "bucket_key")
    if not key or "://" in key:
        raise MalformedRowError(f"{where}, bucket_key: expected an object key, got {value!r}")
    return key
