"""One part of the growth benchmark in this process: ``python -m benchmarks.growth_parts PART``, by its settings.

Prints a JSON line: CPU and wall seconds of the work without the imports before it, this process's peak memory, and
what else the part tells.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any, TypeVar
from unittest.mock import patch

from sqlalchemy.engine import Connection

from benchmarks.apart import peak_mib
from smokewatch.store.catalog import Catalog

BASELINE = "growth"
TIMES = 20
"""How often something short is done; the median counts."""
Work = Callable[[], dict[str, Any]]
Found = TypeVar("Found")


def run_import() -> dict[str, Any]:
    """The day of alert-api into the store."""
    from flows.import_sequences import import_sequences
    from tests.production import DAY

    return _once(lambda: import_sequences(date_from=DAY))


def run_replay() -> dict[str, Any]:
    """The stored day through a release without a model; from the ledger where it knows the answers."""
    from flows.replay_sequences import replay_sequences
    from tests.production import DAY

    return _once(lambda: replay_sequences(date_from=DAY))


def run_triage() -> dict[str, Any]:
    """The backlog's report; what a model says of its frames is scored before."""
    from flows.triage_backlog import triage_backlog

    return _once(lambda: triage_backlog())


def run_drift() -> dict[str, Any]:
    """The stored day against 60 of its kind."""
    from flows.check_drift import check_drift
    from tests.production import DAY

    return _once(lambda: check_drift(date_from=DAY, baseline=BASELINE))


def run_alert_page() -> dict[str, Any]:
    """A page of the alerts that pass the gate."""
    from smokewatch.store.alert_listing import list_alerts
    from smokewatch.store.gated import Listing

    return _often(lambda connection: list_alerts(connection, Listing(), limit=50))


def run_gate_counts() -> dict[str, Any]:
    """How many of all stored alerts the gate holds back."""
    from smokewatch.store.gate_counts import count_gate
    from smokewatch.store.gated import Listing

    return _often(lambda connection: count_gate(connection, Listing()))


def run_viewer_rows() -> dict[str, Any]:
    """What the viewer makes of the store before its first answer: every row, compressed."""
    from smokewatch.viewer.rows import Snapshot

    with closing(_catalog()) as catalog:
        return _measured(lambda: Snapshot.take(catalog, production_threshold=0.45))[1]


PARTS: dict[str, Work] = {
    "import": run_import,
    "import_again": run_import,
    "replay": run_replay,
    "replay_again": run_replay,
    "triage_report": run_triage,
    "drift_check": run_drift,
    "alert_page": run_alert_page,
    "gate_counts": run_gate_counts,
    "viewer_rows": run_viewer_rows,
}


def _measured(work: Callable[[], Found]) -> tuple[Found, dict[str, Any]]:
    began, cpu = time.perf_counter(), time.process_time()
    found = work()
    seconds, spent = time.perf_counter() - began, time.process_time() - cpu
    return found, {"cpu_seconds": spent, "seconds": seconds}


def _once(flow: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """A flow's run, and how long the catalog's one writer was busy."""
    with _watched_writer() as busy:
        summary, spent = _measured(flow)
    return spent | {"summary": summary, "write_seconds": sum(busy), "writes": len(busy)}


def _often(query: Callable[[Connection], object]) -> dict[str, Any]:
    with closing(_catalog()) as catalog, catalog.read() as connection:
        query(connection)
        times = [_measured(lambda: query(connection))[1] for _ in range(TIMES)]
    return {name: statistics.median(each[name] for each in times) for name in ("cpu_seconds", "seconds")}


@contextmanager
def _watched_writer() -> Iterator[list[float]]:
    """Seconds from the beginning of each writing transaction to its commit, waiting for its turn left out."""
    busy: list[float] = []
    write = Catalog.write

    @contextmanager
    def watched(catalog: Catalog) -> Iterator[Connection]:
        with write(catalog) as connection:
            began = time.perf_counter()
            yield connection
        busy.append(time.perf_counter() - began)

    with patch.object(Catalog, "write", watched):
        yield busy


def _catalog() -> Catalog:
    return Catalog.open(os.environ["SMOKEWATCH_CATALOG_URL"])


def main() -> None:
    """Do the part that is named, and tell."""
    found = PARTS[sys.argv[1]]() | {"peak_mib": peak_mib()}
    sys.stdout.write(json.dumps(found, default=str) + "\n")


if __name__ == "__main__":
    main()
