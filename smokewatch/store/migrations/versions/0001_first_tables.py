"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from smokewatch.store.tables import UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make every table."""
    op.create_table(
        "cameras",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("lat", sa.Double(), nullable=True),
        sa.Column("lon", sa.Double(), nullable=True),
        sa.Column("angle_of_view", sa.Double(), nullable=True),
        sa.Column("is_trustable", sa.Boolean(), nullable=True),
        sa.Column("updated_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("source", "id", name=op.f("pk_cameras")),
    )
    op.create_table(
        "frames",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False, comment="bytes"),
        sa.Column("flag", sa.Text(), nullable=True, comment="what is odd about the bytes"),
        sa.Column("stored_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_frames")),
    )
    op.create_table(
        "healths",
        sa.Column("release_identity", sa.Text(), nullable=False),
        sa.Column("model_version", sa.Text(), nullable=True, comment="as its /health says; null: it does not say"),
        sa.Column("seen_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("release_identity", name=op.f("pk_healths")),
    )
    op.create_table(
        "organizations",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("updated_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("source", "id", name=op.f("pk_organizations")),
    )
    op.create_table(
        "outcomes",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("sequence_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("outcome", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("observed_at", UtcDateTime, nullable=False),
        sa.Column("is_wildfire", sa.Text(), nullable=True),
        sa.Column("temporal_model_score", sa.Double(), nullable=True),
        sa.Column("temporal_model_version", sa.Text(), nullable=True),
        sa.Column("temporal_api_version", sa.Text(), nullable=True),
        sa.Column("is_validated", sa.Boolean(), nullable=True),
        sa.Column("max_conf", sa.Double(), nullable=True),
        sa.Column("last_seen_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("source", "sequence_id", "outcome", name=op.f("pk_outcomes")),
    )
    op.create_table(
        "processes",
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("pid", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("started_at", sa.Double(), nullable=False, comment="tells pids apart"),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("folder", sa.Text(), nullable=True, comment="removed with the process"),
        sa.PrimaryKeyConstraint("host", "pid", "started_at", name=op.f("pk_processes")),
    )
    op.create_table(
        "releases",
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("identity_kind", sa.Text(), nullable=False),
        sa.Column("identity", sa.Text(), nullable=False),
        sa.Column("first_seen_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("reference", name=op.f("pk_releases")),
    )
    op.create_table(
        "replays",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("release_identity", sa.Text(), nullable=False),
        sa.Column("request", sa.Text(), nullable=False, comment="the exact body"),
        sa.Column("frame_sha256s", sa.JSON(), nullable=False, comment="in request order"),
        sa.Column("answer", sa.Text(), nullable=False, comment="the exact 200 answer"),
        sa.Column("probability", sa.Double(), nullable=True),
        sa.Column("tubes", sa.Integer(), nullable=True, comment="kept tubes; null: the answer does not say"),
        sa.Column("milliseconds", sa.Double(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("replayed_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_replays")),
    )
    op.create_table(
        "revisions",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("sequence_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("inputs_sha256", sa.Text(), nullable=False, comment="over every row and every frame's content"),
        sa.Column(
            "detections_count",
            sa.Integer(),
            nullable=True,
            comment="as listed when last read; null where the server is silent",
        ),
        sa.Column("frames_missing", sa.Integer(), nullable=False),
        sa.Column("read_at", UtcDateTime, nullable=False, comment="when these inputs were last found to be so"),
        sa.PrimaryKeyConstraint("source", "sequence_id", "revision", name=op.f("pk_revisions")),
    )
    op.create_table(
        "runs",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("started_at", UtcDateTime, nullable=False),
        sa.Column("finished_at", UtcDateTime, nullable=True),
        sa.Column("state", sa.Text(), nullable=False, comment="running, completed, failed or lost"),
        sa.Column("summary", sa.JSON(), nullable=True),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("pid_started_at", sa.Double(), nullable=False, comment="tells pids apart"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
    )
    op.create_index(op.f("ix_runs_kind_started_at"), "runs", ["kind", "started_at"], unique=False)
    op.create_table(
        "sequences",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("camera_id", sa.BigInteger(), nullable=False),
        sa.Column("pose_id", sa.BigInteger(), nullable=True),
        sa.Column("camera_azimuth", sa.Double(), nullable=True),
        sa.Column("sequence_azimuth", sa.Double(), nullable=True),
        sa.Column("cone_angle", sa.Double(), nullable=True),
        sa.Column("started_at", UtcDateTime, nullable=False),
        sa.Column("imported_at", UtcDateTime, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False, comment="the current inputs"),
        sa.Column("outcome", sa.Integer(), nullable=False, comment="the current outcome"),
        sa.PrimaryKeyConstraint("source", "id", name=op.f("pk_sequences")),
    )
    op.create_index(
        op.f("ix_sequences_source_camera_id_started_at"),
        "sequences",
        ["source", "camera_id", "started_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_sequences_started_at_source_id"), "sequences", ["started_at", "source", "id"], unique=False
    )
    op.create_table(
        "skips",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("sequence_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("skipped_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("source", "sequence_id", name=op.f("pk_skips")),
    )
    op.create_table(
        "verdicts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("sequence_id", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("decided_at", UtcDateTime, nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False, comment="exact, window, unexplained or dropped"),
        sa.Column("drop_reason", sa.Text(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False, comment="one line for people"),
        sa.Column("recorded_score", sa.Double(), nullable=True),
        sa.Column("replayed_score", sa.Double(), nullable=True, comment="of the matched window, or of the nearest one"),
        sa.Column("full_score", sa.Double(), nullable=True, comment="with all the evidence"),
        sa.Column("difference", sa.Double(), nullable=True),
        sa.Column("matched_frames", sa.Integer(), nullable=True, comment="distinct frames production had seen"),
        sa.Column("windows", sa.JSON(), nullable=False, comment="the probe table: every window, its score where known"),
        sa.Column("ambiguous", sa.Boolean(), nullable=False),
        sa.Column("ledger_key", sa.Text(), nullable=True, comment="of the matched window, or of the nearest one"),
        sa.Column("full_ledger_key", sa.Text(), nullable=True),
        sa.Column("request_sha256", sa.Text(), nullable=True),
        sa.Column("release_reference", sa.Text(), nullable=True),
        sa.Column("release_identity", sa.Text(), nullable=True),
        sa.Column("identity_kind", sa.Text(), nullable=True),
        sa.Column("model_version", sa.Text(), nullable=True),
        sa.Column("api_version", sa.Text(), nullable=True),
        sa.Column("runtime", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verdicts")),
    )
    op.create_index(op.f("ix_verdicts_run_id"), "verdicts", ["run_id"], unique=False)
    op.create_index(
        op.f("ix_verdicts_source_sequence_id_id"), "verdicts", ["source", "sequence_id", "id"], unique=False
    )
    op.create_table(
        "detections",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("sequence_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("camera_id", sa.BigInteger(), nullable=False),
        sa.Column("pose_id", sa.BigInteger(), nullable=True),
        sa.Column("bucket_key", sa.Text(), nullable=False),
        sa.Column("bbox", sa.Text(), nullable=False),
        sa.Column("others_bboxes", sa.Text(), nullable=True),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("recorded_at", UtcDateTime, nullable=False),
        sa.Column("frame_sha256", sa.Text(), nullable=True, comment="null: the bytes could not be had"),
        sa.ForeignKeyConstraint(["frame_sha256"], ["frames.sha256"], name=op.f("fk_detections_frame_sha256")),
        sa.PrimaryKeyConstraint("source", "sequence_id", "revision", "id", name=op.f("pk_detections")),
    )
    op.create_index(op.f("ix_detections_frame_sha256"), "detections", ["frame_sha256"], unique=False)


def downgrade() -> None:
    """Drop every table."""
    op.drop_index(op.f("ix_detections_frame_sha256"), table_name="detections")
    op.drop_table("detections")
    op.drop_index(op.f("ix_verdicts_source_sequence_id_id"), table_name="verdicts")
    op.drop_index(op.f("ix_verdicts_run_id"), table_name="verdicts")
    op.drop_table("verdicts")
    op.drop_table("skips")
    op.drop_index(op.f("ix_sequences_started_at_source_id"), table_name="sequences")
    op.drop_index(op.f("ix_sequences_source_camera_id_started_at"), table_name="sequences")
    op.drop_table("sequences")
    op.drop_index(op.f("ix_runs_kind_started_at"), table_name="runs")
    op.drop_table("runs")
    op.drop_table("revisions")
    op.drop_table("replays")
    op.drop_table("releases")
    op.drop_table("processes")
    op.drop_table("outcomes")
    op.drop_table("organizations")
    op.drop_table("healths")
    op.drop_table("frames")
    op.drop_table("cameras")
