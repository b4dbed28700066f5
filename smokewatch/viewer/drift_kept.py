"""Checks and baselines as the drift screen needs them, kept in memory: none of them ever changes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.engine import Connection

from smokewatch.domain.drift import Baseline, DriftCheck, Finding, QualityAlarm, Severity, SlowDrift, StrictResult
from smokewatch.domain.drift.metrics import CLASS_DISTANCE, COLUMNS, CONFIDENCE_W1, METRICS, SMOKE_SHARE, Metric
from smokewatch.store.drift import BaselineVersion, load_baseline
from smokewatch.store.viewing.drift import CheckRow, Release, Watched, read_checks, releases_by_day

UNKNOWN = -1
"""In the place of a severity or a metric: there is none."""
DIGITS = 6
"""Decimals of what is told of a period."""
_MOST_CHECKS = 2_000
"""About five years of days; 20 cameras take 8 KB a day."""
_MOST_BASELINES = 4
_MOST_PERIODS = 8
_PLACES = {metric.name: at for at, metric in enumerate(METRICS)}
# Luma is the last of the channels.
_COLUMNS = [max(at for at, column in enumerate(COLUMNS) if column.metric is metric) for metric in METRICS]

Array = NDArray[np.float64]
_KeyT = TypeVar("_KeyT")
_KeptT = TypeVar("_KeptT")


@dataclass(frozen=True, slots=True, eq=False)
class KeptCheck:
    """A check in short; S scopes (the fleet, then cameras), M metrics of `METRICS`. NaN: not known."""

    day: date
    version: int
    severity: Severity
    strict: Severity
    alerts: bool
    provisional: bool
    frames: int
    sequences: int
    scopes: dict[str | None, int]
    values: Array
    """(S, M, 4): expected, found, and the ends between which 95 % of drift-free days are found, on [0, 1]."""
    severities: NDArray[np.int8]
    """(S, M) ranks; `UNKNOWN`: no finding."""
    worst: dict[str, tuple[int, int, float | None]]
    """Of each camera's worst finding: rank, place of its metric, effect."""
    quality: tuple[QualityAlarm, ...]
    results: tuple[StrictResult, ...]
    slow: dict[str, SlowDrift]

    @classmethod
    def of(cls, check: DriftCheck) -> KeptCheck:
        """The check, without what a day's own reply tells."""
        scopes: dict[str | None, int] = {None: 0}
        for finding in check.findings:
            scopes.setdefault(finding.camera, len(scopes))
        shape = (len(scopes), len(METRICS))
        values, severities = np.full((*shape, 4), np.nan), np.full(shape, UNKNOWN, np.int8)
        worst: dict[str, tuple[int, int, float | None]] = {}
        for finding in check.findings:  # the worst first
            at = scopes[finding.camera], _PLACES[finding.metric]
            severities[at] = finding.severity.rank
            values[at] = _values(finding)
            if finding.camera is not None:
                effect = None if finding.effect is None else round(finding.effect, DIGITS)
                worst.setdefault(finding.camera, (finding.severity.rank, at[1], effect))
        return cls(
            day=check.day,
            version=check.baseline_version,
            severity=check.severity,
            strict=check.strict.severity,
            alerts=check.alerts,
            provisional=check.provisional,
            frames=check.frames,
            sequences=check.sequences,
            scopes=scopes,
            values=np.round(values, DIGITS),
            severities=severities,
            worst=worst,
            quality=check.quality,
            results=check.strict.results,
            slow={each.metric: each for each in check.slow},
        )


