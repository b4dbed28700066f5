"""The heat map's cells: camera x metric, how large the effect is against the fixed threshold."""

from __future__ import annotations

from dataclasses import dataclass

from smokewatch.domain.drift import Finding
from smokewatch.domain.drift.metrics import METRICS
from smokewatch.reports.drift_model import DriftReport

SHOWN_CAMERAS = 60
LEVELS = 5
"""Steps of colour; the last is the fixed threshold and more."""

_FIXED = {metric.name: metric.fixed for metric in METRICS}


@dataclass(frozen=True, slots=True)
class Cell:
    """One metric of one camera."""

    finding: Finding | None
    level: int
    """0 to `LEVELS`."""


@dataclass(frozen=True, slots=True)
class HeatMap:
    """Rows: the fleet, then the cameras, the worst first."""

    metrics: list[str]
    rows: list[tuple[str | None, list[Cell]]]
    left_out: int
    """Cameras that are not shown; all are in the JSON."""


def heat_map(report: DriftReport) -> HeatMap:
    """Of the fleet and at most 60 cameras."""
    by_key = {finding.key: finding for finding in report.findings}
    metrics = [metric.name for metric in METRICS if (metric.name, None) in by_key]
    cameras = [each.camera for each in report.cameras if any((name, each.camera) in by_key for name in metrics)]
    shown: list[str | None] = [None, *cameras[:SHOWN_CAMERAS]]
    return HeatMap(
        metrics=metrics,
        rows=[(camera, [_cell(by_key.get((name, camera))) for name in metrics]) for camera in shown],
        left_out=max(len(cameras) - SHOWN_CAMERAS, 0),
    )


def _cell(finding: Finding | None) -> Cell:
    if finding is None or finding.effect is None:
        return Cell(finding, 0)
    return Cell(finding, min(int(LEVELS * abs(finding.effect) / _FIXED[finding.metric]), LEVELS))
