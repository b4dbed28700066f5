"""The ledger: every computation ever made, by the name of what went in. The one cache."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from smokewatch.store import tables as t
from smokewatch.store.catalog import upsert

_CHUNK = 500


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """A computation's result: the probability (None from an uncalibrated package) and how many tubes were kept."""

    probability: float | None
    tubes: int | None


def known_entries(connection: Connection, keys: Sequence[str]) -> dict[str, LedgerEntry]:
    """The entries of these keys; unknown keys are left out."""
    query = sa.select(t.replays.c.key, t.replays.c.probability, t.replays.c.tubes)
    return {
        row.key: LedgerEntry(row.probability, row.tubes)
        for start in range(0, len(keys), _CHUNK)
        for row in connection.execute(query.where(t.replays.c.key.in_(keys[start : start + _CHUNK])))
    }


def record_entry(
    connection: Connection,
    *,
    key: str,
    release_identity: str,
    request: str,
    frame_sha256s: Sequence[str],
    answer: str,
    entry: LedgerEntry,
    milliseconds: float,
    run_id: str,
    now: datetime,
) -> None:
    """Keep a valid 200 answer; an entry that exists already stays as it is."""
    row = {
        "key": key,
        "release_identity": release_identity,
        "request": request,
        "frame_sha256s": list(frame_sha256s),
        "answer": answer,
        "probability": entry.probability,
        "tubes": entry.tubes,
        "milliseconds": milliseconds,
        "run_id": run_id,
        "replayed_at": now,
    }
    upsert(connection, t.replays, [row], update=[])
