"""How far each run is, as it told last."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from smokewatch.store import tables as t
from smokewatch.store.catalog import in_chunks, upsert


@dataclass(frozen=True, slots=True)
class RunProgress:
    """What a run tells of itself; None: not told."""

    phase: str | None = None
    total: int | None = None
    done: int = 0
    failed: int = 0
    cached: int = 0
    sequence: str | None = None
    """The key of the one begun last."""
    organization: str | None = None
    camera: str | None = None
    release_reference: str | None = None
    release_identity: str | None = None
    identity_kind: str | None = None
    api_version: str | None = None
    last_error: str | None = None
    updated_at: datetime | None = None
    """Aware UTC; set when it is kept."""


def save_progress(connection: Connection, run_id: str, progress: RunProgress, *, now: datetime) -> None:
    """Keep how far a run is, in the caller's transaction."""
    upsert(connection, t.run_progress, [{"run_id": run_id, **asdict(progress), "updated_at": now}])


def progress_of(connection: Connection, run_ids: Collection[str]) -> dict[str, RunProgress]:
    """Run id -> what it told last; runs that told nothing are left out."""
    c = t.run_progress.c
    names = list(RunProgress.__dataclass_fields__)
    return {
        row[0]: RunProgress(*row[1:])
        for chunk in in_chunks(run_ids)
        for row in connection.execute(sa.select(c.run_id, *(c[name] for name in names)).where(c.run_id.in_(chunk)))
    }
