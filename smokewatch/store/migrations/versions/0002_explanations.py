"""Verdicts tell more; trigger fields from newer releases."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what verdicts tell since, and the enrichments."""
    with op.batch_alter_table("verdicts") as verdicts:
        verdicts.add_column(
            sa.Column(
                "ties",
                sa.JSON(),
                nullable=False,
                server_default="[]",
                comment="frames seen by other windows that give it too",
            )
        )
        verdicts.add_column(sa.Column("isolation", sa.Text(), comment="what the release could reach"))
        verdicts.add_column(
            sa.Column(
                "milliseconds", sa.Double(), comment="that the matched or nearest window took when it was computed"
            )
        )
    op.create_table(
        "enrichments",
        sa.Column("key", sa.Text(), nullable=False, comment="the pinned release's answer"),
        sa.Column("trigger_key", sa.Text(), nullable=False, comment="the newer image's"),
        sa.Column("trigger_image", sa.Text(), nullable=False),
        sa.Column(
            "difference", sa.Double(), nullable=True, comment="of their probabilities; null: the newer image gave none"
        ),
        sa.Column(
            "reproduced", sa.Boolean(), nullable=False, comment="only then are the trigger fields true of the answer"
        ),
        sa.ForeignKeyConstraint(["key"], ["replays.key"], name=op.f("fk_enrichments_key")),
        sa.ForeignKeyConstraint(["trigger_key"], ["replays.key"], name=op.f("fk_enrichments_trigger_key")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_enrichments")),
    )


def downgrade() -> None:
    """Forget them."""
    op.drop_table("enrichments")
    with op.batch_alter_table("verdicts") as verdicts:
        for column in ("milliseconds", "isolation", "ties"):
            verdicts.drop_column(column)
