"""Alerts, deletions upstream, and scans that can be resumed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from smokewatch.store.tables import UtcDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add alerts with their sequences, scans, and when a sequence was deleted."""
    with op.batch_alter_table("sequences") as sequences:
        sequences.add_column(
            sa.Column(
                "deleted_at",
                UtcDateTime,
                nullable=True,
                comment="when the server was first found to have deleted it; it is kept",
            )
        )
    op.create_table(
        "alerts",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("organization_id", sa.BigInteger(), nullable=False),
        sa.Column("lat", sa.Double(), nullable=True),
        sa.Column("lon", sa.Double(), nullable=True),
        sa.Column("started_at", UtcDateTime, nullable=False),
        sa.Column("last_seen_at", UtcDateTime, nullable=False),
        sa.Column("updated_at", UtcDateTime, nullable=False, comment="when it was last found to be so"),
        sa.Column(
            "deleted_at",
            UtcDateTime,
            nullable=True,
            comment="when the server was first found to have deleted it; it is kept",
        ),
        sa.PrimaryKeyConstraint("source", "id", name=op.f("pk_alerts")),
    )
    op.create_index(op.f("ix_alerts_started_at_source_id"), "alerts", ["started_at", "source", "id"])
    op.create_table(
        "alert_sequences",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("alert_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("sequence_id", sa.BigInteger(), autoincrement=False, nullable=False, comment="it may not be stored"),
        sa.Column("seen_at", UtcDateTime, nullable=False, comment="when it was first seen in the alert"),
        sa.Column("gone_at", UtcDateTime, nullable=True, comment="when it was first seen out of it; null: it is in it"),
        sa.PrimaryKeyConstraint("source", "alert_id", "sequence_id", name=op.f("pk_alert_sequences")),
    )
    op.create_index(op.f("ix_alert_sequences_source_sequence_id"), "alert_sequences", ["source", "sequence_id"])
    op.create_table(
        "scans",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False, comment="what is looked for: days, account, organizations"),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("up", sa.BigInteger(), nullable=False),
        sa.Column("down", sa.BigInteger(), nullable=False),
        sa.Column("missing_above", sa.Integer(), nullable=False),
        sa.Column("older", sa.Integer(), nullable=False),
        sa.Column("missing_below", sa.Integer(), nullable=False),
        sa.Column("updated_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("source", "scope", name=op.f("pk_scans")),
    )


def downgrade() -> None:
    """Forget them."""
    op.drop_table("scans")
    op.drop_index(op.f("ix_alert_sequences_source_sequence_id"), table_name="alert_sequences")
    op.drop_table("alert_sequences")
    op.drop_index(op.f("ix_alerts_started_at_source_id"), table_name="alerts")
    op.drop_table("alerts")
    with op.batch_alter_table("sequences") as sequences:
        sequences.drop_column("deleted_at")
