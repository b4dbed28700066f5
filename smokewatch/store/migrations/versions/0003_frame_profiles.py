"""Frames have profiles."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from smokewatch.store.tables import UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the profiles; frames stored before get theirs when an import covers their day."""
    op.create_table(
        "frame_profiles",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("decoder", sa.Text(), nullable=False, comment="and scale; profiles of two decoders are not compared"),
        sa.Column("width", sa.Integer(), nullable=True, comment="of the stored raster; null: the head cannot be read"),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("mode", sa.Text(), nullable=True, comment="Pillow's name for the file's pixels"),
        sa.Column(
            "histograms",
            sa.LargeBinary(),
            nullable=True,
            comment="red, green, blue, luma: 4 x 256 counts; null: undecodable",
        ),
        sa.Column("undecodable", sa.Text(), nullable=True, comment="the reason; null: it was decoded"),
        sa.Column("detail", sa.Text(), nullable=True, comment="one line for people"),
        sa.Column("profiled_at", UtcDateTime, nullable=False),
        sa.ForeignKeyConstraint(["sha256"], ["frames.sha256"], name=op.f("fk_frame_profiles_sha256")),
        sa.PrimaryKeyConstraint("sha256", "decoder", name=op.f("pk_frame_profiles")),
    )


def downgrade() -> None:
    """Forget them."""
    op.drop_table("frame_profiles")
