"""The ledger: every computation ever made, by the name of what went in. The one cache."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from smokewatch.store import tables as t
from smokewatch.store.catalog import in_chunks, upsert


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """A computation's result.

    ``probability`` is None from an uncalibrated package, ``tubes`` (how many were kept) where the answer does not say;
    ``milliseconds`` is how long the answer took.
    """

    probability: float | None
    tubes: int | None
    milliseconds: float


# Asked once a prediction: what makes the statement is done once.
_KNOWN = sa.select(t.replays.c.key, *(t.replays.c[name] for name in LedgerEntry.__dataclass_fields__)).where(
    t.replays.c.key.in_(sa.bindparam("keys", expanding=True))
)


def known_entries(connection: Connection, keys: Sequence[str]) -> dict[str, LedgerEntry]:
    """The entries of these keys; unknown keys are left out."""
    return {
        row.key: LedgerEntry(*row[1:])
        for chunk in in_chunks(keys)
        for row in connection.execute(_KNOWN, {"keys": chunk})
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
    run_id: str,
    now: datetime,
) -> LedgerEntry:
    """Keep a valid 200 answer; returns what is kept, for an entry that exists already stays as it is."""
    row = {
        "key": key,
        "release_identity": release_identity,
        "request": request,
        "frame_sha256s": list(frame_sha256s),
        "answer": answer,
        **asdict(entry),
        "run_id": run_id,
        "replayed_at": now,
    }
    upsert(connection, t.replays, [row], update=[])
    return known_entries(connection, [key])[key]
