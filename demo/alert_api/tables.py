"""alert-api's tables (SQLAlchemy Core, SQLite). Times are aware UTC in Python and naive UTC in the file."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Float, ForeignKey, Integer, MetaData, String, Table

from demo.database import UtcDateTime

metadata = MetaData()

organizations = Table(
    "organizations",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String, nullable=False, unique=True),
    Column("slack_hook", String),
    Column("telegram_id", String),
    # Where the row lies on disk: PostgreSQL moves a row when it is updated, and the listing has no ORDER BY.
    Column("place", Integer, nullable=False),
)

users = Table(
    "users",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("organization_id", ForeignKey("organizations.id"), nullable=False),
    Column("login", String, nullable=False, unique=True),
    Column("password", String, nullable=False),
    Column("role", String, nullable=False),
)

cameras = Table(
    "cameras",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("organization_id", ForeignKey("organizations.id"), nullable=False),
    Column("name", String, nullable=False, unique=True),
    Column("angle_of_view", Float, nullable=False),
    Column("elevation", Float, nullable=False),
    Column("lat", Float, nullable=False),
    Column("lon", Float, nullable=False),
    Column("is_trustable", Boolean, nullable=False),
    Column("last_active_at", UtcDateTime),
    Column("last_image", String),
    Column("created_at", UtcDateTime, nullable=False),
)

poses = Table(
    "poses",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("camera_id", ForeignKey("cameras.id"), nullable=False),
    Column("azimuth", Float, nullable=False),
    Column("patrol_id", Integer),
    Column("active", Boolean, nullable=False),
    Column("image", String),
)

sequences = Table(
    "sequences",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("camera_id", ForeignKey("cameras.id"), nullable=False, index=True),
    Column("pose_id", ForeignKey("poses.id")),
    Column("camera_azimuth", Float, nullable=False),
    Column("is_wildfire", String),
    Column("sequence_azimuth", Float),
    Column("cone_angle", Float),
    Column("started_at", UtcDateTime, nullable=False),
    Column("last_seen_at", UtcDateTime, nullable=False),
    Column("max_conf", Float),
    Column("temporal_model_score", Float),
    Column("temporal_model_version", String(32)),
    Column("temporal_api_version", String(32)),
    Column("is_validated", Boolean, nullable=False, default=False),
    # Not in the answers (contract, "Fields").
    Column("validation_status", String),
    Column("validation_due_at", UtcDateTime, index=True),
    # Ids are never used twice, as in PostgreSQL: a deleted sequence's id stays a 404.
    sqlite_autoincrement=True,
)

detections = Table(
    "detections",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("camera_id", ForeignKey("cameras.id"), nullable=False),
    Column("pose_id", ForeignKey("poses.id"), nullable=False),
    Column("sequence_id", ForeignKey("sequences.id"), index=True),
    Column("bucket_key", String, nullable=False),
    Column("crop_bucket_key", String),
    Column("bbox", String, nullable=False),
    Column("others_bboxes", String),
    Column("created_at", UtcDateTime, nullable=False),
    Column("recorded_at", UtcDateTime, nullable=False),
    sqlite_autoincrement=True,
)

alerts = Table(
    "alerts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("organization_id", ForeignKey("organizations.id"), nullable=False),
    Column("lat", Float),
    Column("lon", Float),
    Column("started_at", UtcDateTime, nullable=False),
    Column("last_seen_at", UtcDateTime, nullable=False),
    sqlite_autoincrement=True,
)

alert_sequences = Table(
    "alert_sequences",
    metadata,
    Column("alert_id", ForeignKey("alerts.id"), primary_key=True),
    Column("sequence_id", ForeignKey("sequences.id"), primary_key=True),
)
