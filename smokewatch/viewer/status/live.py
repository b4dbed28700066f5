"""What runs now and how fast, and the health lights."""

from __future__ import annotations

import statistics
import time
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from smokewatch.domain.drift.severity import Severity
from smokewatch.domain.lights import (
    Light,
    LightState,
    disk_light,
    drift_light,
    freshness_light,
    match_light,
    throughput_light,
)
from smokewatch.errors import StorageError
from smokewatch.store.catalog import Catalog
from smokewatch.store.run_progress import RunProgress, progress_of
from smokewatch.store.runs import FAILED, LOST, RUNNING
from smokewatch.store.throughput import Batch, newest_batches
from smokewatch.store.verdicts import DROPPED
from smokewatch.store.viewing.control_room import newest_times
from smokewatch.store.viewing.drift import DaySeverity, newest_drift
from smokewatch.store.viewing.matching import MatchRate, newest_reached
from smokewatch.store.viewing.runs import RunRow, list_runs
from smokewatch.viewer.replies import finite, utc_text
from smokewatch.viewer.status.words import progress_body, run_body

_MOST = 20
"""Runs at once; more are not told."""
_SMOOTH = 0.2
_SPARKS = 60
_BATCHES = 200
_BASELINE = 20
_MATCHES, _READ = 100, 300
_LIGHTS_SECONDS = 5.0
_ERRORS = timedelta(days=1)


@dataclass
class _Pace:
    """A run's pace, from how far it was each time it was looked at."""

    done: int
    at: float
    ema: float | None = None
    now: float | None = None
    sparks: deque[float] = field(default_factory=lambda: deque(maxlen=_SPARKS))

    def seen(self, done: int, at: float) -> None:
        passed = at - self.at
        if passed <= 0:
            return
        self.now = max(0, done - self.done) / passed
        self.ema = self.now if self.ema is None else _SMOOTH * self.now + (1 - _SMOOTH) * self.ema
        self.sparks.append(round(self.now, 3))
        self.done, self.at = done, at


class Live:
    """Takes samples of what runs.

    Args:
        catalog: read only.
        machine: the newest sample of the machine; its lights are among ours.
    """

    def __init__(self, catalog: Catalog, machine: Callable[[], dict[str, Any]]) -> None:
        self._catalog, self._machine = catalog, machine
        self._paces: dict[str, _Pace] = {}
        self._baseline: float | None = None
        self._lights: list[Light] = []
        self._looked_at = float("-inf")

    def take(self) -> dict[str, Any]:
        """One sample.

        Raises:
            StorageError: when the catalog cannot be read.
        """
        now = datetime.now(UTC)
        with self._catalog.read() as connection:
            running, _ = list_runs(connection, limit=_MOST, states=[RUNNING])
            failed, _ = list_runs(connection, limit=1, states=[FAILED, LOST])
            told = progress_of(connection, [run.id for run in [*running, *failed]])
            if time.monotonic() - self._looked_at >= _LIGHTS_SECONDS:
                reached = [each for each in newest_reached(connection, limit=_READ) if each.status != DROPPED]
                batches = [batch for _, batch in newest_batches(connection, limit=_BATCHES)]
                imported = newest_times(connection).imported_at
                drift = newest_drift(connection, days=1)
                self._baseline = _baseline(batches)
                self._lights = self._all_lights(
                    MatchRate.of(each.status for each in reached[:_MATCHES]),
                    batches,
                    imported,
                    drift[1][-1] if drift else None,
                    now,
                )
                self._looked_at = time.monotonic()
        self._paces = {run.id: self._paces.get(run.id) or _first(run, told.get(run.id)) for run in running}
        runs = [self._run(run, told.get(run.id), now) for run in running]
        return {
            "runs": runs,
            "last_error": _last_error(running, failed, told, now),
            "lights": [asdict(each) for each in self._lights],
        }

    def _run(self, run: RunRow, told: RunProgress | None, now: datetime) -> dict[str, Any]:
        progress, pace = told or RunProgress(), self._paces[run.id]
        pace.seen(progress.done, time.monotonic())
        seconds = (now - run.started_at).total_seconds()
        mean = progress.done / seconds if seconds > 0 and progress.done else None
        rate = pace.ema or mean
        left = None if progress.total is None else max(0, progress.total - progress.done)
        return {
            **run_body(run, seconds=seconds),
            **progress_body(progress),
            "rate": finite(pace.now),
            "rate_ema": finite(rate),
            "rate_baseline": self._baseline if run.kind == "replay" else None,
            "eta_seconds": round(left / rate, 1) if rate and left is not None else None,
            "sparkline": list(pace.sparks),
        }

    def _all_lights(
        self,
        rate: MatchRate,
        batches: list[Batch],
        imported: datetime | None,
        drift: DaySeverity | None,
        now: datetime,
    ) -> list[Light]:
        speed = batches[0].sequences_per_second if batches else None
        before = _baseline([each for each in batches[1:] if _alike(each, batches[0])])
        try:
            machine = self._machine()
        except StorageError:  # told by its own address
            machine = {"disk": []}
        disks = [(each["what"], each["free"], each["total"]) for each in machine["disk"]]
        return [
            match_light(rate.explained, rate.replayed),
            throughput_light(speed, before),
            disk_light(disks),
            *(_outside(machine, name, label) for name, label in _OUTSIDE),
            freshness_light(imported, now=now),
            drift_light(Severity(drift.severity), drift.day, drift.cameras) if drift else drift_light(None, None),
        ]


_OUTSIDE = (("docker", "Docker"), ("object_store", "Frames"), ("prefect", "Prefect"))


def _outside(machine: dict[str, Any], name: str, label: str) -> Light:
    said = machine.get(name) or {}
    return Light(name, label, LightState(said.get("state", "unknown")), said.get("text", "not looked at yet"))


def _first(run: RunRow, told: RunProgress | None) -> _Pace:
    return _Pace(told.done if told else 0, time.monotonic())


def _alike(one: Batch, other: Batch) -> bool:
    return (one.release_reference, one.concurrency) == (other.release_reference, other.concurrency)


def _baseline(batches: list[Batch]) -> float | None:
    speeds = [speed for each in batches[:_BASELINE] if (speed := each.sequences_per_second) is not None]
    return statistics.median(speeds) if speeds else None


def _last_error(
    running: list[RunRow], failed: list[RunRow], told: dict[str, RunProgress], now: datetime
) -> dict[str, Any] | None:
    found = []
    for run in failed:
        at = run.finished_at or run.started_at
        if now - at <= _ERRORS:
            progress = told.get(run.id)
            found.append((at, run, (progress and progress.last_error) or f"{run.kind} {run.state}"))
    for run in running:
        progress = told.get(run.id)
        if progress and progress.last_error and progress.updated_at:
            found.append((progress.updated_at, run, progress.last_error))
    if not found:
        return None
    at, run, text = max(found, key=lambda each: each[0])
    return {"run_id": run.id, "kind": run.kind, "at": utc_text(at), "text": text}
