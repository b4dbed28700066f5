"""Baselines: what they refuse, which data are wrong before any statistics, and how they roll."""

from __future__ import annotations

import pytest

from smokewatch.domain.drift import (
    Baseline,
    QualityKind,
    Severity,
    build_baseline,
    check_drift,
    quality_alarms,
    roll,
    summarize,
)
from smokewatch.errors import UsageError
from tests.domain.drift.days import by_key, frames, nth, plain_day, sequences


def test_another_decoder_is_refused(baseline: Baseline) -> None:
    with pytest.raises(UsageError, match=r"profiled by pillow 13\.0 full, not by pillow 12\.0 full"):
        check_drift(plain_day(40, decoder="pillow 13.0 full"), baseline)
    with pytest.raises(UsageError, match="profile them by one"):
        build_baseline("mixed", [plain_day(0), plain_day(1, decoder="pillow 13.0 full")])


def test_another_size_is_refused_and_of_one_camera_left_out(baseline: Baseline) -> None:
    with pytest.raises(UsageError, match=r"every camera's size differs \(a's frames are 640 x 480"):
        check_drift(plain_day(40, size=(640, 480)), baseline)
    cameras = ["a", "b"] * 50
    seen = frames(nth(40), cameras, brightness=[0.5, 0.1] * 50)
    seen.sizes[1::2] = (640, 480)
    check = check_drift(summarize(nth(40), seen, sequences(nth(40), cameras)), baseline)
    assert by_key(check)["pixel_mean", "b"] is Severity.INSUFFICIENT_DATA
    assert by_key(check)["pixel_mean", None] is Severity.NONE
    assert check.left_out == 50
    assert [(each.kind, each.camera, each.count) for each in check.quality] == [(QualityKind.CHANGED_SIZE, "b", 50)]
    assert "frames are 640 x 480, the baseline's 1280 x 720" in {each.reason for each in check.findings}


def test_a_day_of_the_baseline_is_refused(baseline: Baseline) -> None:
    with pytest.raises(UsageError, match="it is one of its days"):
        check_drift(plain_day(5), baseline)


def test_quality_alarms_name_what_is_wrong(baseline: Baseline) -> None:
    cameras = ["a"] * 40
    seen = frames(nth(40), cameras, repeats=[True] * 3 + [False] * 37)
    scores = sequences(nth(40), cameras, scores=[float("nan")] * 2 + [0.7] * 38)
    day = summarize(nth(40), seen, scores, undecodable=["c"] * 4)
    found = [(each.kind.value, each.camera, each.count) for each in quality_alarms(day, baseline)]
    assert found == [
        ("missing_camera", "b", 40),
        ("stuck_frame", "a", 3),
        ("undecodable", "c", 4),
        ("nan_score", "a", 2),
    ]
    assert [each.kind for each in quality_alarms(day)] == ["stuck_frame", "undecodable", "nan_score"]


def test_the_rolling_baseline_takes_accepted_days_and_keeps_sixty(baseline: Baseline) -> None:
    rolled = baseline
    for number in range(40, 75):
        rolled = roll(rolled, plain_day(number), Severity.LOW)
    assert (len(rolled.days), rolled.version, rolled.last_day) == (60, 36, nth(74))
    assert rolled.first_day == nth(15)
    assert len(baseline.days) == 40
    for frozen in (Severity.MEDIUM, Severity.HIGH, Severity.INSUFFICIENT_DATA):
        assert roll(baseline, plain_day(40), frozen) is baseline


def test_a_camera_with_new_size_comes_back_after_two_weeks_of_it(baseline: Baseline) -> None:
    rolled = baseline
    for number in range(40, 54):
        rolled = roll(rolled, plain_day(number, size=(640, 480)), Severity.NONE)
    check = check_drift(plain_day(54, size=(640, 480)), rolled)
    assert by_key(check)["pixel_mean", "a"] is Severity.NONE
    assert next(each for each in check.findings if each.key == ("pixel_mean", "a")).days == 14


def test_baselines_without_days_or_with_one_twice_are_refused() -> None:
    with pytest.raises(UsageError, match="has no day"):
        build_baseline("none", [])
    with pytest.raises(UsageError, match="a day comes twice"):
        build_baseline("twice", [plain_day(0), plain_day(0)])
