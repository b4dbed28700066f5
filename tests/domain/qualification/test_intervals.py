"""Exact intervals of changes: they hold as often as they promise, and agree with scipy's tests."""

from __future__ import annotations

import itertools
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from smokewatch.domain.qualification import Paired, Share, sequences_needed

N = 25
RATES = (0.0, 0.02, 0.1, 0.3, 0.5)


@st.composite
def changes(draw: st.DrawFn) -> tuple[int, int, int]:
    lost, gained = draw(st.integers(0, 60)), draw(st.integers(0, 60))
    return lost + gained + draw(st.integers(0, 400)), lost, gained


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_a_share_has_the_exact_interval(given: tuple[int, int]) -> None:
    share = Share.of(*given)
    expected = stats.binomtest(*given).proportion_ci(0.95, method="exact")
    assert (share.low, share.high) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_of_nothing_nothing_is_known() -> None:
    assert (Share.of(0, 0).value, Share.of(0, 0).low, Share.of(0, 0).high) == (None, 0.0, 1.0)
    nothing = Paired.of(0, lost=0, gained=0)
    assert (nothing.change, nothing.low, nothing.high, nothing.p) == (None, -1.0, 1.0, 1.0)
    assert nothing.worst_change() == -1.0


@given(changes())
def test_a_change_lies_in_its_interval_and_mirrors(given: tuple[int, int, int]) -> None:
    number, lost, gained = given
    paired = Paired.of(number, lost=lost, gained=gained)
    mirrored = Paired.of(number, lost=gained, gained=lost)
    if paired.change is not None:
        assert -1 <= paired.low <= paired.change <= paired.high <= 1
        assert paired.worst_change() <= paired.change <= paired.best_change()
    assert (mirrored.low, mirrored.high) == pytest.approx((-paired.high, -paired.low), abs=1e-12)
    assert mirrored.p == pytest.approx(paired.p, rel=1e-9)


@pytest.mark.parametrize(("lose", "gain"), [each for each in itertools.product(RATES, RATES) if sum(each) <= 1])
def test_bounds_hold_as_often_as_they_promise(lose: float, gain: float) -> None:
    """Over every outcome that N sequences can have, weighted by its chance."""
    shares = [lose, gain, 1 - lose - gain]
    outcomes = [(lost, gained, N - lost - gained) for lost in range(N + 1) for gained in range(N + 1 - lost)]
    chances = stats.multinomial.pmf(outcomes, N, shares)
    bounds = np.array([_bounds(lost, gained) for lost, gained, _ in outcomes]).T
    low, high, worst, best = bounds
    change = gain - lose
    for holds in ((low <= change) & (change <= high), worst <= change, change <= best):
        assert chances[holds].sum() >= 0.95


@cache
def _bounds(lost: int, gained: int) -> tuple[float, float, float, float]:
    paired = Paired.of(N, lost=lost, gained=gained)
    return paired.low, paired.high, paired.worst_change(), paired.best_change()


@given(changes())
def test_mcnemars_exact_test_is_scipys_binomial(given: tuple[int, int, int]) -> None:
    number, lost, gained = given
    paired = Paired.of(number, lost=lost, gained=gained)
    if lost + gained:
        assert paired.p == pytest.approx(stats.binomtest(lost, lost + gained).pvalue)
        one_sided = stats.binomtest(lost, lost + gained, alternative="greater").pvalue
        assert paired.lost_by_chance() == pytest.approx(one_sided)
    else:
        assert paired.p == paired.lost_by_chance() == 1.0


@pytest.mark.parametrize(("loss", "lost", "needed"), [(0.05, 0, 59), (0.01, 0, 299), (0.05, 1, 94)])
def test_how_many_labels_it_takes(loss: float, lost: int, needed: int) -> None:
    assert sequences_needed(loss, lost=lost) == needed
    assert Paired.of(needed, lost=lost, gained=0).worst_change() >= -loss
    assert Paired.of(needed - 1, lost=lost, gained=0).worst_change() < -loss


@pytest.mark.parametrize("wrong", [(3, 2, 2), (3, -1, 0), (-1, 0, 0)])
def test_more_cannot_change_than_there_are(wrong: tuple[int, int, int]) -> None:
    number, lost, gained = wrong
    with pytest.raises(ValueError, match="lost"):
        Paired.of(number, lost=lost, gained=gained)
