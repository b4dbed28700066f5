"""Metrics over the last days, with the band in which drift-free days lie."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import numpy as np

from smokewatch.domain.drift import Baseline, DaySummary, DriftCheck, Finding, Severity
from smokewatch.domain.drift.findings import Key
from smokewatch.domain.drift.metrics import CLASS_DISTANCE, COLUMNS, CONFIDENCE_W1, METRICS, SMOKE_SHARE, Metric
from smokewatch.domain.drift.quality import changed_sizes
from smokewatch.domain.drift.reference import Values
from smokewatch.domain.drift.scatter import Scatter, scatter
from smokewatch.domain.drift.severity import MIN_DAYS
from smokewatch.domain.drift.testing import Prediction, predict
from smokewatch.reports.drift_model import Line, Timeline

SHOWN_DAYS = 90
SHOWN_ALARMS = 6
"""Lines of cameras."""

_ONE_SIDED = np.array([column.metric.one_sided for column in COLUMNS])
_METRICS = {metric.name: metric for metric in METRICS}


def timeline_of(
    check: DriftCheck, *, baseline: Baseline, day: DaySummary, history: Sequence[DriftCheck] = ()
) -> Timeline:
    """The last 90 days on which something is known, up to the checked one.

    A day of the baseline has its own value; an earlier check's is its distance from what was expected of its day, in
    standard deviations. Both are shown as they would be with the checked day's cameras and hours, so that one band
    holds for all.
    """
    first = check.day - timedelta(days=SHOWN_DAYS - 1)
    checks = {each.day: each for each in history if first <= each.day < check.day and each.baseline == check.baseline}
    checks[check.day] = check
    known = {*checks, *(each.day for each in baseline.days if first <= each.day < check.day)}
    drawing = _Drawing(sorted(known), checks, baseline, day)
    alarms = [each.key for each in check.findings if each.severity.is_open and each.camera is not None]
    fleet = [(metric, None) for metric in _METRICS if any(each.key == (metric, None) for each in check.findings)]
    return Timeline(
        days=drawing.days,
        in_baseline=[each in drawing.places for each in drawing.days],
        severities=[checks[each].severity if each in checks else None for each in drawing.days],
        lines=[drawing.line(key) for key in (*alarms[:SHOWN_ALARMS], *fleet)],
    )


@dataclass(frozen=True)
class _Drawing:
    days: list[date]
    checks: dict[date, DriftCheck]
    baseline: Baseline
    day: DaySummary

    @cached_property
    def places(self) -> dict[date, int]:
        """Where a day is in the baseline."""
        return {each.day: at for at, each in enumerate(self.baseline.days)}

    @cached_property
    def today(self) -> Values:
        without = changed_sizes(self.day, self.baseline)
        return self.baseline.reference.of_day(self.day, without_frames=without)

    @cached_property
    def theirs(self) -> Scatter:
        return scatter(self.baseline.reference, self.today)

    @cached_property
    def prediction(self) -> Prediction:
        theirs = self.theirs
        days = np.maximum(theirs.days, 2)
        with np.errstate(invalid="ignore", divide="ignore"):
            return predict(self.today.tested[0], theirs.mean, theirs.spread, days, _ONE_SIDED, theirs.tails)

    @cached_property
    def found(self) -> dict[date, dict[Key, Finding]]:
        return {each: {finding.key: finding for finding in check.findings} for each, check in self.checks.items()}

    def line(self, key: Key) -> Line:
        """A metric of a camera of the baseline, or of the fleet."""
        name, camera = key
        scope = 0 if camera is None else 1 + self.baseline.reference.cameras.index(camera)
        # Luma is the last of the channels.
        at = max(place for place, column in enumerate(COLUMNS) if column.metric.name == name)
        value = self._values(_METRICS[name], scope, at)
        enough = self.theirs.days[scope, at] >= MIN_DAYS
        half = float(self.prediction.half_width[scope, at]) if enough else math.nan
        return Line(
            metric=name,
            camera=camera,
            channel=COLUMNS[at].channel,
            expected=value(0.0),
            low=value(-half),
            high=value(half),
            values=[value(self._difference(each, key, scope, at)) for each in self.days],
            severities=[self._severity(each, key) for each in self.days],
            averages=[self._average(each, key) for each in self.days],
        )

    def _difference(self, each: date, key: Key, scope: int, at: int) -> float:
        """A day's distance from what is expected of it, on the tested scale; NaN: not known."""
        mean = float(self.theirs.mean[scope, at])
        if each in self.places:
            return float(self.baseline.reference.values.tested[self.places[each], scope, at]) - mean
        if each == self.day.day:
            return float(self.today.tested[0, scope, at]) - mean
        finding = self.found[each].get(key)
        scale = float(self.theirs.spread[scope, at]) * math.sqrt(1 + 1 / max(int(self.theirs.days[scope, at]), 1))
        return math.nan if finding is None or finding.score is None else finding.score * scale

    def _severity(self, each: date, key: Key) -> Severity | None:
        finding = self.found.get(each, {}).get(key)
        return None if finding is None else finding.severity

    def _average(self, each: date, key: Key) -> float | None:
        if key[1] is not None or each not in self.checks:
            return None
        return next((one.average for one in self.checks[each].slow if one.metric == key[0]), None)

    def _values(self, metric: Metric, scope: int, at: int) -> Callable[[float], float | None]:
        """From a difference on the tested scale to the metric's value with the checked day's cameras and hours."""
        mean, current = float(self.theirs.mean[scope, at]), float(self.today.current[0, scope, at])
        difference = float(self.today.tested[0, scope, at]) - mean
        if not math.isfinite(current + difference):
            # Nothing of it in the day: with the cameras and hours of the baseline's days.
            theirs = self.baseline.reference.values.current[:, scope, at]
            current = float(theirs[np.isfinite(theirs)].mean()) if np.isfinite(theirs).any() else math.nan
            difference = 0.0
        if metric in (CONFIDENCE_W1, CLASS_DISTANCE):
            return lambda each: _finite(np.exp(mean + each))
        if metric is SMOKE_SHARE:
            angle = np.arcsin(np.sqrt(np.clip(current, 0, 1))) - difference
            return lambda each: _finite(np.sin(np.clip(angle + each, 0, np.pi / 2)) ** 2)
        return lambda each: _finite(current - difference + each)


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
