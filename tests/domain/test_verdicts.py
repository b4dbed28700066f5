"""From scores to verdicts."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smokewatch.domain.verdicts import (
    TOLERANCE,
    Drop,
    DropReason,
    Finding,
    Match,
    Windows,
    decide,
    drop_before_replay,
)
from smokewatch.domain.window import PredictRequest


def window(frames: int) -> PredictRequest:
    return PredictRequest("b", tuple(f"k{n}" for n in range(frames)), None, seen_frames=frames, seen_rows=frames)


FOUR, FIVE, SIX = window(4), window(5), window(6)
WINDOWS = Windows(full=SIX, probing=(FOUR, FIVE, SIX))


def test_the_full_window_is_asked_first_then_the_others_in_probing_order() -> None:
    assert decide(0.7, WINDOWS, {}) == SIX
    assert decide(0.7, WINDOWS, {SIX: 0.9}) == FOUR
    assert decide(0.7, WINDOWS, {SIX: 0.9, FOUR: 0.1}) == FIVE


def test_the_full_window_explains_exactly() -> None:
    finding = decide(0.7, WINDOWS, {SIX: 0.7 + 0.9 * TOLERANCE})
    assert isinstance(finding, Finding)
    assert (finding.match, finding.request, finding.ambiguous) == (Match.EXACT, SIX, False)
    assert finding.difference == pytest.approx(0.9 * TOLERANCE)


def test_the_first_match_ends_the_probe() -> None:
    finding = decide(0.7, WINDOWS, {SIX: 0.9, FOUR: 0.7})
    assert isinstance(finding, Finding)
    assert (finding.match, finding.request.seen_frames) == (Match.WINDOW, 4)


def test_a_difference_just_past_the_tolerance_does_not_match() -> None:
    assert decide(0.7, WINDOWS, {SIX: 0.7 + 1.1 * TOLERANCE}) == FOUR


def test_other_windows_that_the_ledger_knows_to_match_are_listed() -> None:
    finding = decide(0.7, WINDOWS, {SIX: 0.9, FOUR: 0.7, FIVE: 0.7})
    assert isinstance(finding, Finding)
    assert finding.ties == (FIVE,)
    assert not finding.ambiguous  # the full window scores otherwise


def test_a_later_match_in_the_ledger_does_not_spare_the_earlier_window() -> None:
    assert decide(0.7, WINDOWS, {SIX: 0.9, FIVE: 0.7}) == FOUR


def test_all_ties_computes_everything() -> None:
    assert decide(0.7, WINDOWS, {SIX: 0.7}, all_ties=True) == FOUR
    finding = decide(0.7, WINDOWS, {SIX: 0.7, FOUR: 0.7, FIVE: 0.2}, all_ties=True)
    assert isinstance(finding, Finding)
    assert finding.ties == (FOUR,)


def test_a_score_without_tubes_fits_any_window() -> None:
    finding = decide(0.0, WINDOWS, {SIX: 0.0}, without_tubes=frozenset({SIX}))
    assert isinstance(finding, Finding)
    assert finding.ambiguous


def test_a_score_without_tubes_is_telling_when_another_window_scores_otherwise() -> None:
    finding = decide(0.0, WINDOWS, {SIX: 0.8, FOUR: 0.0}, without_tubes=frozenset({FOUR}))
    assert isinstance(finding, Finding)
    assert not finding.ambiguous


def test_when_every_window_scores_alike_the_match_is_ambiguous() -> None:
    finding = decide(0.7, WINDOWS, {SIX: 0.7, FOUR: 0.7, FIVE: 0.7})
    assert isinstance(finding, Finding)
    assert finding.ambiguous


def test_a_single_window_is_never_ambiguous() -> None:
    finding = decide(0.0, Windows(FOUR, (FOUR,)), {FOUR: 0.0}, without_tubes=frozenset({FOUR}))
    assert isinstance(finding, Finding)
    assert not finding.ambiguous


def test_no_match_is_unexplained_with_the_nearest_window() -> None:
    finding = decide(0.7, WINDOWS, {SIX: 0.9, FOUR: 0.1, FIVE: 0.65})
    assert isinstance(finding, Finding)
    assert (finding.match, finding.request, finding.score) == (Match.UNEXPLAINED, FIVE, 0.65)


def test_windows_without_frames_are_passed_over_and_forbid_unexplained() -> None:
    windows = Windows(SIX, (FOUR, FIVE, SIX), unavailable=frozenset({SIX, FIVE}))
    assert decide(0.7, windows, {}) == FOUR
    found = decide(0.7, windows, {FOUR: 0.7})
    assert isinstance(found, Finding)
    assert found.match is Match.WINDOW
    lost = decide(0.7, windows, {FOUR: 0.1})
    assert isinstance(lost, Drop)
    assert lost.reason is DropReason.NO_IMAGES


def test_a_release_without_probabilities_is_no_verdict() -> None:
    drop = decide(0.7, WINDOWS, {FOUR: None, FIVE: None, SIX: None})
    assert isinstance(drop, Drop)
    assert drop.reason is DropReason.PREDICT_FAILED


@given(scores=st.lists(st.floats(0, 1), min_size=1, max_size=12), recorded=st.floats(0, 1), start=st.integers(0, 2**12))
def test_the_result_does_not_depend_on_what_the_ledger_knew_before(
    scores: list[float], recorded: float, start: int
) -> None:
    probing = tuple(window(4 + n) for n in range(len(scores)))
    windows = Windows(probing[-1], probing)
    truth = dict(zip(probing, scores, strict=True))
    known = {each: truth[each] for n, each in enumerate(probing) if start >> n & 1}

    fresh, warm = _run(recorded, windows, truth, {}), _run(recorded, windows, truth, known)
    assert (fresh.match, fresh.request, fresh.score) == (warm.match, warm.request, warm.score)
    assert (fresh.match is Match.UNEXPLAINED) == all(abs(score - recorded) > TOLERANCE for score in scores)


def _run(
    recorded: float, windows: Windows, truth: Mapping[PredictRequest, float], known: Mapping[PredictRequest, float]
) -> Finding:
    scores: dict[PredictRequest, float | None] = dict(known)
    while isinstance(step := decide(recorded, windows, scores), PredictRequest):
        assert step not in scores
        scores[step] = truth[step]
    assert isinstance(step, Finding)
    return step


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({}, None),
        ({"api_version": None}, DropReason.NO_TEMPORAL_VERSION),
        ({"api_version": None, "recorded_score": None}, DropReason.NO_TEMPORAL_VERSION),
        ({"api_version": "a/b"}, DropReason.INVALID_API_VERSION),
        ({"api_version": "0.3.1@sha256:0"}, DropReason.INVALID_API_VERSION),
        ({"api_version": ""}, DropReason.INVALID_API_VERSION),
        ({"api_version": "0.3.1\n"}, DropReason.INVALID_API_VERSION),
        ({"api_version": "v" * 129}, DropReason.INVALID_API_VERSION),
        ({"recorded_score": None}, DropReason.NO_RECORDED_SCORE),
        ({"recorded_score": 0.0}, None),
        ({"distinct_frames": 3}, DropReason.TOO_FEW_FRAMES),
        ({"frames_stored": 0}, DropReason.NO_IMAGES),
    ],
)
def test_what_rules_a_sequence_out(facts: dict[str, object], reason: DropReason | None) -> None:
    usual: dict[str, object] = {
        "api_version": "v0.3.1-stub",
        "recorded_score": 0.5,
        "distinct_frames": 4,
        "frames_stored": 4,
    }
    drop = drop_before_replay(**(usual | facts))  # type: ignore[arg-type]
    assert (drop.reason if drop else None) == reason
