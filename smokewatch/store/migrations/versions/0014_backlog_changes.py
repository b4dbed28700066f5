"""Sequences of the backlog count their changes: a page that was read in the middle of a pull hears of the rest."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_COMMENT = "how often its row, its frames or its place in the queue became others"


def upgrade() -> None:
    """The count; what is stored already begins at none."""
    op.add_column(
        "backlog_sequences", sa.Column("changes", sa.Integer(), nullable=False, server_default="0", comment=_COMMENT)
    )


def downgrade() -> None:
    """Without it again."""
    op.drop_column("backlog_sequences", "changes")
