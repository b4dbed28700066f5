"""How well two releases decide: on labelled sequences, in alerts a day, and by how far their scores lie apart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from smokewatch.domain.drift.accuracy import calibration_error
from smokewatch.domain.drift.distances import wasserstein
from smokewatch.domain.labels import Label
from smokewatch.domain.qualification.decisions import Decisions, Mask
from smokewatch.domain.qualification.intervals import CONFIDENCE, Paired, Share


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """One release on labelled sequences."""

    recall: Share
    """Of the smoke, how much it keeps."""
    false_positive_rate: Share
    """Of the false positives, how many it keeps."""
    precision: Share
    """Of what it keeps, how much is smoke."""
    calibration_error: float | None
    """ECE on [0, 1] (:func:`drift.accuracy.calibration_error`); None without labels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metrics:
    """Both releases, and what changes between them."""

    baseline: Quality
    candidate: Quality
    smoke: Paired
    """Of the labelled smoke, what is kept."""
    false_positives: Paired
    """Of the labelled false positives, what is kept."""
    alerts_before: float
    """A day, past the fire-risk gate: sequences that are kept."""
    alerts_now: float
    days: int

    @property
    def alerts_change(self) -> float | None:
        """Relative, so 0.2 is a fifth more; None where there were none before."""
        return (self.alerts_now - self.alerts_before) / self.alerts_before if self.alerts_before else None


@dataclass(frozen=True, slots=True)
class ScoreShift:
    """How far the two releases' scores lie apart somewhere."""

    organization: str
    camera: str | None
    """None: of all the organization's cameras."""
    sequences: int
    w1: float
    """Between both distributions, on [0, 1]."""
    mean: float
    """Of candidate less baseline, on [-1, 1]."""


def measure(decisions: Decisions, *, confidence: float = CONFIDENCE) -> Metrics:
    """Everything that the rules ask about."""
    before, now = decisions.kept_before, decisions.kept_now
    smoke, other = (decisions.labelled(each) for each in (Label.SMOKE, Label.FALSE_POSITIVE))
    days = len(set(decisions.days.tolist()))

    def alerts(kept: Mask) -> float:
        return float((kept & decisions.passes_gate).sum()) / days if days else 0.0

    return Metrics(
        baseline=_quality(before, decisions.baseline, smoke, other, confidence),
        candidate=_quality(now, decisions.candidate, smoke, other, confidence),
        smoke=_paired(before, now, smoke, confidence),
        false_positives=_paired(before, now, other, confidence),
        alerts_before=alerts(before),
        alerts_now=alerts(now),
        days=days,
    )


def score_shifts(decisions: Decisions) -> list[ScoreShift]:
    """By organization, then by camera; the farthest apart first."""
    return sorted(_shifts(decisions), key=lambda each: (each.camera is not None, -each.w1, each.organization))


def _shifts(decisions: Decisions) -> Iterator[ScoreShift]:
    for organization in sorted(set(decisions.organizations.tolist())):
        here = decisions.organizations == organization
        yield _shift(decisions, here, organization, None)
        for camera in sorted(set(decisions.cameras[here].tolist())):
            yield _shift(decisions, here & (decisions.cameras == camera), organization, camera)


def _shift(decisions: Decisions, here: Mask, organization: str, camera: str | None) -> ScoreShift:
    before, now = decisions.baseline[here], decisions.candidate[here]
    return ScoreShift(organization, camera, len(before), wasserstein(before, now), float((now - before).mean()))


def _quality(kept: Mask, scores: NDArray[np.float64], smoke: Mask, other: Mask, confidence: float) -> Quality:
    labelled = smoke | other

    def share(of: Mask, chosen: Mask) -> Share:
        return Share.of(int((of & chosen).sum()), int(of.sum()), confidence)

    return Quality(
        recall=share(smoke, kept),
        false_positive_rate=share(other, kept),
        precision=share(kept & labelled, smoke),
        calibration_error=calibration_error(scores[labelled], smoke[labelled]) if labelled.any() else None,
    )


def _paired(before: Mask, now: Mask, of: Mask, confidence: float) -> Paired:
    lost, gained = int((of & before & ~now).sum()), int((of & ~before & now).sum())
    return Paired.of(int(of.sum()), lost=lost, gained=gained, confidence=confidence)
