"""Sequences as alert-api lists them: what they are (facts) and what production made of them (outcome)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from smokewatch.domain.fields import Fields
from smokewatch.errors import shown

GROWS_FOR = timedelta(hours=3)
"""A sequence seen more recently than this may still change: alert-api joins uploads within 2 h, plus margin."""


class SkipReason(StrEnum):
    """Why a listed sequence was not imported this time; it is tried again at the next import."""

    MALFORMED_ROW = "malformed_row"
    CAMERA_UNKNOWN = "camera_unknown"
    NO_DETECTIONS = "no_detections"
    SEQUENCE_VANISHED = "sequence_vanished"
    REQUEST_FAILED = "request_failed"
    FRAMES_FAILED = "frames_failed"
    FRAME_HOST_REFUSED = "frame_host_refused"


class FrameFlag(StrEnum):
    """What is odd about a frame that is kept all the same."""

    TRUNCATED_JPEG = "truncated_jpeg"
    NOT_JPEG = "not_jpeg"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What production decided and people said; it may change at any time without the inputs changing.

    ``temporal_model_score`` is the last score production wrote, a probability in [0, 1]; None means never scored,
    not low. ``is_validated`` is no proof of a model verdict (contracts/alert-api, "Fields").
    """

    is_wildfire: str | None
    temporal_model_score: float | None
    temporal_model_version: str | None
    temporal_api_version: str | None
    is_validated: bool | None
    max_conf: float | None
    last_seen_at: datetime


@dataclass(frozen=True, slots=True)
class ListedSequence:
    """A row of ``GET /sequences/all/fromdate``. Times are aware UTC, azimuths degrees clockwise from north."""

    id: int
    camera_id: int
    pose_id: int | None
    camera_azimuth: float | None
    sequence_azimuth: float | None
    cone_angle: float | None
    started_at: datetime
    detections_count: int | None
    """Rows, continuity included; None from servers that do not tell."""
    outcome: Outcome

    @classmethod
    def from_alert_api(cls, row: Mapping[str, Any]) -> ListedSequence:
        """Read a sequence row (contracts/alert-api, "Fields"); fields newer than the server may be missing.

        Raises:
            MalformedRowError: when a field has another type, or id, camera_id or a time is missing.
        """
        fields = Fields(row, f"sequence {shown(row.get('id'))}")
        validated = row.get("is_validated")
        return cls(
            id=fields.integer("id"),
            camera_id=fields.integer("camera_id"),
            pose_id=fields.integer_or_none("pose_id"),
            camera_azimuth=fields.number_or_none("camera_azimuth"),
            sequence_azimuth=fields.number_or_none("sequence_azimuth"),
            cone_angle=fields.number_or_none("cone_angle"),
            started_at=fields.time("started_at"),
            detections_count=fields.integer_or_none("detections_count"),
            outcome=Outcome(
                is_wildfire=fields.text_or_none("is_wildfire"),
                temporal_model_score=fields.number_or_none("temporal_model_score"),
                temporal_model_version=fields.text_or_none("temporal_model_version"),
                temporal_api_version=fields.text_or_none("temporal_api_version"),
                is_validated=validated if isinstance(validated, bool) else None,
                max_conf=fields.number_or_none("max_conf"),
                last_seen_at=fields.time("last_seen_at"),
            ),
        )


@dataclass(frozen=True, slots=True)
class KnownSequence:
    """What the store remembers of a sequence."""

    listed: ListedSequence
    """As last listed; ``detections_count`` as listed when the inputs were last read."""
    frames_missing: int
    """Frames whose bytes could not be had."""
    deleted: bool = False
    """Whether production deleted it; it is kept, and unmarked when it comes back."""


def must_read(known: KnownSequence | None, listed: ListedSequence, *, now: datetime) -> bool:
    """Whether a listed sequence's detections and frames have to be read (again).

    They have to when it is new, when its last reading lacked frames, when its rows or its last real detection
    changed, and as long as it may still grow. An unchanged sequence costs its listing row only.
    """
    if known is None or known.frames_missing:
        return True
    if listed.detections_count not in (None, known.listed.detections_count):
        return True
    return (
        listed.outcome.last_seen_at != known.listed.outcome.last_seen_at
        or now - listed.outcome.last_seen_at < GROWS_FOR
    )


def frame_flag(content: bytes) -> FrameFlag | None:
    """What is odd about a frame's bytes, told from JPEG markers alone: no image is decoded.

    A camera that lost power leaves a JPEG without its end marker; it is scored as it is, so it is replayed as it is.
    """
    if not content.startswith(b"\xff\xd8"):
        return FrameFlag.NOT_JPEG
    return None if content.rstrip(b"\x00").endswith(b"\xff\xd9") else FrameFlag.TRUNCATED_JPEG
