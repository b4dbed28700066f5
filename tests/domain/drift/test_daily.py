"""A day's summary: numpy's numbers of its columns, by camera and hour band; JSON loses nothing."""

from __future__ import annotations

import json

import numpy as np
import pytest
from numpy.typing import NDArray

from smokewatch.domain.drift import Frames, Sequences, summarize, summary_from_json, summary_json
from smokewatch.domain.drift.daily import STRATA
from smokewatch.domain.drift.distances import BINS
from smokewatch.domain.drift.observations import image_statistics, is_night
from smokewatch.domain.drift.stored import SCHEMA
from smokewatch.domain.profiles import Basis, Channel, FrameProfile
from smokewatch.errors import StorageError
from tests.domain.drift.days import DECODER, FIRST, epoch, frames, plain_day, sequences


def random_counts(n: int, *, size: int = 48) -> NDArray[np.int64]:
    dice = np.random.default_rng(5)
    return np.array([[np.bincount(dice.integers(0, 256, size), minlength=256) for _ in range(4)] for _ in range(n)])


def test_image_statistics_are_the_profiles_own() -> None:
    counts = random_counts(20)
    # Flat, and black beside white: percentiles at their edges.
    counts[0], counts[1] = 0, 0
    counts[0, :, 7], counts[1, :, 0], counts[1, :, 255] = 48, 24, 24
    found = image_statistics(counts)
    for number, each in enumerate(counts):
        profile = FrameProfile(basis=Basis(DECODER, 8, 6), counts=each, mode="RGB")
        for at, channel in enumerate(Channel):
            own = profile.statistics(channel)
            assert found[number, at, :2] == pytest.approx((own.mean, own.std), abs=1e-9)
            assert found[number, at, 2:].tolist() == [own.percentiles[5], own.percentiles[95]]


def test_infra_red_frames_have_no_colour() -> None:
    counts = random_counts(3)
    counts[0, :] = counts[0, 0]
    counts[1, :, :] = 0
    counts[1, :, 100] = 48
    counts[1, 2, 100], counts[1, 2, 104] = 0, 48
    assert is_night(counts).tolist() == [True, False, False]


def test_columns_come_from_stored_profiles() -> None:
    counts = random_counts(3)
    profiles = [FrameProfile(basis=Basis(DECODER, 8, 6), counts=each, mode="RGB") for each in counts]
    found = Frames.of(profiles, cameras=["a", "b", "a"], seen_at=[1.0, 2.0, 3.0], repeats=[False, True, False])
    assert found.decoder == DECODER
    assert found.sizes.tolist() == [[8, 6]] * 3
    assert found.shares is not None
    assert found.shares == pytest.approx(counts.sum(axis=0) / (3 * 48))
    other = FrameProfile(basis=Basis("another", 8, 6), counts=counts[0], mode="RGB")
    with pytest.raises(ValueError, match="one decoder"):
        Frames.of([*profiles, other], cameras=["a"] * 4, seen_at=[0.0] * 4, repeats=[False] * 4)


def test_a_day_by_camera_and_hour_band() -> None:
    cameras, hours = ["b", "a", "b", "b"], [1.0, 7.0, 13.0, 14.0]
    seen = frames(FIRST, cameras, brightness=[0.1, 0.2, 0.3, 0.5], hours=hours)
    day = summarize(FIRST, seen, sequences(FIRST, ["a", "c", "c"], scores=[0.9, 0.25, 0.75], smoke=[1, 0, 1]))
    assert day.cameras == ("a", "b", "c")
    assert day.frames.tolist() == [[0, 1, 0, 0, 0], [1, 0, 2, 0, 0], [0] * 5]
    assert day.image_means[1, [0, 2], 0].tolist() == [0.1, 0.4]
    assert day.image_variances[1, 0] == pytest.approx((0 + 0.01 + 0.01) / 3, abs=1e-7)
    assert day.score_means[2, 1] == 0.5
    assert day.score_variances.tolist() == pytest.approx([0, 0, 0.0625])
    assert day.class_counts[2, 1].tolist() == [1, 1]
    cell = 2 * len(STRATA) + 1
    assert day.score_bins.tolist() == [[1, int(0.9 * BINS), 1], [cell, BINS // 4, 1], [cell, 3 * BINS // 4, 1]]


def test_night_is_a_stratum_of_its_own_at_any_hour() -> None:
    seen = Sequences(
        cameras=np.array(["a", "a"]),
        started_at=np.array([epoch(FIRST, 1), epoch(FIRST, 13)]),
        scores=np.array([0.1, 0.2]),
        verdicts=np.array([0, 0]),
        night=np.array([True, True]),
    )
    assert summarize(FIRST, None, seen).sequences.tolist() == [[0, 0, 0, 0, 2]]


def test_scores_that_are_no_number_are_counted_and_nothing_else() -> None:
    seen = sequences(FIRST, ["a", "a", "b"], scores=[float("nan"), 0.5, float("nan")], smoke=1)
    day = summarize(FIRST, None, seen)
    assert day.nan_scores == {"a": 1, "b": 1}
    assert day.sequences.sum() == day.class_counts.sum() == 1
    assert day.score_means.sum() == 0.5


@pytest.mark.parametrize("score", [1.5, -0.1, float("inf")])
def test_scores_outside_are_refused(score: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        sequences(FIRST, ["a"], scores=[score])


def test_columns_that_differ_in_length_are_refused() -> None:
    with pytest.raises(ValueError, match="differ in number"):
        frames(FIRST, ["a", "b"], hours=[1.0, 2.0], repeats=[True])


def test_json_is_the_summary_to_the_last_digit() -> None:
    cameras = ["a", "b", "a"]
    seen = frames(FIRST, cameras, brightness=[1 / 3, 0.5, 0.7], repeats=[False, False, True])
    scored = sequences(FIRST, cameras, scores=[1.0, 1 / 3, float("nan")], smoke=[2, 0, 1], classes=("x", "smoke", "y"))
    for day in (summarize(FIRST, seen, scored, undecodable=["b", "z"]), summarize(FIRST, None, None), plain_day(3)):
        text = json.dumps(summary_json(day))
        again = summary_from_json(json.loads(text))
        for name in day.__dataclass_fields__:
            np.testing.assert_equal(getattr(again, name), getattr(day, name))
        assert json.dumps(summary_json(again)) == text


def test_what_another_version_or_nobody_wrote_is_refused() -> None:
    stored = summary_json(plain_day(0))
    with pytest.raises(StorageError, match=f"schema {SCHEMA + 1}, not {SCHEMA}"):
        summary_from_json(stored | {"schema": SCHEMA + 1})
    with pytest.raises(StorageError, match="bins 1024, not 4096"):
        summary_from_json(stored | {"bins": 1024})
    with pytest.raises(StorageError, match="is damaged"):
        summary_from_json(stored | {"cells": [{"at": [9, 9]}]})
