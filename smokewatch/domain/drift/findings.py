"""One day against a baseline: every metric of the fleet and of each camera, tested and graded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from smokewatch.domain.drift.effects import effect_of
from smokewatch.domain.drift.metrics import CLASS_DISTANCE, COLUMNS, METRICS, Detector, Metric
from smokewatch.domain.drift.reference import Reference, Values
from smokewatch.domain.drift.scatter import Scatter, scatter
from smokewatch.domain.drift.severity import CAMERA_N, FLEET_N, MIN_DAYS, Severity, is_low, severity
from smokewatch.domain.drift.testing import Prediction, false_discovery_rates, predict, simes
from smokewatch.domain.profiles import Channel

Array = NDArray[np.float64]
Key = tuple[str, str | None]
"""Metric and camera; None is the fleet."""

_ONE_SIDED = np.array([column.metric.one_sided for column in COLUMNS])
_COLUMNS = {metric: [at for at, column in enumerate(COLUMNS) if column.metric is metric] for metric in METRICS}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What became of one metric of one camera, or of the fleet; values on [0, 1]. None: not known."""

    metric: str
    camera: str | None
    """None: the fleet."""
    detector: Detector
    severity: Severity = Severity.INSUFFICIENT_DATA
    reason: str = ""
    """Why nothing can be said; empty where something is."""
    n: int
    """The day's frames (pixels) or sequences."""
    days: int
    """D, the baseline's days behind it."""
    is_low: bool = False
    """Whether it is low or more by the day's own test, whatever the days before."""
    channel: Channel | None = None
    """Of an image metric, whose values are shown: luma where it tells what all tell, else the one that differs most."""
    baseline: float | None = None
    """What the baseline expects of this day's cells; of a distance, what its own days had."""
    current: float | None = None
    effect: float | None = None
    """current less baseline."""
    low: float | None = None
    """The effect's 95 % interval."""
    high: float | None = None
    p: float | None = None
    """Of an image metric, its four channels' together."""
    q: float | None = None
    score: float | None = None
    """t statistic; of an image metric, luma's."""

    @property
    def key(self) -> Key:
        """What the same metric on another day is found by."""
        return self.metric, self.camera

    @property
    def badness(self) -> tuple[int, float]:
        """Sorts the worst first: by severity, then by p."""
        return -self.severity.rank, np.inf if self.p is None else self.p


def find(
    reference: Reference,
    today: Values,
    *,
    refused: Mapping[str, str],
    low_before: Mapping[Key, int],
) -> list[Finding]:
    """Test every metric of the fleet and of each of the baseline's cameras, the worst first.

    Args:
        reference: the baseline.
        today: the day's numbers (D = 1).
        refused: by camera, why its pixels are not compared.
        low_before: by metric and camera, on how many of the two days before it was low by its own test.
    """
    theirs = scatter(reference, today)
    with np.errstate(invalid="ignore", divide="ignore"):
        days = np.maximum(theirs.days, 2)
        prediction = predict(today.tested[0], theirs.mean, theirs.spread, days, _ONE_SIDED, theirs.tails)
    metrics = [metric for metric in METRICS if metric is not CLASS_DISTANCE or len(reference.classes) > 2]
    tests = [
        _Test(metric, camera, scope, today, theirs, prediction)
        for scope, camera in enumerate((None, *reference.cameras))
        for metric in metrics
    ]
    reasons = [test.why_not(refused) for test in tests]
    p = np.stack([simes(prediction.p[:, _COLUMNS[metric]]) for metric in metrics], axis=1).ravel()
    p[[bool(reason) for reason in reasons]] = np.nan
    q = false_discovery_rates(p)
    found = [
        test.untested(reason) if reason else test.graded(p_of_it, q_of_it, low_before)
        for test, reason, p_of_it, q_of_it in zip(tests, reasons, p.tolist(), q.tolist(), strict=True)
    ]
    return sorted(found, key=lambda finding: finding.badness)


@dataclass(frozen=True, slots=True, eq=False)
class _Test:
    """One metric of one camera, or of the fleet."""

    metric: Metric
    camera: str | None
    scope: int
    today: Values
    theirs: Scatter
    prediction: Prediction

    @property
    def n(self) -> int:
        return int(self.today.n[0, self.scope, _COLUMNS[self.metric][-1]])

    @property
    def days(self) -> int:
        return int(self.theirs.days[self.scope, _COLUMNS[self.metric][-1]])

    def why_not(self, refused: Mapping[str, str]) -> str:
        """Why nothing can be said; empty where something can."""
        pixels = self.metric.detector is Detector.PIXELS
        unit = "frames" if pixels else "sequences"
        fleet_n = int(self.today.n[0, 0, _COLUMNS[self.metric][-1]])
        if pixels and self.camera is not None and self.camera in refused:
            return refused[self.camera]
        if fleet_n < FLEET_N:
            return f"{fleet_n} {unit} in the day, at least {FLEET_N} are needed"
        if self.camera is not None and self.n < CAMERA_N:
            return f"{self.n} {unit} of the camera in the day, at least {CAMERA_N} are needed"
        if self.days < MIN_DAYS:
            return f"{self.days} baseline days with enough {unit}, at least {MIN_DAYS} are needed"
        return ""

    def untested(self, reason: str) -> Finding:
        return Finding(
            metric=self.metric.name,
            camera=self.camera,
            detector=self.metric.detector,
            n=self.n,
            days=self.days,
            reason=reason,
        )

    def graded(self, p: float, q: float, low_before: Mapping[Key, int]) -> Finding:
        columns, n, days = _COLUMNS[self.metric], self.n, self.days
        ps, last = self.prediction.p[self.scope, columns], columns[-1]
        # Luma is the last of the channels.
        shown = last if ps[-1] <= p else columns[int(ps.argmin())]
        effect = effect_of(
            self.metric,
            current=float(self.today.current[0, self.scope, shown]),
            tested=float(self.today.tested[0, self.scope, shown]),
            mean=float(self.theirs.mean[self.scope, shown]),
            half_width=float(self.prediction.half_width[self.scope, shown]),
            n=n,
        )
        size = effect.size if self.metric.one_sided else abs(effect.size)
        floor, before = self.metric.floor(self.camera), low_before.get((self.metric.name, self.camera), 0)
        level = severity(q=q, size=size, floor=floor, fixed=self.metric.fixed, days=days, low_before=before)
        return Finding(
            metric=self.metric.name,
            camera=self.camera,
            detector=self.metric.detector,
            severity=level,
            n=n,
            days=days,
            is_low=is_low(q=q, size=size, floor=floor),
            channel=COLUMNS[shown].channel,
            baseline=effect.baseline,
            current=effect.current,
            effect=effect.size,
            low=effect.low,
            high=effect.high,
            p=p,
            q=q,
            score=float(self.prediction.score[self.scope, last]),
        )
