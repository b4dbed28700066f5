"""A run with all that is known of it."""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.engine import Connection

from smokewatch.store.run_progress import progress_of
from smokewatch.store.throughput import batches_of_releases, compared, newest_batches
from smokewatch.store.viewing.runs import RunRow, VerdictCount, verdicts_of_run
from smokewatch.viewer.status.words import batch_body, compared_body, progress_body, run_body

_SECRET = re.compile(r"password|passwd|secret|token|webhook|api_?key|credential|auth", re.IGNORECASE)
_BATCHES, _COMPARED = 50, 500
_HIDDEN = "hidden"


def run_detail(connection: Connection, run: RunRow, prefect: dict[str, Any]) -> dict[str, Any]:
    """The reply about one run.

    Args:
        connection: a read transaction.
        run: it.
        prefect: what Prefect tells of it.
    """
    told = progress_of(connection, [run.id]).get(run.id)
    found = verdicts_of_run(connection, run.id)
    samples = newest_batches(connection, limit=_BATCHES, run_id=run.id)
    references = {batch.release_reference for _, batch in samples}
    others = batches_of_releases(connection, references, limit=_COMPARED) if references else []
    return {
        "run": run_body(run, seconds=lasted(run))
        | {"parameters": without_secrets(run.parameters), "summary": without_secrets(run.summary)},
        "progress": None if told is None else progress_body(told),
        "releases": _releases(found),
        "verdicts": dict(_counted(found)),
        "throughput": [batch_body(identity, batch) for identity, batch in samples],
        "compared": [compared_body(each) for each in compared(others)],
        "prefect": prefect,
    }


def lasted(run: RunRow) -> float:
    """Seconds that it took, or takes so far."""
    return ((run.finished_at or datetime.now(UTC)) - run.started_at).total_seconds()


def without_secrets(value: Any) -> Any:
    """The same with everything hidden that is called like a secret. Runs record none; this is the second lock."""
    if isinstance(value, dict):
        return {
            name: _HIDDEN if _SECRET.search(str(name)) and each not in (None, "") else without_secrets(each)
            for name, each in value.items()
        }
    if isinstance(value, list):
        return [without_secrets(each) for each in value]
    return value


def _counted(found: list[VerdictCount]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for each in found:
        counts[each.status] += each.sequences
    return counts


def _releases(found: list[VerdictCount]) -> list[dict[str, Any]]:
    counts: Counter[tuple[str | None, ...]] = Counter()
    for each in found:
        if each.release_reference is not None:
            name = (each.release_reference, each.release_identity, each.identity_kind, each.api_version)
            counts[name] += each.sequences
    names = ("reference", "identity", "identity_kind", "api_version")
    return [dict(zip(names, name, strict=True)) | {"sequences": number} for name, number in counts.items()]
