"""What each batch of a replay took: the samples from which the number of replicas is chosen."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from smokewatch.store import tables as t

_NAMES = [column.name for column in t.throughput.columns]


@dataclass(frozen=True, slots=True)
class Batch:
    """The sequences of one release that one run asked it about. Times aware UTC."""

    run_id: str
    started_at: datetime
    finished_at: datetime
    release_reference: str
    release_identity: str
    api_version: str
    runtime: str
    concurrency: int
    """Replicas."""
    sequences: int
    predict_calls: int
    seconds: float
    """Without the start of the release."""
    phases: dict[str, float]
    """Phase -> milliseconds, summed over threads."""
    ram_bytes: int | None
    """The most that was in use on the machine."""

    @property
    def sequences_per_second(self) -> float | None:
        """None where nothing was measured."""
        return self.sequences / self.seconds if self.seconds > 0 else None


@dataclass(frozen=True, slots=True)
class Compared:
    """A release at one concurrency, over its newest batches."""

    release_reference: str
    concurrency: int
    batches: int
    sequences_per_second: float
    """The median."""


def record_batch(connection: Connection, batch: Batch) -> None:
    """Append a sample in the caller's transaction."""
    connection.execute(t.throughput.insert(), asdict(batch))


def newest_batches(
    connection: Connection, *, limit: int, run_id: str | None = None, api_versions: Collection[str] | None = None
) -> list[tuple[int, Batch]]:
    """(id, sample) of the newest ones, newest first; None: no limit."""
    c = t.throughput.c
    query = sa.select(t.throughput).order_by(c.finished_at.desc(), c.id.desc()).limit(limit)
    if run_id is not None:
        query = query.where(c.run_id == run_id)
    if api_versions is not None:
        query = query.where(c.api_version.in_(sorted(api_versions)))
    return [_batch(row._mapping) for row in connection.execute(query)]


def compared(batches: Sequence[Batch]) -> list[Compared]:
    """How fast each release was at each concurrency, by reference and concurrency."""
    found: dict[tuple[str, int], list[float]] = defaultdict(list)
    for batch in batches:
        if (speed := batch.sequences_per_second) is not None:
            found[batch.release_reference, batch.concurrency].append(speed)
    return [
        Compared(reference, concurrency, len(speeds), statistics.median(speeds))
        for (reference, concurrency), speeds in sorted(found.items())
    ]


def batches_of_releases(connection: Connection, references: Collection[str], *, limit: int) -> list[Batch]:
    """The newest samples of some releases over all runs, newest first."""
    c = t.throughput.c
    query = sa.select(t.throughput).where(c.release_reference.in_(sorted(references)))
    rows = connection.execute(query.order_by(c.finished_at.desc(), c.id.desc()).limit(limit))
    return [_batch(row._mapping)[1] for row in rows]


def _batch(row: Any) -> tuple[int, Batch]:
    values = {name: row[name] for name in _NAMES}
    return values.pop("id"), Batch(**values)
