"""``/metrics``: how smokewatch itself is doing, in Prometheus' text format.

Gauges that tell the catalog's state, so that a restart forgets nothing; names and units as Prometheus has them
(https://prometheus.io/docs/practices/naming/). The catalog is read at most once in :data:`KEPT_SECONDS`, whoever asks.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from importlib.metadata import version

from fastapi import FastAPI
from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from starlette.responses import Response

from smokewatch.domain.verdicts import Match
from smokewatch.store.catalog import Catalog
from smokewatch.store.viewing.operating import RECENT_DAYS, Operating, Replayed, read_operating

KEPT_SECONDS = 15.0
_MATCHED = (Match.EXACT, Match.WINDOW)


def add_metrics(app: FastAPI, catalog: Catalog) -> None:
    """Answer ``/metrics`` over a catalog."""
    registry = CollectorRegistry()
    registry.register(_Kept(catalog))
    ProcessCollector(registry=registry)

    @app.get("/metrics")
    def metrics() -> Response:
        headers = {"Content-Type": CONTENT_TYPE_PLAIN_0_0_4, "Cache-Control": "no-store"}
        return Response(generate_latest(registry), headers=headers)


class _Kept(Collector):
    """The last reading, kept for some seconds; those who ask meanwhile wait for one reading together."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._lock = threading.Lock()
        self._reading: Operating | None = None
        self._read_at = 0.0

    def collect(self) -> Iterator[Metric]:
        """Every metric.

        Raises:
            StorageError: when the catalog cannot be read: better no numbers than old ones.
        """
        now = datetime.now(UTC)
        with self._lock:
            if self._reading is None or time.monotonic() - self._read_at > KEPT_SECONDS:
                self._reading = None
                with self._catalog.read() as connection:
                    self._reading = read_operating(connection, now=now)
                self._read_at = time.monotonic()
            reading = self._reading
        yield from metrics_of(reading, now=now)

    def describe(self) -> list[Metric]:
        """Nothing: what is registered would else be read at once."""
        return []


def metrics_of(reading: Operating, *, now: datetime) -> Iterator[Metric]:
    """Every metric of a reading, whose ages are those of `now` (aware UTC)."""
    build = GaugeMetricFamily("smokewatch_build_info", "Always 1; the version is its label.", labels=["version"])
    build.add_metric([version("smokewatch")], 1)
    yield build
    yield from _replay(reading)
    yield from _ages(reading, now)
    yield from _runs(reading, now)
    yield from _queues(reading, now)
    yield from _drift(reading, now)


def _replay(reading: Operating) -> Iterator[Metric]:
    sequences = GaugeMetricFamily(
        "smokewatch_sequences", "Stored sequences by newest verdict.", labels=["release", "verdict"]
    )
    recent = GaugeMetricFamily(
        "smokewatch_recent_sequences",
        f"Those of the {RECENT_DAYS} days before the newest stored sequence.",
        labels=["release", "verdict"],
    )
    ratio = GaugeMetricFamily(
        "smokewatch_match_ratio",
        f"Of the replayed sequences of the newest {RECENT_DAYS} days, the share whose score is explained.",
        labels=["release"],
    )
    for (release, verdict), number in _summed(reading.replayed).items():
        sequences.add_metric([release, verdict], number)
    newest = _summed(each for each in reading.replayed if each.recent)
    for (release, verdict), number in newest.items():
        recent.add_metric([release, verdict], number)
    for release in sorted({release for release, _ in newest}):
        matched = sum(newest.get((release, verdict), 0) for verdict in _MATCHED)
        decided = matched + newest.get((release, Match.UNEXPLAINED), 0)
        if decided:
            ratio.add_metric([release], matched / decided)
    yield from (sequences, recent, ratio)
    yield CounterMetricFamily("smokewatch_verdicts", "Verdicts ever given.", value=reading.verdicts)
    yield CounterMetricFamily(
        "smokewatch_predictions", "Predictions ever computed by releases.", value=reading.predictions
    )


def _ages(reading: Operating, now: datetime) -> Iterator[Metric]:
    newest = GaugeMetricFamily(
        "smokewatch_newest_sequence_age_seconds", "Since the newest stored sequence began.", labels=["source"]
    )
    for source, began in sorted(reading.newest_sequence_at.items()):
        newest.add_metric([source], _age(began, now))
    yield newest


def _runs(reading: Operating, now: datetime) -> Iterator[Metric]:
    age = GaugeMetricFamily(
        "smokewatch_last_completed_run_age_seconds", "Since the last run that completed ended.", labels=["kind"]
    )
    seconds = GaugeMetricFamily("smokewatch_last_completed_run_seconds", "How long it took.", labels=["kind"])
    treated = GaugeMetricFamily(
        "smokewatch_last_completed_run_sequences", "Sequences that it treated.", labels=["kind"]
    )
    recent = GaugeMetricFamily(
        "smokewatch_recent_runs", "Runs that began within the last 24 hours.", labels=["kind", "state"]
    )
    for run in reading.last_runs:
        age.add_metric([run.kind], _age(run.finished_at, now))
        seconds.add_metric([run.kind], run.seconds)
        if run.sequences is not None:
            treated.add_metric([run.kind], run.sequences)
    for count in reading.recent_runs:
        recent.add_metric([count.kind, count.state], count.runs)
    yield from (age, seconds, treated, recent)


def _queues(reading: Operating, now: datetime) -> Iterator[Metric]:
    backlog = GaugeMetricFamily(
        "smokewatch_backlog_sequences", "The annotator's queue, as the latest triage splits it.", labels=["bucket"]
    )
    for bucket, number in reading.backlog.items():
        backlog.add_metric([bucket], number)
    messages = GaugeMetricFamily("smokewatch_messages", "Slack messages by state.", labels=["state"])
    for state, number in sorted(reading.messages.items()):
        messages.add_metric([state], number)
    waits = GaugeMetricFamily(
        "smokewatch_oldest_age_seconds", "Since what waits longest began to; 0: nothing waits.", labels=["queue"]
    )
    waits.add_metric(["backlog"], _age(reading.backlog_since, now))
    waits.add_metric(["messages"], _age(reading.message_waits_since, now))
    yield from (backlog, messages, waits)


def _drift(reading: Operating, now: datetime) -> Iterator[Metric]:
    severity = GaugeMetricFamily(
        "smokewatch_drift_severity",
        "Of the newest checked day: -1 insufficient data, 0 none, 1 low, 2 medium, 3 high.",
        labels=["baseline", "scope", "mode"],
    )
    age = GaugeMetricFamily(
        "smokewatch_drift_checked_day_age_seconds",
        "Since the newest checked UTC day ended.",
        labels=["baseline", "scope"],
    )
    for check in reading.drift:
        severity.add_metric([check.baseline, check.scope, "calibrated"], check.severity.rank - 1)
        severity.add_metric([check.baseline, check.scope, "strict"], check.strict_severity.rank - 1)
        age.add_metric([check.baseline, check.scope], _age(check.day_ended_at, now))
    yield from (severity, age)


def _summed(counts: Iterable[Replayed]) -> dict[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = defaultdict(int)
    for each in counts:
        found[each.release, each.verdict] += each.sequences
    return found


def _age(time: datetime | None, now: datetime) -> float:
    """Seconds; 0 also for what another clock says is yet to come."""
    return 0.0 if time is None else max(0.0, (now - time).total_seconds())
