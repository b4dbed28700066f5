"""Qualifications of releases, with what each rests on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from smokewatch.store.tables import UtcDateTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add them, empty: what was qualified before is qualified again from the ledger, at no cost."""
    op.create_table(
        "qualifications",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("qualified_at", UtcDateTime(), nullable=False),
        sa.Column("candidate", sa.Text(), nullable=False, comment="the reference, as it was asked for"),
        sa.Column("baseline", sa.Text(), nullable=False, comment="recorded, or a reference"),
        sa.Column("first_day", sa.Date(), nullable=False, comment="UTC"),
        sa.Column("last_day", sa.Date(), nullable=False, comment="UTC"),
        sa.Column("verdict", sa.Text(), nullable=False, comment="go, no-go or undecided"),
        sa.Column("compared", sa.Integer(), nullable=False, comment="sequences"),
        sa.Column("lost", sa.Integer(), nullable=False, comment="sequences kept by the baseline alone"),
        sa.Column("gained", sa.Integer(), nullable=False, comment="sequences kept by the candidate alone"),
        sa.Column("report", sa.LargeBinary(), nullable=False, comment="JSON with a schema version, by zlib"),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_qualifications")),
    )
    op.create_index(op.f("ix_qualifications_qualified_at"), "qualifications", ["qualified_at"])


def downgrade() -> None:
    """Forget them."""
    op.drop_index(op.f("ix_qualifications_qualified_at"), table_name="qualifications")
    op.drop_table("qualifications")
