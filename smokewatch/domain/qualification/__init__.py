"""Release qualification: what would another release have decided, and may it replace the one in use? Pure rules."""

from smokewatch.domain.qualification.advice import ThresholdAdvice, advise_threshold
from smokewatch.domain.qualification.decisions import Decisions
from smokewatch.domain.qualification.flips import Flip, FlippedSequence, flips
from smokewatch.domain.qualification.intervals import CONFIDENCE, Paired, Share, sequences_needed
from smokewatch.domain.qualification.metrics import Metrics, Quality, ScoreShift, measure, score_shifts
from smokewatch.domain.qualification.rules import (
    DEFAULT_LIMITS,
    RuleName,
    Ruling,
    Verdict,
    limits_with,
    rule_on,
    verdict_of,
)

__all__ = [
    "CONFIDENCE",
    "DEFAULT_LIMITS",
    "Decisions",
    "Flip",
    "FlippedSequence",
    "Metrics",
    "Paired",
    "Quality",
    "RuleName",
    "Ruling",
    "ScoreShift",
    "Share",
    "ThresholdAdvice",
    "Verdict",
    "advise_threshold",
    "flips",
    "limits_with",
    "measure",
    "rule_on",
    "score_shifts",
    "sequences_needed",
    "verdict_of",
]
