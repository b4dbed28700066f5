"""How the store's rows read in the control room's replies."""

from __future__ import annotations

from typing import Any

from smokewatch.store.run_progress import RunProgress
from smokewatch.store.throughput import Batch, Compared
from smokewatch.store.viewing.history import HistoryRow
from smokewatch.store.viewing.matching import MatchRate
from smokewatch.store.viewing.runs import RunRow
from smokewatch.viewer.replies import finite, utc_text

_PLAIN = (
    *("id", "run_id", "source", "sequence_id", "api_version", "release_reference", "release_identity", "status"),
    *("drop_reason", "detail", "matched_frames", "frames", "ambiguous", "runtime"),
)
_NUMBERS = ("recorded_score", "replayed_score", "full_score", "difference", "milliseconds")
_LONGEST = 300


def history_body(row: HistoryRow) -> dict[str, Any]:
    """A verdict of the history."""
    return {
        **{name: getattr(row, name) for name in _PLAIN},
        "detail": row.detail[:_LONGEST],
        "at": utc_text(row.at),
        "kind": row.kind or "replay",
        "key": f"{row.source}_{row.sequence_id}",
        "organization": _named(row.organization_id, row.organization, "org"),
        "camera": _named(row.camera_id, row.camera, "camera"),
        **{name: finite(getattr(row, name)) for name in _NUMBERS},
    }


def rate_body(rate: MatchRate) -> dict[str, Any]:
    """A match rate."""
    return {"explained": rate.explained, "replayed": rate.replayed, "dropped": rate.dropped, "rate": rate.rate}


def run_body(run: RunRow, *, seconds: float | None) -> dict[str, Any]:
    """A run, as the list shows it."""
    counts = {
        name: value
        for name, value in (run.summary or {}).items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    }
    return {
        **{name: getattr(run, name) for name in ("id", "kind", "state", "host")},
        "started_at": utc_text(run.started_at),
        "finished_at": None if run.finished_at is None else utc_text(run.finished_at),
        "seconds": None if seconds is None else round(seconds, 1),
        "counts": dict(list(counts.items())[:20]),
    }


def progress_body(progress: RunProgress) -> dict[str, Any]:
    """What a run told of itself last."""
    current = {"key": progress.sequence, "organization": progress.organization, "camera": progress.camera}
    release = {
        "reference": progress.release_reference,
        "api_version": progress.api_version,
        "identity": progress.release_identity,
        "identity_kind": progress.identity_kind,
    }
    return {
        **{name: getattr(progress, name) for name in ("phase", "total", "done", "failed", "cached", "last_error")},
        "current": current if progress.sequence else None,
        "release": release if progress.release_reference else None,
        "updated_at": None if progress.updated_at is None else utc_text(progress.updated_at),
    }


def batch_body(identity: int, batch: Batch) -> dict[str, Any]:
    """A throughput sample."""
    names = ("run_id", "api_version", "release_reference", "release_identity", "runtime", "concurrency", "sequences")
    return {
        "id": identity,
        "started_at": utc_text(batch.started_at),
        "finished_at": utc_text(batch.finished_at),
        **{name: getattr(batch, name) for name in (*names, "predict_calls", "ram_bytes")},
        "seconds": finite(batch.seconds),
        "sequences_per_second": finite(batch.sequences_per_second),
        "phases": {name: finite(value) for name, value in batch.phases.items()},
    }


def compared_body(each: Compared) -> dict[str, Any]:
    """A release at one concurrency."""
    return {
        "release_reference": each.release_reference,
        "concurrency": each.concurrency,
        "batches": each.batches,
        "sequences_per_second": finite(each.sequences_per_second),
    }


def _named(identity: int | None, name: str | None, kind: str) -> dict[str, Any] | None:
    return None if identity is None else {"id": identity, "name": name or f"{kind}-{identity}"}
