"""Detection rows as alert-api answers them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from smokewatch.domain.boxes import Box, first_box
from smokewatch.domain.fields import Fields
from smokewatch.errors import shown


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
        fields = Fields(row, f"detection {shown(row.get('id'))}")
        created_at = fields.time("created_at")
        return cls(
            id=fields.integer("id"),
            camera_id=fields.integer("camera_id"),
            pose_id=fields.integer_or_none("pose_id"),
            sequence_id=fields.integer_or_none("sequence_id"),
            bucket_key=fields.key("bucket_key"),
            bbox=fields.text("bbox"),
            others_bboxes=fields.text_or_none("others_bboxes"),
            created_at=created_at,
            recorded_at=created_at if row.get("recorded_at") is None else fields.time("recorded_at"),
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
