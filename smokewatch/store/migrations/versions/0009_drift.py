"""Drift: days in short, baselines, checks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from smokewatch.store.tables import UtcDateTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add them, empty: days are summarized from what is stored."""
    op.create_table(
        "drift_days",
        sa.Column(
            "sha256", sa.Text(), nullable=False, comment="over scope and summary; a day made anew is another row"
        ),
        sa.Column("scope", sa.Text(), nullable=False, comment="whose frames: all, organizations as JSON, or images"),
        sa.Column("day", sa.Date(), nullable=False, comment="UTC"),
        sa.Column(
            "inputs_sha256", sa.Text(), nullable=False, comment="over what it was made of; other inputs: made anew"
        ),
        sa.Column(
            "summary", sa.LargeBinary(), nullable=False, comment="JSON with a schema version, compressed by zlib"
        ),
        sa.Column("frames", sa.Integer(), nullable=False),
        sa.Column("sequences", sa.Integer(), nullable=False, comment="with a score"),
        sa.Column("summarized_at", UtcDateTime, nullable=False, comment="the latest of a scope and day holds"),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_drift_days")),
    )
    op.create_index(op.f("ix_drift_days_scope_day_summarized_at"), "drift_days", ["scope", "day", "summarized_at"])
    op.create_table(
        "drift_baselines",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("scope", sa.Text(), nullable=False, comment="of its days; the same in every version"),
        sa.Column("origin", sa.Text(), nullable=False, comment="built, or rolled on by a checked day"),
        sa.Column("days", sa.JSON(), nullable=False, comment="their summaries' sha256, ascending by day"),
        sa.Column("first_day", sa.Date(), nullable=False, comment="UTC"),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column(
            "left_out", sa.JSON(), nullable=False, comment="days that were asked for and are not in it, by reason"
        ),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("made_at", UtcDateTime, nullable=False),
        sa.PrimaryKeyConstraint("name", "version", name=op.f("pk_drift_baselines")),
        comment="never changed: other days are another version",
    )
    op.create_table(
        "drift_checks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False, comment="of the day"),
        sa.Column("baseline", sa.Text(), nullable=False),
        sa.Column("baseline_version", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False, comment="UTC; its newest check counts"),
        sa.Column("day_sha256", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False, comment="insufficient_data, none, low, medium or high"),
        sa.Column("strict_severity", sa.Text(), nullable=False, comment="by the fixed thresholds alone"),
        sa.Column("alerts", sa.Boolean(), nullable=False, comment="whether the calibrated verdict tells people"),
        sa.Column("proposes_retraining", sa.Boolean(), nullable=False),
        sa.Column("cameras", sa.JSON(), nullable=False, comment="with a medium or high finding, the worst first"),
        sa.Column("check", sa.LargeBinary(), nullable=False, comment="JSON with a schema version, compressed by zlib"),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("checked_at", UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(["day_sha256"], ["drift_days.sha256"], name=op.f("fk_drift_checks_day_sha256")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drift_checks")),
    )
    op.create_index(op.f("ix_drift_checks_scope_baseline_day_id"), "drift_checks", ["scope", "baseline", "day", "id"])


def downgrade() -> None:
    """Forget them."""
    op.drop_index(op.f("ix_drift_checks_scope_baseline_day_id"), table_name="drift_checks")
    op.drop_table("drift_checks")
    op.drop_table("drift_baselines")
    op.drop_index(op.f("ix_drift_days_scope_day_summarized_at"), table_name="drift_days")
    op.drop_table("drift_days")
