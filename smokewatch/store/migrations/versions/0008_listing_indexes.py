"""Indexes that give one organization's alerts and sequences in the order in which they are listed."""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_COLUMNS = ["source", "organization_id", "started_at", "id"]
_INDEXES = {table: op.f(f"ix_{table}_source_organization_id_started_at_id") for table in ("alerts", "sequences")}


def upgrade() -> None:
    """Index both by organization and time."""
    for table, name in _INDEXES.items():
        op.create_index(name, table, _COLUMNS)


def downgrade() -> None:
    """Drop the indexes."""
    for table, name in _INDEXES.items():
        op.drop_index(name, table_name=table)
