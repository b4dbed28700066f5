"""The shapes of the annotation API's answers; datetimes go out as aware UTC text that ends in `Z`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel


class Login(BaseModel):
    access_token: str
    token_type: str


class Credentials(BaseModel):
    """The body of a login: JSON, no form."""

    username: str
    password: str


class Me(BaseModel):
    id: int
    username: str
    is_active: bool
    is_superuser: bool
    can_localize: bool


class Contributor(BaseModel):
    id: int
    username: str


class SequenceAnnotation(BaseModel):
    id: int
    sequence_id: int
    has_smoke: bool
    has_false_positives: bool
    false_positive_types: list[str]
    smoke_types: list[str]
    has_missed_smoke: bool
    is_unsure: bool
    annotation: dict[str, Any]
    processing_stage: str
    created_at: datetime
    updated_at: datetime | None
    contributors: list[Contributor]
    group_propagation_warning: str | None = None


class Sequence(BaseModel):
    azimuth: int | None
    id: int
    source_api: str
    alert_api_id: int
    created_at: datetime
    recorded_at: datetime
    last_seen_at: datetime
    camera_name: str
    camera_id: int
    lat: float
    lon: float
    is_wildfire_alertapi: str | None
    organisation_name: str
    organisation_id: int
    platform_alert_id: int
    sequence_group_id: int | None
    temporal_model_score: float | None
    temporal_model_version: str | None
    temporal_api_version: str | None
    is_manual: bool


class AnnotatedSequence(Sequence):
    """With its annotation, None when there is none."""

    annotation: SequenceAnnotation | None


class Detection(BaseModel):
    id: int
    sequence_id: int
    recorded_at: datetime
    alert_api_id: int
    bucket_key: str
    algo_predictions: dict[str, Any] | None
    others_bboxes: Any
    auto_predictions: dict[str, Any] | None
    created_at: datetime


class DetectionUrl(BaseModel):
    url: str


class Camera(BaseModel):
    id: int
    name: str


class Organization(BaseModel):
    id: int
    name: str


class SourceApi(BaseModel):
    id: str
    name: str


class AlertKey(BaseModel):
    """An alert's identity; `note` says why it is skipped."""

    source_api: str
    platform_alert_id: int
    note: str | None = None


class Skip(BaseModel):
    skipped_at: datetime
    skipped_by: str | None
    note: str | None


class BulkOutcome(BaseModel):
    sequence_id: int
    status: str
    reason: str | None = None
    annotation_id: int | None = None


class BulkResult(BaseModel):
    applied: list[BulkOutcome]
    skipped: list[BulkOutcome]
    group_label_updated: bool = False
