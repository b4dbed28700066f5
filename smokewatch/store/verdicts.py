"""Verdicts: one row whenever what is known of a sequence changes; the newest row is the current verdict."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from smokewatch.store import tables as t

DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class WindowScore:
    """A line of the probe table. ``score`` is None where the window was never computed, or gave no probability."""

    seen_frames: int
    seen_rows: int
    request_sha256: str
    computed: bool
    score: float | None
    matches: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found out about one sequence at one revision and outcome. Scores are probabilities in [0, 1]."""

    source: str
    sequence_id: int
    revision: int
    outcome: int
    verdict: str
    """``exact``, ``window``, ``unexplained`` or ``dropped``."""
    drop_reason: str | None
    detail: str
    recorded_score: float | None
    replayed_score: float | None = None
    full_score: float | None = None
    difference: float | None = None
    matched_frames: int | None = None
    windows: tuple[WindowScore, ...] = ()
    ties: tuple[int, ...] = ()
    """Distinct frames seen by the other windows that are known to give the recorded score too."""
    ambiguous: bool = False
    ledger_key: str | None = None
    full_ledger_key: str | None = None
    request_sha256: str | None = None
    release_reference: str | None = None
    release_identity: str | None = None
    identity_kind: str | None = None
    model_version: str | None = None
    api_version: str | None = None
    runtime: str | None = None
    isolation: str | None = None
    milliseconds: float | None = None

    def as_row(self) -> dict[str, Any]:
        """The columns of the verdicts table, without id, run and time."""
        return asdict(self) | {"windows": [asdict(window) for window in self.windows], "ties": list(self.ties)}


def record_verdicts(connection: Connection, verdicts: Iterable[Verdict], *, run_id: str, now: datetime) -> int:
    """Append the verdicts that differ from their sequence's newest one; returns how many were appended.

    A drop never hides what was found out before about the same inputs and score: it is counted in its run only.
    """
    changed = 0
    for verdict in verdicts:
        row = verdict.as_row()
        newest = connection.execute(
            sa.select(*(t.verdicts.c[name] for name in row))
            .where(t.verdicts.c.source == verdict.source, t.verdicts.c.sequence_id == verdict.sequence_id)
            .order_by(t.verdicts.c.id.desc())
            .limit(1)
        ).one_or_none()
        if newest is not None and verdict.verdict == DROPPED != newest.verdict and _same_question(newest, verdict):
            continue
        if newest is None or newest._asdict() != row:
            connection.execute(t.verdicts.insert(), row | {"run_id": run_id, "decided_at": now})
            changed += 1
    return changed


def _same_question(newest: sa.Row[Any], verdict: Verdict) -> bool:
    """Whether both are about the same inputs and the same recorded score; a label asks nothing new."""
    asked = (verdict.revision, verdict.recorded_score, verdict.api_version)
    return (newest.revision, newest.recorded_score, newest.api_version) == asked


def current_verdicts(connection: Connection, keys: Sequence[tuple[str, int]]) -> dict[tuple[str, int], sa.RowMapping]:
    """The newest verdict row of each (source, sequence id); sequences without one are left out."""
    wanted = set(keys)
    newest = (
        sa.select(sa.func.max(t.verdicts.c.id))
        .where(t.verdicts.c.sequence_id.in_([key[1] for key in keys]))
        .group_by(t.verdicts.c.source, t.verdicts.c.sequence_id)
    )
    rows = connection.execute(sa.select(t.verdicts).where(t.verdicts.c.id.in_(newest))).mappings()
    return {key: row for row in rows if (key := (row["source"], row["sequence_id"])) in wanted}
