"""Distances: scipy's, for any two samples; a histogram's within a bin; classes by place and weight."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats
from scipy.spatial.distance import jensenshannon

from smokewatch.domain.drift.distances import (
    BINS,
    Distances,
    class_distance,
    histogram_distances,
    kolmogorov_smirnov,
    score_histogram,
    wasserstein,
)

# Few decimals make ties.
FEWER = settings(max_examples=50)
SCORES = st.one_of(
    st.lists(st.integers(0, 20).map(lambda n: n / 20), min_size=1, max_size=60),
    st.lists(st.floats(0, 1), min_size=1, max_size=60),
)
WEIGHTS = st.lists(st.integers(0, 50), min_size=2, max_size=40).filter(any)


def of_scores(a: object, b: object) -> Distances:
    return histogram_distances(score_histogram(a), score_histogram(b), width=1 / BINS)  # type: ignore[arg-type]


@pytest.mark.filterwarnings("ignore:divide by zero:RuntimeWarning")  # scipy's p of tiny samples, which is not asked for
@FEWER
@given(SCORES, SCORES)
def test_exact_distances_are_scipys(a: list[float], b: list[float]) -> None:
    assert wasserstein(a, b) == pytest.approx(stats.wasserstein_distance(a, b), abs=1e-12)
    assert kolmogorov_smirnov(a, b) == pytest.approx(stats.ks_2samp(a, b, method="asymp").statistic, abs=1e-12)


@FEWER
@given(SCORES, SCORES)
def test_a_histograms_w1_is_within_a_bin_of_scipys(a: list[float], b: list[float]) -> None:
    assert of_scores(a, b).wasserstein == pytest.approx(stats.wasserstein_distance(a, b), abs=2.5e-4)


def test_two_hundred_pairs_with_ties_and_unequal_n() -> None:
    dice = np.random.default_rng(11)
    for _ in range(200):
        a, b = (
            np.round(dice.beta(dice.uniform(0.5, 8), dice.uniform(0.5, 8), int(dice.integers(1, 800))), digits)
            for digits in dice.integers(1, 6, 2).tolist()
        )
        expected = stats.wasserstein_distance(a, b)
        assert abs(wasserstein(a, b) - expected) <= 1e-12
        assert abs(of_scores(a, b).wasserstein - expected) <= 2.5e-4
        assert abs(kolmogorov_smirnov(a, b) - stats.ks_2samp(a, b, method="asymp").statistic) <= 1e-12


@FEWER
@given(st.lists(st.tuples(st.floats(0, 1), st.integers(1, 9), st.integers(1, 9)), min_size=1, max_size=20))
def test_weights_are_repetitions(rows: list[tuple[float, int, int]]) -> None:
    values = [value for value, _, _ in rows]
    left, right = [a for _, a, _ in rows], [b for _, _, b in rows]
    expected = stats.wasserstein_distance(np.repeat(values, left), np.repeat(values, right))
    assert wasserstein(values, values, left, right) == pytest.approx(expected, abs=1e-12)


@FEWER
@given(SCORES, SCORES)
def test_distances_are_symmetric_but_for_psi(a: list[float], b: list[float]) -> None:
    there, back = of_scores(a, b), of_scores(b, a)
    assert wasserstein(a, b) == pytest.approx(wasserstein(b, a), abs=1e-12)
    assert there.wasserstein == pytest.approx(back.wasserstein, abs=1e-12)
    assert there.kolmogorov_smirnov == pytest.approx(back.kolmogorov_smirnov, abs=1e-12)
    assert there.jensen_shannon == pytest.approx(back.jensen_shannon, abs=1e-7)
    assert there.population_stability >= 0


@FEWER
@given(WEIGHTS, st.integers(1, 5))
def test_equal_distributions_are_nothing_apart(weights: list[int], times: int) -> None:
    scaled = [weight * times for weight in weights]
    found = histogram_distances(weights, scaled, width=1 / 255)
    assert (found.wasserstein, found.kolmogorov_smirnov) == pytest.approx((0, 0), abs=1e-12)
    assert (found.population_stability, found.jensen_shannon) == pytest.approx((0, 0), abs=1e-6)
    assert class_distance(weights, scaled) == pytest.approx(0, abs=1e-12)


@FEWER
@given(WEIGHTS)
def test_jensen_shannon_is_scipys(weights: list[int]) -> None:
    other = [*weights[1:], weights[0] + 1]
    found = histogram_distances(weights, other, width=1.0).jensen_shannon
    assert found == pytest.approx(jensenshannon(weights, other, base=2), abs=1e-7)


def test_psi_compares_over_the_firsts_deciles() -> None:
    first: NDArray[np.int64] = np.full(100, 10)
    second = np.concatenate((np.full(50, 12), np.full(50, 8)))
    expected = 5 * (0.12 - 0.1) * np.log(1.2) + 5 * (0.08 - 0.1) * np.log(0.8)
    assert histogram_distances(first, second, width=0.01).population_stability == pytest.approx(expected)


def test_a_complete_flip_of_classes() -> None:
    # W1 between the frequencies as values would be 0.
    assert class_distance([0.95, 0.05], [0.05, 0.95]) == pytest.approx(0.90, abs=1e-9)
    assert class_distance([95, 5, 0], [0, 95, 5]) == pytest.approx(0.95, abs=1e-9)


def test_one_is_a_score_and_more_is_none() -> None:
    assert score_histogram([0.0, 1.0, 1.0])[[0, -1]].tolist() == [1, 2]
    for wrong in (1.0001, -0.1, float("nan")):
        with pytest.raises(ValueError, match="between 0 and 1"):
            score_histogram([0.5, wrong])


@pytest.mark.parametrize("weights", [[0, 0], [1, -1], []])
def test_weights_that_are_no_distribution_are_refused(weights: list[float]) -> None:
    with pytest.raises(ValueError, match="weights from 0 on"):
        histogram_distances(weights, weights, width=1.0)
