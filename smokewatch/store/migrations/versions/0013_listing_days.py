"""PostgreSQL learns that many sequences of a camera begin on one day: a page then looks up each class once."""

from __future__ import annotations

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_DAYS = "sequences_camera_days"


def upgrade() -> None:
    """The statistics, on the day as the gate asks for it; SQLite has none of an expression."""
    if op.get_bind().dialect.name == "postgresql":
        day = "CAST((started_at) AT TIME ZONE 'UTC' AS DATE)"
        op.execute(f"CREATE STATISTICS {_DAYS} ON source, camera_id, ({day}) FROM sequences")


def downgrade() -> None:
    """Without them again."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"DROP STATISTICS {_DAYS}")
