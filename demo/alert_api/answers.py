"""The shapes of alert-api's answers (alert-api contract, "Fields"); datetimes go out as naive UTC text."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, PlainSerializer


def naive_text(instant: datetime) -> str:
    """ISO text without an offset, meaning UTC; microseconds left out when they are zero."""
    return instant.astimezone(UTC).replace(tzinfo=None).isoformat()


UtcText = Annotated[datetime, PlainSerializer(naive_text, return_type=str)]
Label = Literal["wildfire_smoke", "other_smoke", "other"]
RiskClass = Literal["very_low", "low", "moderate", "high", "very_high", "extreme"]


class Login(BaseModel):
    access_token: str
    token_type: str


class TokenContent(BaseModel):
    sub: int
    scopes: list[str]
    organization_id: int


class Organization(BaseModel):
    id: int
    name: str
    slack_hook: str | None
    telegram_id: str | None


class Pose(BaseModel):
    id: int
    camera_id: int
    azimuth: float
    patrol_id: int | None
    active: bool


class PoseById(Pose):
    image: str | None
    image_url: str | None


class Camera(BaseModel):
    id: int
    organization_id: int
    name: str
    angle_of_view: float
    elevation: float
    lat: float
    lon: float
    is_trustable: bool
    last_active_at: UtcText | None
    last_image: str | None
    created_at: UtcText
    poses: list[Pose]
    last_image_url: str | None


class LabelledSequence(BaseModel):
    """A sequence as `PATCH label` answers it: without `detections_count`."""

    id: int
    camera_id: int
    pose_id: int | None
    camera_azimuth: float
    is_wildfire: str | None
    sequence_azimuth: float | None
    cone_angle: float | None
    started_at: UtcText
    last_seen_at: UtcText
    max_conf: float | None
    temporal_model_score: float | None
    temporal_model_version: str | None
    temporal_api_version: str | None
    is_validated: bool


class Sequence(LabelledSequence):
    detections_count: int


class SequenceLabel(BaseModel):
    """The body of `PATCH label`; null and booleans are refused."""

    is_wildfire: Label


class Detection(BaseModel):
    id: int
    camera_id: int
    pose_id: int
    sequence_id: int | None
    bucket_key: str
    crop_bucket_key: str | None
    bbox: str
    others_bboxes: str | None
    created_at: UtcText
    recorded_at: UtcText


class DetectionWithUrl(Detection):
    url: str
    crop_url: str | None


class DetectionUrl(BaseModel):
    url: str
    crop_url: str | None


class Alert(BaseModel):
    id: int
    organization_id: int
    lat: float | None
    lon: float | None
    started_at: UtcText
    last_seen_at: UtcText
    sequences: list[Sequence]
