"""Drift: is today unlike the days before, where, and does it matter? Pure rules; docs/drift.md explains them.

`summarize` a day from its columns; `build_baseline` of accepted days' summaries; `check_drift` a day against it;
`compare` two sets of days without a test; `propose_retraining` from the last checks.
"""

from smokewatch.domain.drift.accuracy import ExpectedAccuracy, expected_accuracy
from smokewatch.domain.drift.baseline import Baseline, build_baseline, roll
from smokewatch.domain.drift.checking import DriftCheck, check_drift
from smokewatch.domain.drift.comparing import Comparison, compare
from smokewatch.domain.drift.daily import DaySummary, summarize
from smokewatch.domain.drift.ewma import SlowDrift
from smokewatch.domain.drift.findings import Finding
from smokewatch.domain.drift.observations import Frames, Sequences
from smokewatch.domain.drift.quality import QualityAlarm, QualityKind, quality_alarms
from smokewatch.domain.drift.retraining import RetrainingProposal, propose_retraining
from smokewatch.domain.drift.severity import Severity
from smokewatch.domain.drift.stored import (
    baseline_from_json,
    baseline_json,
    check_from_json,
    check_json,
    summary_from_json,
    summary_json,
)
from smokewatch.domain.drift.strict import StrictResult, StrictVerdict

__all__ = [
    "Baseline",
    "Comparison",
    "DaySummary",
    "DriftCheck",
    "ExpectedAccuracy",
    "Finding",
    "Frames",
    "QualityAlarm",
    "QualityKind",
    "RetrainingProposal",
    "Sequences",
    "Severity",
    "SlowDrift",
    "StrictResult",
    "StrictVerdict",
    "baseline_from_json",
    "baseline_json",
    "build_baseline",
    "check_drift",
    "check_from_json",
    "check_json",
    "compare",
    "expected_accuracy",
    "propose_retraining",
    "quality_alarms",
    "roll",
    "summarize",
    "summary_from_json",
    "summary_json",
]
