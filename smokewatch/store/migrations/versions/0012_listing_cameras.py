"""The index of sequences by time holds their cameras: the gate then looks up a class without reading the sequence."""

from __future__ import annotations

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_BEFORE = op.f("ix_sequences_started_at_source_id")


def upgrade() -> None:
    """A wider index in the place of the one by time."""
    op.create_index("ix_sequences_listing", "sequences", ["started_at", "source", "id", "camera_id", "deleted_at"])
    op.drop_index(_BEFORE, table_name="sequences")


def downgrade() -> None:
    """The narrow one again."""
    op.create_index(_BEFORE, "sequences", ["started_at", "source", "id"])
    op.drop_index("ix_sequences_listing", table_name="sequences")
