"""Qualifications of releases in the catalog: each run's verdict, and the report that it rests on."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from smokewatch.errors import StorageError
from smokewatch.store import tables as t
from smokewatch.store.catalog import upsert


@dataclass(frozen=True, slots=True)
class KeptQualification:
    """A qualification in short."""

    run_id: str
    qualified_at: datetime
    """Aware UTC."""
    candidate: str
    """Reference of the release, as it was asked for."""
    baseline: str
    """``recorded``, or a reference."""
    first_day: date
    """UTC."""
    last_day: date
    verdict: str
    """``go``, ``no-go`` or ``undecided``."""
    compared: int
    """Sequences."""
    lost: int
    """Kept by the baseline alone."""
    gained: int
    """Kept by the candidate alone."""


def save_qualification(connection: Connection, report: Mapping[str, Any], *, run_id: str, now: datetime) -> None:
    """Keep a run's report in the caller's transaction; a retried run's replaces its own.

    Args:
        connection: a write transaction.
        report: as :func:`smokewatch.reports.qualification_json.qualification_report` makes it.
        run_id: the run.
        now: aware UTC.
    """
    counts = report["flip_counts"]
    row = {
        "run_id": run_id,
        "qualified_at": now,
        "candidate": report["candidate"]["reference"],
        "baseline": report["baseline"]["reference"],
        "first_day": date.fromisoformat(report["first_day"]),
        "last_day": date.fromisoformat(report["last_day"]),
        "verdict": report["verdict"],
        "compared": report["compared"],
        "lost": counts["keep_to_discard"],
        "gained": counts["discard_to_keep"],
        "report": zlib.compress(json.dumps(report, separators=(",", ":")).encode(), 6),
    }
    upsert(connection, t.qualifications, [row])


def list_qualifications(connection: Connection, *, limit: int = 100) -> list[KeptQualification]:
    """The newest ones, the newest first."""
    q = t.qualifications.c
    columns = (q[name] for name in KeptQualification.__dataclass_fields__)
    rows = connection.execute(sa.select(*columns).order_by(q.qualified_at.desc(), q.run_id).limit(limit))
    return [KeptQualification(*row) for row in rows]


def load_qualification(connection: Connection, run_id: str) -> dict[str, Any] | None:
    """A run's report; None: it left none.

    Raises:
        StorageError: when it is damaged.
    """
    q = t.qualifications.c
    kept = connection.scalar(sa.select(q.report).where(q.run_id == run_id))
    if kept is None:
        return None
    try:
        report: dict[str, Any] = json.loads(zlib.decompress(kept))
    except (zlib.error, ValueError) as error:
        raise StorageError(
            f"qualification {run_id} is damaged ({error}): delete its row in qualifications, qualify the release again"
        ) from error
    return report
