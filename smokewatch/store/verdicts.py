"""Verdicts: one row whenever what is known of a sequence changes; the newest row is the current verdict."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from smokewatch.store import tables as t
from smokewatch.store.catalog import in_chunks

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

    @property
    def frames(self) -> int | None:
        """Distinct frames of the full window; None: no window was made."""
        return self.windows[0].seen_frames if self.windows else None

    def as_row(self) -> dict[str, Any]:
        """The columns of the verdicts table, without id, run and time."""
        columns = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return columns | {"windows": [asdict(window) for window in self.windows], "ties": list(self.ties)}


def record_verdicts(
    connection: Connection, verdicts: Sequence[Verdict], *, run_id: str, now: datetime
) -> list[dict[str, Any]]:
    """Append the verdicts that differ from their sequence's newest one; returns the rows appended, without ids.

    A drop never hides what was found out before about the same inputs and score: it is counted in its run only. A
    sequence has one verdict at the most among them.
    """
    keys = [(verdict.source, verdict.sequence_id) for verdict in verdicts]
    known, places = current_verdicts(connection, keys), _places(connection, keys)
    changed = []
    for verdict in verdicts:
        newest = known.get((verdict.source, verdict.sequence_id))
        if newest and verdict.verdict == DROPPED != newest["verdict"] and _same_question(newest, verdict):
            continue
        row = verdict.as_row()
        if newest is None or any(newest[name] != value for name, value in row.items()):
            organization_id, camera_id = places.get((verdict.source, verdict.sequence_id), (None, None))
            place = {"organization_id": organization_id, "camera_id": camera_id, "frames": verdict.frames}
            changed.append(row | place | {"run_id": run_id, "decided_at": now})
    if changed:
        connection.execute(t.verdicts.insert(), changed)
    return changed


def _places(connection: Connection, keys: Sequence[tuple[str, int]]) -> dict[tuple[str, int], tuple[int, int]]:
    """(source, sequence id) -> organization and camera, of those that are stored."""
    s = t.sequences.c
    found = {}
    for source in sorted({source for source, _ in keys}):
        for chunk in in_chunks(identity for each, identity in keys if each == source):
            rows = connection.execute(
                sa.select(s.id, s.organization_id, s.camera_id).where(s.source == source, s.id.in_(chunk))
            )
            found.update({(source, row.id): (row.organization_id, row.camera_id) for row in rows})
    return found


def _same_question(newest: sa.RowMapping, verdict: Verdict) -> bool:
    """Whether both are about the same inputs and the same recorded score; a label asks nothing new."""
    return all(newest[name] == getattr(verdict, name) for name in ("revision", "recorded_score", "api_version"))


def current_verdicts(connection: Connection, keys: Sequence[tuple[str, int]]) -> dict[tuple[str, int], sa.RowMapping]:
    """The newest verdict row of each (source, sequence id); sequences without one are left out."""
    v = t.verdicts.c
    ids: dict[str, list[int]] = defaultdict(list)
    for source, sequence_id in keys:
        ids[source].append(sequence_id)
    found = {}
    for source, wanted in ids.items():
        for chunk in in_chunks(wanted):
            newest = (
                sa.select(sa.func.max(v.id))
                .where(v.source == source, v.sequence_id.in_(chunk))
                .group_by(v.source, v.sequence_id)
            )
            rows = connection.execute(sa.select(t.verdicts).where(v.id.in_(newest))).mappings()
            found.update({(row["source"], row["sequence_id"]): row for row in rows})
    return found
