"""What the control room reads: the history in order, the progress of runs, throughput samples."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from smokewatch.store.tables import UtcDateTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_HISTORY = {
    "ix_verdicts_history": ["decided_at", "id", "verdict", "source", "organization_id", "api_version", "frames"],
    "ix_verdicts_history_organization": ["source", "organization_id", "decided_at", "id"],
    "ix_verdicts_history_camera": ["source", "camera_id", "decided_at", "id"],
    "ix_verdicts_history_release": ["api_version", "decided_at", "id"],
    "ix_verdicts_history_verdict": ["verdict", "decided_at", "id"],
}
_RUNS = {
    "ix_runs_started_at_id": ["started_at", "id"],
    "ix_runs_state_started_at": ["state", "started_at"],
}
_VERDICT_COLUMNS = (
    ("organization_id", sa.BigInteger(), "null: the sequence is not stored"),
    ("camera_id", sa.BigInteger(), "null: the sequence is not stored"),
    ("frames", sa.Integer(), "distinct ones of the full window; null: none was made"),
)


def upgrade() -> None:
    """Add them, and fill in what earlier verdicts are about."""
    for name, kind, comment in _VERDICT_COLUMNS:
        op.add_column("verdicts", sa.Column(name, kind, comment=comment))
    _fill_in()
    for name, columns in _HISTORY.items():
        op.create_index(op.f(name), "verdicts", columns)
    for name, columns in _RUNS.items():
        op.create_index(op.f(name), "runs", columns)
    op.create_table(
        "run_progress",
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("phase", sa.Text(), comment="what it does now; null: not told"),
        sa.Column("total", sa.Integer(), comment="null: not known"),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("cached", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Text(), comment="the key of the one begun last"),
        sa.Column("organization", sa.Text(), comment="its name"),
        sa.Column("camera", sa.Text(), comment="its name"),
        sa.Column("release_reference", sa.Text()),
        sa.Column("release_identity", sa.Text()),
        sa.Column("identity_kind", sa.Text()),
        sa.Column("api_version", sa.Text()),
        sa.Column("last_error", sa.Text(), comment="one line for people"),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_run_progress")),
        comment="told at most once a second, and at the end",
    )
    op.create_table(
        "throughput",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("finished_at", UtcDateTime(), nullable=False),
        sa.Column("release_reference", sa.Text(), nullable=False),
        sa.Column("release_identity", sa.Text(), nullable=False),
        sa.Column("api_version", sa.Text(), nullable=False),
        sa.Column("runtime", sa.Text(), nullable=False),
        sa.Column("concurrency", sa.Integer(), nullable=False, comment="replicas"),
        sa.Column("sequences", sa.Integer(), nullable=False, comment="that the release was asked about"),
        sa.Column("predict_calls", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False, comment="without the start of the release"),
        sa.Column("phases", sa.JSON(), nullable=False, comment="phase -> milliseconds, summed over threads"),
        sa.Column("ram_bytes", sa.BigInteger(), comment="the most that was in use on the machine; null: not known"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_throughput")),
    )
    op.create_index(op.f("ix_throughput_finished_at_id"), "throughput", ["finished_at", "id"])
    op.create_index(op.f("ix_throughput_run_id"), "throughput", ["run_id"])
    op.create_index(
        op.f("ix_throughput_release_reference_finished_at"), "throughput", ["release_reference", "finished_at"]
    )


def downgrade() -> None:
    """Forget them."""
    op.drop_table("throughput")
    op.drop_table("run_progress")
    for name in _RUNS:
        op.drop_index(op.f(name), table_name="runs")
    for name in _HISTORY:
        op.drop_index(op.f(name), table_name="verdicts")
    with op.batch_alter_table("verdicts") as verdicts:
        for name, _, _ in _VERDICT_COLUMNS:
            verdicts.drop_column(name)


def _fill_in() -> None:
    verdicts = sa.table(
        "verdicts",
        sa.column("source"),
        sa.column("sequence_id"),
        sa.column("windows", sa.JSON),
        *(sa.column(name, kind) for name, kind, _ in _VERDICT_COLUMNS),
    )
    sequences = sa.table(
        "sequences", sa.column("source"), sa.column("id"), sa.column("organization_id"), sa.column("camera_id")
    )
    its = (sequences.c.source == verdicts.c.source) & (sequences.c.id == verdicts.c.sequence_id)
    op.execute(
        verdicts.update().values(
            organization_id=sa.select(sequences.c.organization_id).where(its).scalar_subquery(),
            camera_id=sa.select(sequences.c.camera_id).where(its).scalar_subquery(),
            frames=verdicts.c.windows[0]["seen_frames"].as_integer(),
        )
    )
