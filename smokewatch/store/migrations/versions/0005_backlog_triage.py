"""The annotation backlog, and what models say of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from smokewatch.store.tables import UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the backlog's sequences with their frames, the models, their scores and answers, and triages."""
    op.create_table(
        "backlog_sequences",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("source_api", sa.Text(), nullable=False),
        sa.Column("alert_api_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "platform_alert_id",
            sa.BigInteger(),
            nullable=True,
            comment="with source_api, the alert that lanes belong to",
        ),
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("organization_name", sa.Text(), nullable=False),
        sa.Column("camera_id", sa.BigInteger(), nullable=False),
        sa.Column("camera_name", sa.Text(), nullable=False),
        sa.Column("azimuth", sa.Integer(), nullable=True, comment="degrees clockwise from north"),
        sa.Column("recorded_at", UtcDateTime, nullable=False),
        sa.Column("last_seen_at", UtcDateTime, nullable=False),
        sa.Column("created_at", UtcDateTime, nullable=False, comment="when it was imported into the annotator"),
        sa.Column("is_wildfire", sa.Text(), nullable=True),
        sa.Column("temporal_model_score", sa.Double(), nullable=True, comment="production's; null: unknown, not low"),
        sa.Column("temporal_model_version", sa.Text(), nullable=True),
        sa.Column("temporal_api_version", sa.Text(), nullable=True),
        sa.Column("is_manual", sa.Boolean(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False, comment="of the queue that listed it last"),
        sa.Column("pulled_at", UtcDateTime, nullable=False, comment="when its frames were first stored"),
        sa.Column("listed_at", UtcDateTime, nullable=False, comment="when the queue last listed it"),
        sa.Column(
            "left_at", UtcDateTime, nullable=True, comment="when the queue was first found without it; null: it waits"
        ),
        sa.Column("inputs_sha256", sa.Text(), nullable=False, comment="over the frames' contents, in order"),
        sa.Column("frames", sa.Integer(), nullable=False, comment="how many are stored"),
        sa.Column("frames_missing", sa.Integer(), nullable=False, comment="whose bytes could not be had"),
        sa.PrimaryKeyConstraint("source", "id", name=op.f("pk_backlog_sequences")),
    )
    op.create_index(op.f("ix_backlog_sequences_inputs_sha256"), "backlog_sequences", ["inputs_sha256"])
    op.create_index(
        op.f("ix_backlog_sequences_source_source_api_platform_alert_id"),
        "backlog_sequences",
        ["source", "source_api", "platform_alert_id"],
    )
    op.create_table(
        "triage_drops",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("sequence_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("model_identity", sa.Text(), nullable=False),
        sa.Column("inputs_sha256", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False, comment="one line for people"),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("dropped_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("source", "sequence_id", "model_identity", name=op.f("pk_triage_drops")),
    )
    op.create_table(
        "triage_models",
        sa.Column("identity", sa.Text(), nullable=False),
        sa.Column("identity_kind", sa.Text(), nullable=False, comment="package, or a release identity's kind"),
        sa.Column("reference", sa.Text(), nullable=False, comment="the package's path or the release's reference"),
        sa.Column("model_version", sa.Text(), nullable=False),
        sa.Column("config", sa.JSON(), nullable=False, comment="what model_config.json tells of it"),
        sa.Column("first_seen_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("identity", name=op.f("pk_triage_models")),
    )
    op.create_table(
        "triages",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("models", sa.JSON(), nullable=False, comment="their identities, in the order of the run"),
        sa.Column("threshold", sa.Double(), nullable=False),
        sa.Column("began_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_triages")),
    )
    op.create_index(op.f("ix_triages_source_began_at"), "triages", ["source", "began_at"])
    op.create_table(
        "backlog_frames",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("sequence_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False, comment="0 is the oldest"),
        sa.Column("id", sa.BigInteger(), nullable=False, comment="the annotator's detection"),
        sa.Column("recorded_at", UtcDateTime, nullable=False),
        sa.Column("bucket_key", sa.Text(), nullable=False),
        sa.Column("frame_sha256", sa.Text(), nullable=True, comment="null: the bytes could not be had"),
        sa.ForeignKeyConstraint(["frame_sha256"], ["frames.sha256"], name=op.f("fk_backlog_frames_frame_sha256")),
        sa.PrimaryKeyConstraint("source", "sequence_id", "position", name=op.f("pk_backlog_frames")),
    )
    op.create_index(op.f("ix_backlog_frames_frame_sha256"), "backlog_frames", ["frame_sha256"])
    op.create_table(
        "triage_scores",
        sa.Column("inputs_sha256", sa.Text(), nullable=False, comment="over the frames' contents, in order"),
        sa.Column("model_identity", sa.Text(), nullable=False),
        sa.Column(
            "score", sa.Double(), nullable=False, comment="the largest kept tube's probability, 0.0 without tubes"
        ),
        sa.Column("tubes", sa.Integer(), nullable=False, comment="kept tubes"),
        sa.Column("logit", sa.Double(), nullable=True, comment="the largest of the kept tubes'; null: no tube"),
        sa.Column("trigger_frame_index", sa.Integer(), nullable=True, comment="in the padded sequence; null: none"),
        sa.Column(
            "milliseconds", sa.Double(), nullable=False, comment="of the model, its share where several ran at once"
        ),
        sa.Column("device", sa.Text(), nullable=False, comment="cpu, cuda, … or the release's runtime"),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("scored_at", UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(
            ["model_identity"], ["triage_models.identity"], name=op.f("fk_triage_scores_model_identity")
        ),
        sa.PrimaryKeyConstraint("inputs_sha256", "model_identity", name=op.f("pk_triage_scores")),
    )
    op.create_table(
        "triage_answers",
        sa.Column("inputs_sha256", sa.Text(), nullable=False),
        sa.Column("model_identity", sa.Text(), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=False, comment="the whole answer, JSON compressed by zlib"),
        sa.ForeignKeyConstraint(
            ["inputs_sha256", "model_identity"],
            ["triage_scores.inputs_sha256", "triage_scores.model_identity"],
            name=op.f("fk_triage_answers_inputs_sha256_model_identity"),
        ),
        sa.PrimaryKeyConstraint("inputs_sha256", "model_identity", name=op.f("pk_triage_answers")),
        comment="apart from the scores, which are read all at once",
    )


def downgrade() -> None:
    """Forget them."""
    op.drop_table("triage_answers")
    op.drop_table("triage_scores")
    op.drop_index(op.f("ix_backlog_frames_frame_sha256"), table_name="backlog_frames")
    op.drop_table("backlog_frames")
    op.drop_index(op.f("ix_triages_source_began_at"), table_name="triages")
    op.drop_table("triages")
    op.drop_table("triage_models")
    op.drop_table("triage_drops")
    op.drop_index(op.f("ix_backlog_sequences_source_source_api_platform_alert_id"), table_name="backlog_sequences")
    op.drop_index(op.f("ix_backlog_sequences_inputs_sha256"), table_name="backlog_sequences")
    op.drop_table("backlog_sequences")
