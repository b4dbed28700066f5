"""Profiles: every statistic is what numpy says of the pixels; merging is addition; unlike ones do not mix."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from smokewatch.domain.profiles import PERCENTILES, Basis, Channel, FrameProfile, Profile, merge, statistics

BASIS = Basis("pillow 13.0 libjpeg-turbo 3.2 full", 8, 6)


def counts_of(values: NDArray[np.uint8]) -> NDArray[np.int64]:
    """4 x 256 counts of a 4 x n array."""
    return np.array([np.bincount(channel, minlength=256) for channel in values], np.int64)


def random_profile(dice: np.random.Generator, basis: Basis = BASIS) -> tuple[FrameProfile, NDArray[np.uint8]]:
    values = dice.integers(0, 256, (4, basis.width * basis.height), np.uint8)
    return FrameProfile(basis=basis, counts=counts_of(values), mode="RGB"), values


@given(st.lists(st.integers(0, 255), min_size=1, max_size=400))
def test_statistics_are_numpys(values: list[int]) -> None:
    pixels = np.array(values, np.uint8)
    found, scaled = statistics(np.bincount(pixels, minlength=256)), pixels / 255.0
    assert found.mean == pytest.approx(scaled.mean(), abs=1e-12)
    assert found.std == pytest.approx(scaled.std(), abs=1e-12)
    assert (found.min, found.max) == (scaled.min(), scaled.max())
    assert found.percentiles == {q: np.percentile(scaled, q, method="lower") for q in PERCENTILES}


def test_statistics_of_a_whole_years_pixels_do_not_overflow() -> None:
    found = statistics(np.full(256, 10**13, np.int64))
    assert found.mean == 0.5
    assert found.std == pytest.approx(np.arange(256).std() / 255, abs=1e-12)
    assert found.percentiles == {5: 12 / 255, 25: 63 / 255, 50: 127 / 255, 75: 191 / 255, 95: 243 / 255}


def test_merging_is_the_profile_of_all_pixels_together() -> None:
    dice = np.random.default_rng(1)
    several = [random_profile(dice) for _ in range(5)]
    merged = merge(profile for profile, _ in several)
    pixels = np.concatenate([values for _, values in several], axis=1)
    assert (merged.counts == counts_of(pixels)).all()
    assert (merged.frames, merged.basis) == (5, BASIS)
    assert merged.statistics(Channel.BLUE).mean == pytest.approx((pixels[2] / 255).mean(), abs=1e-12)
    again = merge([merge(profile for profile, _ in several[:2]), merge(profile for profile, _ in several[2:])])
    assert (again.counts == merged.counts).all()
    assert (several[0][0].counts == counts_of(several[0][1])).all()  # what was merged is left as it was


@pytest.mark.parametrize("other", [Basis("pillow 14.0 full", 8, 6), Basis(BASIS.decoder, 6, 8)])
def test_profiles_of_another_decoder_or_size_do_not_mix(other: Basis) -> None:
    dice = np.random.default_rng(2)
    with pytest.raises(ValueError, match="differ"):
        merge([random_profile(dice)[0], random_profile(dice, other)[0]])


def test_nothing_merges_to_nothing() -> None:
    with pytest.raises(ValueError, match="no profile"):
        merge([])


@pytest.mark.parametrize("counts", [np.zeros((4, 256)), np.ones((4, 256)), np.zeros((3, 256))])
def test_counts_that_are_not_of_the_size_are_refused(counts: NDArray[np.float64]) -> None:
    with pytest.raises(ValueError, match="48 > 0 pixels"):
        Profile(basis=BASIS, counts=counts.astype(np.int64))
