"""The test of a day: scipy's prediction interval, Benjamini-Hochberg, Simes, and slow drift."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from smokewatch.domain.drift.ewma import LIMIT, SlowDrift, slow_drifts
from smokewatch.domain.drift.findings import Finding
from smokewatch.domain.drift.metrics import Detector
from smokewatch.domain.drift.testing import false_discovery_rates, predict, simes, tails_of
from tests.domain.drift.days import FIRST

PS = st.lists(st.floats(0, 1), min_size=1, max_size=30)


def test_a_new_observation_against_earlier_ones() -> None:
    earlier = np.random.default_rng(1).normal(0.5, 0.02, 20)
    found = predict([0.56], [earlier.mean()], [earlier.std(ddof=1)], [20], [False])
    # Two samples with equal variance, the second of one observation: the same test.
    expected = stats.ttest_ind([0.56], earlier, equal_var=True)
    assert found.p[0] == pytest.approx(expected.pvalue, rel=1e-9)
    assert found.score[0] == pytest.approx(expected.statistic, rel=1e-9)
    low, high = expected.confidence_interval(0.95)
    assert found.half_width[0] == pytest.approx((high - low) / 2, rel=1e-9)


def test_of_a_distance_only_more_is_evidence() -> None:
    found = predict([1.0, -1.0], [0.0, 0.0], [0.3, 0.3], [60, 60], [True, True])
    both = predict([1.0], [0.0], [0.3], [60], [False])
    assert found.p[0] == pytest.approx(both.p[0] / 2)
    assert found.p[1] > 0.99


def test_days_that_never_differed_say_nothing_of_an_equal_one() -> None:
    found = predict([0.5, 0.6], [0.5, 0.5], [0.0, 0.0], [14, 14], [False, False])
    assert found.p[0] == 1.0
    assert found.p[1] < 1e-9


def test_days_with_heavy_tails_make_a_far_one_less_surprising() -> None:
    plain, heavy = (predict([1.0], [0.0], [0.2], [60], [False], tails) for tails in (np.inf, 5.0))
    assert heavy.p[0] > 100 * plain.p[0]
    assert heavy.score[0] == plain.score[0]
    # With the same spread, the middle of a heavy-tailed distribution is narrower.
    assert predict([0.2], [0.0], [0.2], [1000], [False], 5.0).p[0] < predict([0.2], [0.0], [0.2], [1000], [False]).p[0]


def test_tails_are_told_by_kurtosis_beyond_chance() -> None:
    dice, shape = np.random.default_rng(3), (60, 9, 200)
    days = np.full(shape[1:], shape[0])
    normal, heavy = dice.normal(0, 1, shape), dice.standard_t(5, shape)
    of_normal, of_heavy = (tails_of(each - each.mean(axis=0), days) for each in (normal, heavy))
    assert np.isinf(of_normal).mean() > 0.8
    assert np.nanmin(of_normal) > 8
    assert np.isfinite(of_heavy).mean() > 0.95
    assert 4 < np.median(of_heavy) < 10
    assert np.isinf(tails_of(np.zeros((60, 9, 1)), days[:, :1])).all()
    assert np.isinf(tails_of((heavy - heavy.mean(axis=0))[:13], np.full(shape[1:], 13))).all()


@given(PS)
def test_false_discovery_rates_keep_the_order_and_never_fall_below_p(ps: list[float]) -> None:
    p = np.array(ps)
    q = false_discovery_rates(p)
    order = np.argsort(p, kind="stable")
    assert (np.diff(q[order]) >= -1e-12).all()
    assert (q >= p - 1e-12).all()
    assert (q <= 1).all()


@given(PS)
def test_what_was_not_tested_costs_nothing(ps: list[float]) -> None:
    with_gaps = np.array([each for p in ps for each in (p, np.nan)])
    q = false_discovery_rates(with_gaps)
    assert np.isnan(q[1::2]).all()
    assert q[::2] == pytest.approx(false_discovery_rates(np.array(ps)))


def test_nothing_tested_is_no_error() -> None:
    assert np.isnan(false_discovery_rates(np.array([np.nan]))).all()


@given(st.lists(st.floats(0, 1), min_size=4, max_size=4))
def test_simes_lies_between_the_smallest_p_and_four_times_it(ps: list[float]) -> None:
    found = float(simes(np.array(ps)))
    assert min(ps) <= found <= min(4 * min(ps), max(ps)) + 1e-12


def test_channels_that_agree_cost_nothing() -> None:
    assert simes(np.array([[0.01] * 4, [0.01, 0.9, 0.9, 0.9]])).tolist() == pytest.approx([0.01, 0.04])


def finding(score: float, *, metric: str = "confidence", days: int = 60, camera: str | None = None) -> Finding:
    return Finding(metric=metric, camera=camera, detector=Detector.CONFIDENCE, n=100, days=days, score=score)


def run(scores: list[float], **about: object) -> list[SlowDrift | None]:
    slow: tuple[SlowDrift, ...] = ()
    found = []
    for number, score in enumerate(scores):
        slow = slow_drifts(FIRST + timedelta(days=number), [finding(score, **about)], slow)  # type: ignore[arg-type]
        found.append(slow[0] if slow else None)
    return found


def test_a_step_that_no_day_shows_is_found_and_dated() -> None:
    found = run([0.0] * 3 + [1.3] * 30)
    begins = [each.since for each in found if each is not None and each.since is not None]
    assert begins
    assert set(begins) == {begins[0]}
    assert FIRST + timedelta(days=6) <= begins[0] <= FIRST + timedelta(days=15)
    back = run([0.0] * 3 + [1.3] * 30 + [0.0] * 5)[-1]
    assert back is not None
    assert back.since is None


def test_less_counts_as_much_as_more_unless_it_is_a_distance() -> None:
    for metric, is_open in (("confidence", True), ("confidence_w1", False)):
        last = run([-2.0] * 30, metric=metric)[-1]
        assert last is not None
        assert last.average < -LIMIT
        assert (last.since is not None) is is_open


def test_one_day_cannot_count_for_everything() -> None:
    first = run([1e9])[0]
    assert first is not None
    assert first.average == pytest.approx(0.2 * 8)


def test_cameras_and_young_baselines_have_no_average() -> None:
    assert run([5.0], camera="a") == [None]
    assert run([5.0], days=29) == [None]
