"""Triage: whose scores count, which side of a threshold, exact at every hundredth, and fast with a real backlog."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smokewatch.domain.answers import PredictAnswer, parse_answer
from smokewatch.domain.backlog import TRIAGE_THRESHOLD
from smokewatch.domain.triage import (
    HUNDREDTHS,
    SWEEP,
    Bucket,
    ScoredBacklog,
    SequenceScore,
    bucket,
    score_of,
)
from smokewatch.errors import InvalidAnswerError, UsageError
from tests.domain.test_backlog import sequence

probabilities = st.one_of(st.floats(0, 1), st.sampled_from(HUNDREDTHS), st.sampled_from((0.0, -0.0, 5e-324)))
thresholds = st.one_of(st.sampled_from(HUNDREDTHS), st.floats(0, 1))


@st.composite
def backlogs(draw: st.DrawFn) -> ScoredBacklog:
    models = draw(st.integers(1, 3))
    rows = draw(st.lists(st.tuples(*[probabilities] * models), max_size=30))
    ids = draw(st.lists(st.integers(1, 10**12), min_size=len(rows), max_size=len(rows), unique=True))
    names = draw(st.lists(st.sampled_from(["sdis-07", "sdis-13", "cenia"]), min_size=len(rows), max_size=len(rows)))
    return scored(list(zip(ids, rows, names, strict=True)), models=models)


def scored(rows: Sequence[tuple[int, tuple[float, ...], str]], *, models: int = 1) -> ScoredBacklog:
    return ScoredBacklog.of(
        ((sequence(id=number, organisation_name=name), SequenceScore(scores)) for number, scores, name in rows),
        models=models,
    )


def one_model(*scores: float) -> ScoredBacklog:
    """Ids from 1 on."""
    return scored([(number, (score,), "sdis-07") for number, score in enumerate(scores, start=1)])


def answer(*tubes: float | None, probability: float | None = 0.9, details: bool = True) -> PredictAnswer:
    told = {
        "decision": {"aggregation": "logistic", "threshold": 0.5},
        "tubes": [{"tube_id": n, "start_frame": 0, "end_frame": 3, "probability": p} for n, p in enumerate(tubes)],
    }
    body = {"is_smoke": True, "probability": probability} | ({"details": told} if details else {})
    return parse_answer(json.dumps(body))


# Scores


def test_the_score_is_the_largest_kept_tubes() -> None:
    assert score_of(answer(0.2, 0.7, 0.31)) == 0.7
    assert score_of(answer(probability=None)) == 0.0  # no tube was kept
    assert score_of(answer(probability=0.25, details=False)) == 0.25


@pytest.mark.parametrize("uncalibrated", [answer(None, None), answer(probability=None, details=False)])
def test_an_answer_without_a_probability_has_no_score(uncalibrated: PredictAnswer) -> None:
    with pytest.raises(InvalidAnswerError, match="no calibrator"):
        score_of(uncalibrated)


def test_recorded_answers_score_as_their_probability_says(golden_calls: list[dict[str, Any]]) -> None:
    answers = [parse_answer(json.dumps(c["response"])) for c in golden_calls if c.get("status") == 200]
    assert len(answers) == 11
    assert [score_of(each) for each in answers] == [each.probability for each in answers]


def test_of_several_models_the_largest_counts_and_all_are_kept() -> None:
    score = SequenceScore((0.2, 0.8, 0.35, 0.8))
    assert (score.score, score.model, score.models_in_review(0.35)) == (0.8, 1, 3)
    assert score.model_scores == (0.2, 0.8, 0.35, 0.8)


@pytest.mark.parametrize("scores", [(), (1.1,), (0.5, -0.1), (math.nan,)])
def test_scores_that_are_no_probabilities_are_refused(scores: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="expected probabilities"):
        SequenceScore(scores)


# The threshold


def test_the_default_threshold_is_the_peers() -> None:
    assert TRIAGE_THRESHOLD == 0.35
    assert (bucket(0.35), bucket(math.nextafter(0.35, 0))) == (Bucket.REVIEW, Bucket.UNLABELED)


def test_every_hundredth_is_exact() -> None:
    """A score that is n/100 is on the review side of n/100, its neighbour below is not; in arrays as alone."""
    assert [repr(each) for each in HUNDREDTHS] == [repr(float(Decimal(n) / 100)) for n in range(101)]
    assert set(SWEEP) < set(HUNDREDTHS)
    assert TRIAGE_THRESHOLD in HUNDREDTHS
    for threshold in HUNDREDTHS[1:]:
        below = math.nextafter(threshold, 0)
        backlog = one_model(threshold, below)
        assert backlog.in_review(threshold).tolist() == [True, False]
        sweep = backlog.sweep([threshold])
        assert (sweep.review.tolist(), sweep.unlabeled.tolist()) == ([1], [1])
        assert (bucket(threshold, threshold), bucket(below, threshold)) == (Bucket.REVIEW, Bucket.UNLABELED)


@pytest.mark.parametrize("threshold", [math.nan, math.inf, -0.01, 1.01])
def test_a_threshold_that_is_none_is_refused(threshold: float) -> None:
    backlog = one_model(0.5)
    for ask in (backlog.in_review, backlog.models_in_review, lambda t: backlog.sweep([0.5, t])):
        with pytest.raises(UsageError, match="expected a number from 0 to 1"):
            ask(threshold)


@given(backlogs(), thresholds)
def test_arrays_say_what_each_row_says(backlog: ScoredBacklog, threshold: float) -> None:
    rows = [SequenceScore(tuple(scores)) for scores in backlog.model_scores.tolist()]
    assert backlog.scores.tolist() == [row.score for row in rows]
    assert backlog.in_review(threshold).tolist() == [bucket(row.score, threshold) is Bucket.REVIEW for row in rows]
    assert backlog.models_in_review(threshold).tolist() == [row.models_in_review(threshold) for row in rows]


@given(backlogs(), st.lists(thresholds, max_size=8))
def test_a_sweep_counts_what_each_threshold_gives(backlog: ScoredBacklog, steps: list[float]) -> None:
    sweep = backlog.sweep(steps)
    assert sweep.review.tolist() == [int(backlog.in_review(step).sum()) for step in steps]
    assert (sweep.review + sweep.unlabeled).tolist() == [len(backlog)] * len(steps)
    for place, name in enumerate(sweep.organization_names):
        own = backlog.organizations == backlog.organization_names.index(name)
        assert sweep.review_by_organization[:, place].tolist() == [
            int((backlog.in_review(step) & own).sum()) for step in steps
        ]


@given(backlogs())
def test_a_higher_threshold_never_sends_more_to_people(backlog: ScoredBacklog) -> None:
    sweep = backlog.sweep(HUNDREDTHS)
    assert (np.diff(sweep.review_by_organization, axis=0) <= 0).all()
    assert sweep.review[0] == len(backlog)


@given(backlogs(), thresholds, thresholds)
def test_two_thresholds_differ_by_the_rows_between_them(backlog: ScoredBacklog, before: float, after: float) -> None:
    change = backlog.compare(before, after)
    was, will = (set(backlog.ids[backlog.in_review(each)].tolist()) for each in (before, after))
    assert set(change.to_review.tolist()) == will - was
    assert set(change.to_unlabeled.tolist()) == was - will
    score = dict(zip(backlog.ids.tolist(), backlog.scores.tolist(), strict=True))
    for moved in (change.to_review.tolist(), change.to_unlabeled.tolist()):
        assert moved == sorted(moved, key=lambda each: (score[each], each))


def test_near_the_threshold_both_ends_count_as_people_write_them() -> None:
    backlog = one_model(0.25, 0.45, math.nextafter(0.25, 0), math.nextafter(0.45, 1), 0.35)
    assert backlog.near(0.35, 0.1).tolist() == [True, True, False, False, True]
    assert backlog.near(0.35, 0).tolist() == [False, False, False, False, True]
    assert backlog.near(0.95, 0.1).tolist() == [False] * 5


@pytest.mark.parametrize("reach", [1, 2, 5, 10])
def test_near_is_exact_at_every_hundredth(reach: int) -> None:
    backlog = one_model(*HUNDREDTHS)
    for middle in range(101):
        near = np.flatnonzero(backlog.near(middle / 100, reach / 100)).tolist()
        assert near == list(range(max(0, middle - reach), min(100, middle + reach) + 1))


@pytest.mark.parametrize("width", [-0.1, math.nan, math.inf])
def test_a_width_that_is_none_is_refused(width: float) -> None:
    with pytest.raises(UsageError, match=r"^width .*: expected a number from 0 on$"):
        one_model(0.5).near(0.35, width)


# Arrays that cannot be


def test_arrays_that_do_not_fit_are_refused() -> None:
    good = one_model(0.1, 0.2)
    wrong: list[tuple[str, dict[str, Any]]] = [
        ("2 ids, 2 organizations, scores", {"model_scores": np.zeros(2)}),
        ("2 ids, 2 organizations, scores", {"model_scores": np.zeros((3, 1))}),
        ("2 ids, 1 organizations", {"organizations": np.zeros(1, np.intp)}),
        ("no model", {"model_scores": np.zeros((2, 0))}),
        ("no probability", {"model_scores": np.array([[0.5], [np.nan]])}),
        ("no probability", {"model_scores": np.array([[0.5], [1.5]])}),
        ("twice", {"ids": np.array([7, 7])}),
    ]
    for message, changed in wrong:
        arrays = {name: getattr(good, name) for name in ("ids", "model_scores", "organizations", "organization_names")}
        with pytest.raises(ValueError, match=message):
            ScoredBacklog(**(arrays | changed))


# Speed
