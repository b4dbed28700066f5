"""The annotation API's tables (SQLAlchemy Core, SQLite). Times are aware UTC in Python and naive UTC in the file."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    UniqueConstraint,
)

from demo.database import UtcDateTime

SOURCES = ("pyronear_french", "alert_wildfire", "api_cenia")
STAGES = ("imported", "ready_to_annotate", "seq_annotation_done", "annotated")
DONE = ("seq_annotation_done", "annotated")
"""Stages past classification: nobody's label goes over them in bulk."""
NO_ANNOTATION = "no_annotation"
"""What a filter calls the stage of a sequence without an annotation."""

metadata = MetaData()

users = Table(
    "users",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("username", String, nullable=False, unique=True),
    Column("password", String, nullable=False),
    Column("is_active", Boolean, nullable=False, default=True),
    Column("is_superuser", Boolean, nullable=False, default=False),
    Column("can_localize", Boolean, nullable=False, default=False),
)

sequences = Table(
    "sequences",
    metadata,
    Column("azimuth", Integer),
    Column("id", Integer, primary_key=True),
    Column("source_api", String, nullable=False),
    Column("alert_api_id", BigInteger, nullable=False),
    Column("created_at", UtcDateTime, nullable=False, index=True),
    Column("recorded_at", UtcDateTime, nullable=False),
    Column("last_seen_at", UtcDateTime, nullable=False),
    Column("camera_name", String, nullable=False),
    Column("camera_id", Integer, nullable=False),
    Column("lat", Float, nullable=False),
    Column("lon", Float, nullable=False),
    Column("is_wildfire_alertapi", String),
    Column("organisation_name", String, nullable=False),
    Column("organisation_id", Integer, nullable=False),
    Column("platform_alert_id", BigInteger, nullable=False, index=True),
    Column("sequence_group_id", Integer),
    Column("temporal_model_score", Float),
    Column("temporal_model_version", String),
    Column("temporal_api_version", String),
    Column("is_manual", Boolean, nullable=False, default=False),
    UniqueConstraint("source_api", "alert_api_id"),
    # Ids are never used twice, as in PostgreSQL.
    sqlite_autoincrement=True,
)

detections = Table(
    "detections",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("sequence_id", ForeignKey("sequences.id", ondelete="CASCADE"), nullable=False),
    Column("recorded_at", UtcDateTime, nullable=False),
    Column("alert_api_id", BigInteger, nullable=False),
    Column("bucket_key", String, nullable=False),
    Column("algo_predictions", JSON),
    Column("others_bboxes", JSON),
    Column("auto_predictions", JSON),
    Column("created_at", UtcDateTime, nullable=False),
    UniqueConstraint("sequence_id", "alert_api_id"),
    sqlite_autoincrement=True,
)

sequence_annotations = Table(
    "sequence_annotations",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("sequence_id", ForeignKey("sequences.id", ondelete="CASCADE"), nullable=False, unique=True),
    Column("has_smoke", Boolean, nullable=False),
    Column("has_false_positives", Boolean, nullable=False),
    Column("false_positive_types", JSON, nullable=False),
    Column("smoke_types", JSON, nullable=False),
    Column("has_missed_smoke", Boolean, nullable=False, default=False),
    Column("is_unsure", Boolean, nullable=False, default=False),
    Column("annotation", JSON, nullable=False),
    Column("processing_stage", String, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime),
    sqlite_autoincrement=True,
)

contributions = Table(
    "sequence_annotation_contributions",
    metadata,
    Column("annotation_id", ForeignKey("sequence_annotations.id", ondelete="CASCADE"), primary_key=True),
    Column("user_id", ForeignKey("users.id"), primary_key=True),
)

skips = Table(
    "alert_skips",
    metadata,
    Column("source_api", String, primary_key=True),
    Column("platform_alert_id", BigInteger, primary_key=True),
    Column("note", String),
    Column("skipped_at", UtcDateTime, nullable=False),
    Column("skipped_by", String),
)
