"""A baseline's expectations, against numbers computed from the raw columns."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from smokewatch.domain.drift import Severity, build_baseline, check_drift, summarize
from smokewatch.domain.drift import residuals as r
from smokewatch.domain.drift.metrics import CONFIDENCE_COLUMN, SHARE_COLUMN, W1_COLUMN
from smokewatch.domain.drift.pools import Pool
from smokewatch.domain.drift.scatter import scatter
from tests.domain.drift.days import frames, nth, plain_day, sequences

ROWS = st.lists(st.tuples(st.integers(0, r.SPAN - 1), st.integers(1, 5)), min_size=1, max_size=12)


@settings(max_examples=50)
@given(st.lists(ROWS, min_size=1, max_size=5), ROWS)
def test_w1_to_a_pool_is_scipys_for_every_day(days: list[list[tuple[int, int]]], pool: list[tuple[int, int]]) -> None:
    counts = np.zeros(r.SPAN, np.int64)
    for place, count in pool:
        counts[place] += count
    begins = np.cumsum([0, *(len(day) for day in days)])
    rows = np.array([row for day in days for row in sorted(day)])
    found = Pool.of(counts).distances(begins, rows[:, 0], rows[:, 1])
    for day, distance in zip(days, found, strict=True):
        bins, weights = zip(*day, strict=True)
        theirs, shares = zip(*pool, strict=True)
        expected = stats.wasserstein_distance(bins, theirs, weights, shares) * r.SMALLEST
        assert distance == pytest.approx(expected, abs=1e-9)


def test_residuals_and_distances_are_those_of_the_raw_scores() -> None:
    dice = np.random.default_rng(8)
    # Two cameras with their own levels, so that a residual is not the score.
    scores = [np.clip([0.3, 0.6] * 20 + dice.normal(0, 0.1, 40), 0, 1) for _ in range(10)]
    smoke = [dice.integers(0, 2, 40) for _ in range(10)]
    cameras = np.array(["a", "b"] * 20)
    days = [
        summarize(nth(number), None, sequences(nth(number), list(cameras), scores=list(each), smoke=list(verdicts)))
        for number, (each, verdicts) in enumerate(zip(scores, smoke, strict=True))
    ]
    reference = build_baseline("raw", days).reference
    every = np.concatenate(scores).reshape(10, 20, 2)
    left = every - every.mean(axis=(0, 1))
    tested = reference.values.tested
    assert tested[:, 0, CONFIDENCE_COLUMN] == pytest.approx(left.mean(axis=(1, 2)), abs=1e-6)
    assert tested[:, 1:, CONFIDENCE_COLUMN] == pytest.approx(left.mean(axis=1), abs=1e-6)
    for number in range(10):
        others = np.delete(left, number, axis=0)
        w1 = stats.wasserstein_distance(left[number].ravel(), others.ravel())
        # Half a bin from the scores, half a bin from the shift of each cell.
        assert reference.values.current[number, 0, W1_COLUMN] == pytest.approx(w1, abs=5e-4)
    share = np.concatenate(smoke).reshape(10, 20, 2).mean(axis=(0, 1)).mean()
    first = np.arcsin(np.sqrt((smoke[0].sum() + 0.375) / 40.75)) - np.arcsin(np.sqrt(share))
    assert tested[0, 0, SHARE_COLUMN] == pytest.approx(first)


def test_hours_and_cameras_never_seen_are_left_out_and_counted() -> None:
    baseline = build_baseline("mornings", [plain_day(number) for number in range(20)])
    hours = [10.0] * 60 + [20.0] * 30 + [10.0] * 10
    cameras = ["a", "b"] * 45 + ["new"] * 10
    bright = [0.5] * 60 + [0.9] * 40
    check = check_drift(summarize(nth(20), frames(nth(20), cameras, brightness=bright, hours=hours), None), baseline)
    fleet = next(each for each in check.findings if each.key == ("pixel_mean", None))
    assert (check.left_out, fleet.n) == (40, 60)
    assert fleet.effect == pytest.approx(0, abs=0.03)
    assert {each.camera for each in check.findings} == {None, "a", "b"}


def test_a_baseline_of_empty_days_says_nothing() -> None:
    empty = build_baseline("empty", [summarize(nth(number), None, None) for number in range(20)])
    check = check_drift(plain_day(20), empty)
    assert check.severity is check.strict.severity is Severity.INSUFFICIENT_DATA
    assert check.left_out == 80
    assert check_drift(summarize(nth(20), None, None), empty).severity is Severity.INSUFFICIENT_DATA


def test_larger_days_scatter_as_if_they_had_the_days_number() -> None:
    days = [plain_day(number, n=400) for number in range(20)]
    reference = build_baseline("large", days).reference
    theirs, whole = reference.values, reference.values.tested.std(axis=0, ddof=1)
    today = reference.of_day(plain_day(20, n=40))
    found = scatter(reference, today).spread
    added = (theirs.variance * (1 / 40 - 1 / 400)).mean(axis=0)
    own = today.variance[0] / 40  # the day's own chance is the least
    for column in (CONFIDENCE_COLUMN, SHARE_COLUMN, 0):
        expected = np.sqrt(max(whole[0, column] ** 2 + added[0, column], own[0, column]))
        assert found[0, column] == pytest.approx(expected)
    assert whole[0, SHARE_COLUMN] ** 2 + added[0, SHARE_COLUMN] > own[0, SHARE_COLUMN]
    # Distances grow as n shrinks: the baseline's are those of subsamples.
    assert scatter(reference, today).mean[0, W1_COLUMN] > theirs.tested[:, 0, W1_COLUMN].mean() + 0.5
    half = reference.of_day(plain_day(20, n=200))
    least = np.sqrt(half.variance[0, 0, SHARE_COLUMN] / 200)
    assert scatter(reference, half).spread[0, SHARE_COLUMN] == pytest.approx(max(whole[0, SHARE_COLUMN], least))
