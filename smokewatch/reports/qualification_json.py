"""A qualification as JSON: the verdict first, then what it rests on. Shares, scores and changes are on [0, 1]."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from smokewatch.domain.qualification import (
    Decisions,
    Flip,
    FlippedSequence,
    Metrics,
    Paired,
    Quality,
    Ruling,
    ScoreShift,
    Share,
    ThresholdAdvice,
    verdict_of,
)

QUALIFICATION_SCHEMA = 1

Json = dict[str, Any]


def qualification_report(
    decisions: Decisions,
    *,
    metrics: Metrics,
    rulings: Sequence[Ruling],
    flipped: Sequence[FlippedSequence],
    shifts: Sequence[ScoreShift],
    advice: ThresholdAdvice | None,
    confidence: float,
    facts: Mapping[str, Any],
    evidence: Mapping[str, Json],
) -> Json:
    """The whole report.

    Args:
        decisions: what both releases decided.
        metrics: of them.
        rulings: what the rules say.
        flipped: sequences whose decision changes, what people look at first.
        shifts: how far scores lie apart.
        advice: at which threshold the candidate keeps what the baseline keeps.
        confidence: of the intervals.
        facts: of the run, as they are told: releases, days, counts, cost.
        evidence: sequence key -> frames and tubes of a flipped one.
    """
    return {
        "schema_version": QUALIFICATION_SCHEMA,
        "verdict": str(verdict_of(rulings)),
        **facts,
        "confidence": confidence,
        "compared": len(decisions.keys),
        "thresholds": {"baseline": decisions.baseline_threshold, "candidate": decisions.candidate_threshold},
        "rules": [_ruling(each) for each in rulings],
        "metrics": _metrics(metrics),
        "advice": None if advice is None else {"threshold": advice.threshold, "metrics": _metrics(advice.metrics)},
        "flip_counts": {str(flip): sum(each.flip is flip for each in flipped) for flip in Flip},
        "flips": [
            {**asdict(each), "flip": str(each.flip), "label": str(each.label), **evidence.get(each.key, {})}
            for each in flipped
        ],
        "score_shifts": [asdict(each) for each in shifts],
    }


def _ruling(ruling: Ruling) -> Json:
    return {
        **asdict(ruling),
        "rule": str(ruling.rule),
        "verdict": str(ruling.verdict),
        "figure": _number(ruling.figure),
    }


def _metrics(metrics: Metrics) -> Json:
    return {
        "baseline": _quality(metrics.baseline),
        "candidate": _quality(metrics.candidate),
        "smoke": _paired(metrics.smoke),
        "false_positives": _paired(metrics.false_positives),
        "alerts_a_day": {
            "baseline": metrics.alerts_before,
            "candidate": metrics.alerts_now,
            "change": metrics.alerts_change,
        },
        "days": metrics.days,
    }


def _quality(quality: Quality) -> Json:
    return {
        "recall": _share(quality.recall),
        "false_positive_rate": _share(quality.false_positive_rate),
        "precision": _share(quality.precision),
        "calibration_error": quality.calibration_error,
    }


def _share(share: Share) -> Json:
    return {**asdict(share), "value": share.value}


def _paired(paired: Paired) -> Json:
    return {**asdict(paired), "change": paired.change}


def _number(value: float | None) -> float | None:
    return value if value is None or math.isfinite(value) else None
