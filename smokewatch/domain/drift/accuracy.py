"""The accuracy that calibrated scores promise for a day without labels; shown, and never a reason to alert.

Confidence-based: a sequence kept with score p is right with probability p, one discarded with 1 - p. That holds only
while a score means what it says, so labelled sequences must say so first.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from smokewatch.domain.drift.observations import SMOKE_CLASSES, Sequences

RELIABLE_N = 200
"""Labelled sequences without which nothing is shown: chosen; ten bins have then some twenty each."""
RELIABLE_ECE = 0.05
"""Largest expected calibration error with which it is shown: chosen, half of the confidence shift that is high."""
_BINS = 10


@dataclass(frozen=True, slots=True)
class ExpectedAccuracy:
    """Of a day's sequences, or why it is not shown."""

    accuracy: float | None
    """Share of right verdicts to be expected, [0, 1]; None: not shown."""
    calibration_error: float | None
    """ECE of the labelled sequences, [0, 1]; None: too few."""
    labelled: int
    reason: str
    """Why it is not shown; empty where it is."""


def expected_accuracy(
    sequences: Sequences, *, labelled_scores: NDArray[np.float64], is_smoke: NDArray[np.bool_]
) -> ExpectedAccuracy:
    """What the day's scores promise.

    Args:
        sequences: the day's; those whose score is NaN are left out.
        labelled_scores: (L,) scores in [0, 1] of sequences that people labelled.
        is_smoke: (L,) the labels.
    """
    labelled, smoke = len(labelled_scores), sequences.classes.index(SMOKE_CLASSES[1])
    if labelled < RELIABLE_N:
        return ExpectedAccuracy(
            None, None, labelled, f"{labelled} labelled sequences, at least {RELIABLE_N} are needed"
        )
    error = calibration_error(labelled_scores, is_smoke)
    scored = np.isfinite(sequences.scores)
    if error > RELIABLE_ECE:
        reason = f"scores are not calibrated: they miss the labels by {error:.3f}, at most {RELIABLE_ECE} is allowed"
        return ExpectedAccuracy(None, error, labelled, reason)
    if not scored.any():
        return ExpectedAccuracy(None, error, labelled, "no sequence with a score in the day")
    scores, kept = sequences.scores[scored], sequences.verdicts[scored] == smoke
    return ExpectedAccuracy(float(np.where(kept, scores, 1 - scores).mean()), error, labelled, "")


def calibration_error(scores: NDArray[np.float64], is_smoke: NDArray[np.bool_]) -> float:
    """ECE: mean over ten bins of equal width of the gap between mean score and share of smoke, weighted by number."""
    bins = np.minimum((scores * _BINS).astype(np.intp), _BINS - 1)
    gaps = np.bincount(bins, scores, _BINS) - np.bincount(bins, is_smoke.astype(np.float64), _BINS)
    return float(np.abs(gaps).sum() / len(scores))
