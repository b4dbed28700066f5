"""At which threshold a candidate keeps what the baseline keeps."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from smokewatch.domain.labels import Label
from smokewatch.domain.qualification.decisions import Decisions
from smokewatch.domain.qualification.metrics import Metrics, measure


@dataclass(frozen=True, slots=True)
class ThresholdAdvice:
    """The largest threshold with which the candidate keeps as much labelled smoke as the baseline does."""

    threshold: float
    metrics: Metrics
    """With the candidate at this threshold."""


def advise_threshold(decisions: Decisions) -> ThresholdAdvice | None:
    """The advice; None where the baseline keeps no labelled smoke, so that any threshold would do."""
    smoke = decisions.labelled(Label.SMOKE)
    kept = int((smoke & decisions.kept_before).sum())
    if not kept:
        return None
    # At or above a score is kept, so the threshold is the score of the last one that has to be.
    threshold = float(np.sort(decisions.candidate[smoke])[-kept])
    return ThresholdAdvice(threshold, measure(replace(decisions, candidate_threshold=threshold)))
