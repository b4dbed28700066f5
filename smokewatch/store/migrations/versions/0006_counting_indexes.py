"""Indexes that hold all that counting reads: the viewer's sweep looks up no wide row."""

from __future__ import annotations

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_OUTCOMES = op.f("ix_outcomes_counting")
_VERDICTS = op.f("ix_verdicts_newest")
_NARROW = op.f("ix_verdicts_source_sequence_id_id")


def upgrade() -> None:
    """Index outcomes with what is counted of them; widen the index that finds a sequence's newest verdict."""
    op.create_index(
        _OUTCOMES,
        "outcomes",
        [
            "source",
            "sequence_id",
            "outcome",
            "is_wildfire",
            "temporal_model_score",
            "temporal_api_version",
            "temporal_model_version",
        ],
    )
    op.create_index(
        _VERDICTS, "verdicts", ["source", "sequence_id", "id", "verdict", "drop_reason", "release_identity"]
    )
    op.drop_index(_NARROW, table_name="verdicts")


def downgrade() -> None:
    """Go back to the narrow one."""
    op.create_index(_NARROW, "verdicts", ["source", "sequence_id", "id"])
    op.drop_index(_VERDICTS, table_name="verdicts")
    op.drop_index(_OUTCOMES, table_name="outcomes")
