"""A checked day as JSON tells it: the verdict in words, data quality, every finding."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from smokewatch.domain.drift import DriftCheck
from smokewatch.reports.verdict import verdict_of
from smokewatch.viewer.drift_body import quality_body

_DIGITS = 6
_FINDING = ("metric", "camera", "channel", "reason", "n", "days")
_NUMBERS = ("baseline", "current", "effect", "low", "high", "p", "q")


def day_body(check: DriftCheck, history: Sequence[DriftCheck], model_versions: Sequence[str]) -> dict[str, Any]:
    """A day: the verdict in words, data quality, every finding, the fixed thresholds."""
    verdict = verdict_of(check, history)
    return {
        "day": str(check.day),
        "verdict": {
            "severity": verdict.severity.value,
            "headline": verdict.headline,
            "actions": verdict.actions,
            "since": None if verdict.since is None else str(verdict.since),
            "cameras": verdict.cameras,
            "alerts": verdict.alerts,
            "provisional": verdict.provisional,
            "retraining": [{"metric": each.metric, "camera": each.camera} for each in verdict.retraining],
        },
        "data": {
            "frames": check.frames,
            "sequences": check.sequences,
            "left_out": check.left_out,
            "decoder": check.decoder,
            "model_versions": list(model_versions),
        },
        "baseline": {
            "name": check.baseline,
            "version": check.baseline_version,
            "first_day": str(check.first_baseline_day),
            "last_day": str(check.last_baseline_day),
            "days": check.baseline_days,
        },
        "quality": quality_body(check.quality),
        "findings": [
            {
                "severity": each.severity.value,
                **{name: getattr(each, name) for name in _FINDING},
                **{name: _number(getattr(each, name)) for name in _NUMBERS},
            }
            for each in check.findings
        ],
        "strict": {
            "severity": check.strict.severity.value,
            "results": [
                {
                    "name": each.name,
                    "detector": each.detector.value,
                    "baseline": _number(each.baseline),
                    "current": _number(each.current),
                    "shift": _number(each.shift),
                    "threshold": each.threshold,
                    "exceeds": each.exceeds,
                }
                for each in check.strict.results
            ],
        },
    }


def _number(value: float | None) -> float | None:
    """6 significant digits; null where it is not known."""
    return float(f"{value:.{_DIGITS}g}") if value is not None and math.isfinite(value) else None
