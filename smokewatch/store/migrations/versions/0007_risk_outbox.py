"""Fire risk by camera and day, and the messages that are sent."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from smokewatch.store.tables import UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the cameras' classes and the outbox."""
    op.create_table(
        "risk_classes",
        sa.Column("source", sa.Text(), nullable=False, comment="whose camera it is"),
        sa.Column("camera_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), nullable=False, comment="UTC"),
        sa.Column(
            "fwi_class", sa.Text(), nullable=False, comment="very_low, low, moderate, high, very_high or extreme"
        ),
        sa.Column("fwi", sa.Double(), nullable=True, comment="null: risk-api told the class only"),
        sa.Column("fetched_at", UtcDateTime, nullable=False, comment="when risk-api computed it; the latest holds"),
        sa.Column("asked_at", UtcDateTime, nullable=False, comment="when it was last told so"),
        sa.PrimaryKeyConstraint("source", "camera_id", "day", name=op.f("pk_risk_classes")),
    )
    op.create_index(op.f("ix_risk_classes_source_day"), "risk_classes", ["source", "day"])
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False, comment="alert, or digest of several"),
        sa.Column("alert_id", sa.BigInteger(), nullable=True, comment="one message each; null: a digest"),
        sa.Column(
            "digest_id", sa.Integer(), nullable=True, comment="the digest that tells it instead, whose fate it shares"
        ),
        sa.Column("body", sa.JSON(), nullable=False, comment="as it is sent"),
        sa.Column(
            "state",
            sa.Text(),
            nullable=False,
            comment="waiting, claimed, sent, refused (for good), unknown (perhaps delivered: never sent again)",
        ),
        sa.Column("attempts", sa.Integer(), nullable=False, comment="claims; those that provably failed wait again"),
        sa.Column("retry_after", UtcDateTime, nullable=True, comment="not before; null: at once"),
        sa.Column(
            "claimed_by",
            sa.Text(),
            nullable=True,
            comment="the run that sent or sends it; over without an outcome: unknown",
        ),
        sa.Column("claimed_at", UtcDateTime, nullable=True, comment="before anything was sent"),
        sa.Column("created_at", UtcDateTime, nullable=False),
        sa.Column("settled_at", UtcDateTime, nullable=True, comment="when it became sent, refused or unknown"),
        sa.Column(
            "detail",
            sa.Text(),
            nullable=False,
            comment="of the last attempt, one line for people; empty: none yet",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("source", "alert_id", name=op.f("uq_outbox_source_alert_id")),
    )
    op.create_index(op.f("ix_outbox_state_id"), "outbox", ["state", "id"])
    op.create_index(
        op.f("ix_outbox_source_organization_id_settled_at"), "outbox", ["source", "organization_id", "settled_at"]
    )


def downgrade() -> None:
    """Forget them."""
    op.drop_index(op.f("ix_outbox_source_organization_id_settled_at"), table_name="outbox")
    op.drop_index(op.f("ix_outbox_state_id"), table_name="outbox")
    op.drop_table("outbox")
    op.drop_index(op.f("ix_risk_classes_source_day"), table_name="risk_classes")
    op.drop_table("risk_classes")
