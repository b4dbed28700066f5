"""Verdicts: does a replay explain the score that production recorded?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from smokewatch.domain.releases import valid_api_version
from smokewatch.domain.window import MIN_FRAMES, PredictRequest

TOLERANCE = 1e-5
"""Largest difference between equal scores: another CPU moves the last digits (~1e-6), another input moves >= 1e-2
(contracts/temporal-model, sections 3 and 4)."""


class Match(StrEnum):
    """How a replay relates to the recorded score."""

    EXACT = "exact"
    """The window of everything that is known today gives it."""
    WINDOW = "window"
    """A window that production can have seen earlier gives it."""
    UNEXPLAINED = "unexplained"
    """No window gives it: other frames, another release, or a rule that is not known here."""


class DropReason(StrEnum):
    """Why a sequence got no verdict."""

    NO_TEMPORAL_VERSION = "no_temporal_version"
    INVALID_API_VERSION = "invalid_api_version"
    IMAGE_PULL_FAILED = "image_pull_failed"
    RELEASE_MOVED = "release_moved"
    STACK_UNHEALTHY = "stack_unhealthy"
    NO_RECORDED_SCORE = "no_recorded_score"
    MODEL_VERSION_MISMATCH = "model_version_mismatch"
    TOO_FEW_FRAMES = "too_few_frames"
    NO_IMAGES = "no_images"
    PREDICT_FAILED = "predict_failed"


@dataclass(frozen=True, slots=True)
class Drop:
    """A sequence without a verdict: the reason people count, and a line that says what happened."""

    reason: DropReason
    detail: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What the evidence says about one sequence."""

    match: Match
    request: PredictRequest
    """The matching window; for ``unexplained`` the nearest one."""
    score: float
    """Its replayed score."""
    difference: float
    """|recorded - replayed|."""
    ties: tuple[PredictRequest, ...]
    """Other windows known to give the recorded score too."""
    ambiguous: bool
    """True when windows cannot be told apart by their scores, so the match says little about what was seen."""


@dataclass(frozen=True, slots=True)
class Windows:
    """Every window of a sequence that production can have scored."""

    full: PredictRequest
    """The window over everything known today."""
    probing: tuple[PredictRequest, ...]
    """All distinct windows in probing order, the full one in its place."""
    unavailable: frozenset[PredictRequest] = frozenset()
    """Windows with a frame whose bytes are not in the store."""

    @property
    def in_order(self) -> tuple[PredictRequest, ...]:
        """The order of trying: the full window first, each once."""
        return (self.full, *(window for window in self.probing if window != self.full))


def drop_before_replay(
    *, api_version: str | None, recorded_score: float | None, distinct_frames: int, frames_stored: int
) -> Drop | None:
    """What rules a sequence out before any release is asked, None when it can be replayed.

    Order as in contracts/temporal-model, section 4 ("Drop reasons").
    """
    if api_version is None:
        return Drop(DropReason.NO_TEMPORAL_VERSION, "production recorded no temporal API version: it was not scored")
    if not valid_api_version(api_version):
        return Drop(DropReason.INVALID_API_VERSION, f"temporal API version {api_version!r} cannot name a release")
    if recorded_score is None:
        return Drop(DropReason.NO_RECORDED_SCORE, "production recorded a version but no score")
    if distinct_frames < MIN_FRAMES:
        return Drop(DropReason.TOO_FEW_FRAMES, f"{distinct_frames} distinct frames, production asks from {MIN_FRAMES}")
    if frames_stored == 0:
        return Drop(DropReason.NO_IMAGES, "no frame's bytes could be had from production")
    return None


def decide(
    recorded_score: float,
    windows: Windows,
    scores: Mapping[PredictRequest, float | None],
    *,
    without_tubes: frozenset[PredictRequest] = frozenset(),
    all_ties: bool = False,
) -> PredictRequest | Finding | Drop:
    """The next window to compute, or the result once the evidence is enough.

    The full window is tried first, then windows in probing order; the first match ends the search. Scores that are
    known already cost nothing and are used for ties.

    Args:
        recorded_score: production's score.
        windows: every window of the sequence.
        scores: what is known so far; None where the release gave no probability.
        without_tubes: windows whose answer kept no tube.
        all_ties: compute every window before deciding.

    Returns:
        A window that has to be computed next, or a Finding, or a Drop (``no_images``) when nothing matched and some
        windows could not be computed for want of frames.
    """
    matches: list[PredictRequest] = []
    for window in windows.in_order:
        if window in windows.unavailable:
            continue
        if window not in scores:
            if matches and not all_ties:
                continue
            return window
        if equals(scores[window], recorded_score):
            matches.append(window)
    if matches:
        found = matches[0]
        score = scores[found]
        assert score is not None
        return Finding(
            match=Match.EXACT if found == windows.full else Match.WINDOW,
            request=found,
            score=score,
            difference=abs(score - recorded_score),
            ties=tuple(matches[1:]),
            ambiguous=_ambiguous(found, windows.in_order, scores, len(matches), without_tubes),
        )
    if windows.unavailable:
        count = len(windows.unavailable)
        return Drop(
            DropReason.NO_IMAGES, f"{count} of {len(windows.in_order)} windows lack frames; no other window matches"
        )
    return _nearest(recorded_score, windows.in_order, scores)


def equals(score: float | None, recorded: float) -> bool:
    """Whether a replayed score is the recorded one, within :data:`TOLERANCE`; no score equals nothing."""
    return score is not None and abs(score - recorded) <= TOLERANCE


def _ambiguous(
    found: PredictRequest,
    windows: Sequence[PredictRequest],
    scores: Mapping[PredictRequest, float | None],
    matches: int,
    without_tubes: frozenset[PredictRequest],
) -> bool:
    known = sum(window in scores for window in windows)
    all_known_match = matches == known
    return len(windows) > 1 and all_known_match and (known == len(windows) or found in without_tubes)


def _nearest(
    recorded: float, windows: Sequence[PredictRequest], scores: Mapping[PredictRequest, float | None]
) -> Finding | Drop:
    distances = [(abs(score - recorded), window, score) for window in windows if (score := scores[window]) is not None]
    if not distances:
        return Drop(DropReason.PREDICT_FAILED, "the release gave no probability: its package has no calibrator")
    difference, request, score = min(distances, key=lambda entry: entry[0])
    return Finding(Match.UNEXPLAINED, request, score, difference, ties=(), ambiguous=False)
