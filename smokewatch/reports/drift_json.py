"""report.json: a check with everything the page shows of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from smokewatch.domain.drift import Baseline, DaySummary, DriftCheck, ExpectedAccuracy, Severity
from smokewatch.domain.drift.ewma import LIMIT
from smokewatch.reports.drift_model import (
    SCHEMA_VERSION,
    BaselineFacts,
    CameraDay,
    ClassRow,
    Data,
    DriftReport,
    ReportFrame,
    Trend,
)
from smokewatch.reports.histograms import histograms_of
from smokewatch.reports.timeline import timeline_of
from smokewatch.reports.verdict import verdict_of

_DIGITS = 6
"""Significant ones of a number in the report."""


def drift_report(
    check: DriftCheck,
    *,
    baseline: Baseline,
    day: DaySummary,
    history: Sequence[DriftCheck] = (),
    frames: Sequence[ReportFrame] = (),
    model_versions: Sequence[str] = (),
    accuracy: ExpectedAccuracy | None = None,
    title: str,
) -> dict[str, Any]:
    """report.json, as :class:`DriftReport` describes it; numbers with 6 significant digits.

    Args:
        check: the check.
        baseline: the version that it was checked against.
        day: the checked day.
        history: checks of earlier days, in any order; those of the same baseline's name make the timeline.
        frames: the worst ones and typical ones beside them, in the order in which they are shown.
        model_versions: of the models that gave the day's scores.
        accuracy: what the day's scores promise; None: not computed.
        title: the page's.
    """
    report = DriftReport(
        schema_version=SCHEMA_VERSION,
        title=title,
        day=check.day,
        verdict=verdict_of(check, history),
        data=Data(
            frames=check.frames,
            sequences=check.sequences,
            left_out=check.left_out,
            decoder=check.decoder,
            model_versions=sorted(set(model_versions)),
        ),
        baseline=BaselineFacts(
            name=check.baseline,
            version=check.baseline_version,
            first_day=check.first_baseline_day,
            last_day=check.last_baseline_day,
            days=check.baseline_days,
        ),
        quality=list(check.quality),
        findings=list(check.findings),
        strict=check.strict,
        trends=[Trend(metric=each.metric, average=each.average, limit=LIMIT, since=each.since) for each in check.slow],
        cameras=_cameras(check, day),
        timeline=timeline_of(check, baseline=baseline, day=day, history=history),
        histograms=histograms_of(baseline, day, check.cameras),
        classes=_classes(baseline, day),
        frames=list(frames),
        expected_accuracy=accuracy,
    )
    told: dict[str, Any] = _rounded(report.model_dump(mode="json"))
    return told


def _cameras(check: DriftCheck, day: DaySummary) -> list[CameraDay]:
    """Each with its worst finding's severity; findings come the worst first."""
    worst: dict[str, Severity] = {}
    for finding in check.findings:
        if finding.camera is not None:
            worst.setdefault(finding.camera, finding.severity)
    frames = dict(zip(day.cameras, day.frames.sum(axis=1).tolist(), strict=True))
    sequences = dict(zip(day.cameras, day.sequences.sum(axis=1).tolist(), strict=True))
    return [
        CameraDay(
            camera=camera,
            frames=frames.get(camera, 0),
            sequences=sequences.get(camera, 0),
            severity=worst.get(camera, Severity.INSUFFICIENT_DATA),
        )
        for camera in dict.fromkeys((*worst, *day.cameras))
    ]


def _classes(baseline: Baseline, day: DaySummary) -> list[ClassRow]:
    theirs, ours = baseline.pooled.class_counts, day.class_counts.sum(axis=(0, 1))
    rows = []
    for name, before, now in zip(day.classes, theirs.tolist(), ours.tolist(), strict=True):
        old, new = _share(before, int(theirs.sum())), _share(now, int(ours.sum()))
        delta = None if old is None or new is None else new - old
        rows.append(
            ClassRow(name=name, baseline=before, baseline_share=old, current=now, current_share=new, delta=delta)
        )
    return rows


def _share(part: int, total: int) -> float | None:
    return part / total if total else None


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.{_DIGITS}g}")
    if isinstance(value, dict):
        return {name: _rounded(each) for name, each in value.items()}
    return [_rounded(each) for each in value] if isinstance(value, list) else value