@dataclass(frozen=True, slots=True, eq=False)
class KeptBaseline:
    """A version's days; D days, S scopes, M metrics of `METRICS`."""

    scopes: dict[str | None, int]
    days: dict[date, int]
    differences: Array
    """(D, S, M) from what the baseline expects of the day's own cameras and hours, on [0, 1]; NaN: not known."""

    @classmethod
    def of(cls, baseline: Baseline) -> KeptBaseline:
        """From the days' summaries."""
        reference = baseline.reference
        tested = reference.values.tested[:, :, _COLUMNS]
        current = reference.values.current[:, :, _COLUMNS]
        differences = np.full(tested.shape, np.nan)
        for at, metric in enumerate(METRICS):
            differences[..., at] = _on_unit(metric, tested[..., at], current[..., at])
        scopes: dict[str | None, int] = {None: 0} | {name: 1 + at for at, name in enumerate(reference.cameras)}
        differences = np.round(differences, DIGITS)
        return cls(scopes, {each.day: at for at, each in enumerate(baseline.days)}, differences)

    def on(self, day: date, camera: str | None) -> Array:
        """(M,) a day's differences, of the fleet (None) or a camera."""
        if day not in self.days or camera not in self.scopes:
            return np.full(len(METRICS), np.nan)
        found: Array = self.differences[self.days[day], self.scopes[camera]]
        return found


class Memory:
    """What was read of the catalog, so that it is read once; the least used goes first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._checks: OrderedDict[int, KeptCheck] = OrderedDict()
        self._baselines: OrderedDict[tuple[str, ...], KeptBaseline] = OrderedDict()
        self._releases: OrderedDict[tuple[object, ...], dict[date, frozenset[Release]]] = OrderedDict()

    def checks(self, connection: Connection, watched: Watched, rows: Sequence[CheckRow]) -> list[KeptCheck]:
        """The checks of these rows, in their order.

        Raises:
            StorageError: when one is damaged.
        """
        with self._lock:
            found = {row.id: self._checks[row.id] for row in rows if row.id in self._checks}
        missing = read_checks(connection, watched, [row for row in rows if row.id not in found])
        found |= {each: KeptCheck.of(check) for each, check in missing.items()}
        with self._lock:
            _keep(self._checks, {row.id: found[row.id] for row in rows}, _MOST_CHECKS)
        return [found[row.id] for row in rows]

    def baseline(self, connection: Connection, version: BaselineVersion) -> KeptBaseline:
        """A version's days.

        Raises:
            StorageError: when one is damaged or gone.
        """
        with self._lock:
            known = self._baselines.get(version.days)
        found = known or KeptBaseline.of(load_baseline(connection, version))
        with self._lock:
            _keep(self._baselines, {version.days: found}, _MOST_BASELINES)
        return found

    def releases(
        self, connection: Connection, scope: str, state: tuple[object, ...], *, first_day: date, last_day: date
    ) -> dict[date, frozenset[Release]]:
        """Which releases gave the scores of each UTC day, in a state of the catalog."""
        key = (scope, first_day, last_day, *state)
        with self._lock:
            known = self._releases.get(key)
        found = releases_by_day(connection, scope, first_day=first_day, last_day=last_day) if known is None else known
        with self._lock:
            _keep(self._releases, {key: found}, _MOST_PERIODS)
        return found


def _keep(held: OrderedDict[_KeyT, _KeptT], used: dict[_KeyT, _KeptT], most: int) -> None:
    held.update(used)
    for each in used:
        held.move_to_end(each)
    while len(held) > most:
        held.popitem(last=False)


def _values(finding: Finding) -> tuple[float, float, float, float]:
    """Expected, found, and the band: what is found lies in it as long as the effect's interval holds 0."""
    expected, current, effect, low, high = (
        np.nan if each is None else each
        for each in (finding.baseline, finding.current, finding.effect, finding.low, finding.high)
    )
    return expected, current, expected + effect - high, expected + effect - low


def _on_unit(metric: Metric, tested: Array, current: Array) -> Array:
    """Differences on the tested scale as differences on [0, 1]."""
    with np.errstate(invalid="ignore"):
        days = np.maximum(np.isfinite(tested).sum(axis=0), 1)
        mean = np.nansum(tested, axis=0) / days
        if metric in (CONFIDENCE_W1, CLASS_DISTANCE):
            found: Array = np.exp(tested) - np.exp(mean)
        elif metric is SMOKE_SHARE:
            share = np.nansum(current, axis=0) / days
            angle = np.arcsin(np.sqrt(np.clip(share, 0, 1)))
            found = np.sin(np.clip(angle + tested - mean, 0, np.pi / 2)) ** 2 - share
        else:
            found = tested - mean
    return found
