"""A triage of 21,489 sequences: its report and worklists as files, and what another threshold costs."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from benchmarks.backlogs import fill
from benchmarks.bounds import figure
from smokewatch.domain.triage import HUNDREDTHS, ScoredBacklog
from smokewatch.domain.worklists import review_file, unlabeled_file
from smokewatch.store.catalog import Catalog
from smokewatch.store.exports.folder import ExportFolder
from smokewatch.store.exports.triage import TriageCounts, put_details, put_report
from smokewatch.store.triage import StoredTriage, load_triage

ROWS = 21_489
_REPORT_LIMIT_S, _BUCKET_LIMIT_MS = 3.0, 50.0
_TIMES = 5


def measure(rows: int = ROWS) -> dict[str, object]:
    """Time all of it over a made-up store.

    The report is the rows, the Parquet table, the model's configuration, the drops and both worklists, read from the
    catalog and written into an empty folder. details/ and the copies of images are one file a sequence and a frame,
    and apart.
    """
    with tempfile.TemporaryDirectory(prefix="smokewatch-worklists-") as folder:
        store = Path(folder, "store")
        store.mkdir()
        fill(store, rows=rows)
        catalog = Catalog.open(f"sqlite:///{store / 'catalog.db'}")
        try:
            reports = [_seconds(partial(_report, catalog, Path(folder, str(n)))) for n in range(_TIMES)]
            stored = _load(catalog)
            backlog = stored.backlog
            buckets = [_seconds(partial(_rebucket, backlog, threshold)) for threshold in HUNDREDTHS]
            sweep = backlog.sweep(HUNDREDTHS)
            assert [int(n) for n in sweep.review] == [_rebucket(backlog, threshold) for threshold in HUNDREDTHS]
            result: dict[str, object] = {
                "sequences": len(backlog),
                "models": backlog.models,
                "load_seconds": round(statistics.median(_seconds(lambda: _load(catalog)) for _ in range(_TIMES)), 3),
                "report_and_worklists_s": figure(max(reports), limit=_REPORT_LIMIT_S, digits=3)
                | {"p50": round(statistics.median(reports), 3)},
                "worklists_alone_seconds": round(_seconds(lambda: _worklists(backlog)), 3),
                "another_threshold_ms": figure(max(buckets) * 1000, limit=_BUCKET_LIMIT_MS, digits=3),
                "101_thresholds_ms": round(_seconds(lambda: backlog.sweep(HUNDREDTHS)) * 1000, 3),
                "details_seconds": round(_seconds(lambda: _details(catalog, stored, Path(folder, "details"))), 1),
            }
        finally:
            catalog.close()
    return result


def _load(catalog: Catalog) -> StoredTriage:
    with catalog.read() as connection:
        stored = load_triage(connection)
    assert stored is not None
    return stored


def _report(catalog: Catalog, folder: Path) -> None:
    stored = _load(catalog)
    with ExportFolder.open(folder) as export:
        put_report(export, stored, TriageCounts())
        export.finish()


def _details(catalog: Catalog, stored: StoredTriage, folder: Path) -> None:
    with ExportFolder.open(folder) as export, catalog.read() as connection:
        put_details(export, connection, stored)
        export.finish()


def _rebucket(backlog: ScoredBacklog, threshold: float) -> int:
    backlog.models_in_review(threshold)
    return int(backlog.in_review(threshold).sum())


def _worklists(backlog: ScoredBacklog) -> None:
    review_file(backlog, 0.5)
    unlabeled_file(backlog, 0.5)


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
