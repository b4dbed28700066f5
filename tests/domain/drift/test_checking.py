"""A day against a baseline: refusals, data quality, what is too little, what days before it add, strict beside it."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from smokewatch.domain.drift import (
    Baseline,
    DaySummary,
    DriftCheck,
    Severity,
    baseline_from_json,
    baseline_json,
    build_baseline,
    check_drift,
    check_from_json,
    check_json,
    propose_retraining,
    summarize,
)
from smokewatch.errors import StorageError
from tests.domain.drift.days import by_key, frames, nth, plain_day, sequences


def dark_day(number: int, n: int = 200) -> DaySummary:
    cameras = ["a", "b"] * (n // 2)
    seen = frames(nth(number), cameras, brightness=0.1)
    return summarize(nth(number), seen, sequences(nth(number), cameras, scores=0.7, smoke=[0, 1] * (n // 2)))


def same_day(day: DaySummary, number: int) -> DaySummary:
    values = {name: getattr(day, name) for name in DaySummary.__dataclass_fields__}
    return DaySummary(**values | {"day": nth(number)})


def test_identical_data_are_none_and_nothing_apart() -> None:
    days = [same_day(plain_day(0), number) for number in range(61)]
    check = check_drift(days[60], build_baseline("identical", days[:60]))
    assert check.severity is Severity.NONE
    # Of a distance, which is tested on one side, the middle is 0.5.
    expected = [0.5 if each.metric == "confidence_w1" else 1.0 for each in check.findings]
    assert [each.p for each in check.findings] == pytest.approx(expected, abs=1e-4)
    assert all(each.current == 0 for each in check.findings if each.metric == "confidence_w1")
    assert all(abs(each.effect or 0) <= 2.5e-4 for each in check.findings)
    assert (check.strict.severity, check.left_out, check.quality) == (Severity.NONE, 0, ())


def test_a_dark_day_is_high_on_both_cameras_and_named(baseline: Baseline) -> None:
    check = check_drift(dark_day(40), baseline)
    assert check.severity is Severity.HIGH
    assert check.alerts
    assert sorted(check.cameras) == ["a", "b"]
    worst = check.findings[0]
    assert (worst.metric, worst.channel) == ("pixel_mean", "luma")
    assert worst.effect == pytest.approx(-0.4, abs=0.02)
    assert worst.baseline is not None
    assert worst.current == pytest.approx(worst.baseline + (worst.effect or 0))
    assert worst.low is not None
    assert worst.high is not None
    assert worst.low < (worst.effect or 0) < worst.high
    assert check.strict.severity is Severity.LOW
    assert {each.name for each in check.strict.results if each.exceeds} == {"red_mean", "green_mean", "blue_mean"}


def test_one_channel_alone_is_found_and_named(baseline: Baseline) -> None:
    cameras = ["a", "b"] * 50
    seen = frames(nth(40), cameras)
    seen.statistics[:, 2, 0] = 0.1
    check = check_drift(summarize(nth(40), seen, None), baseline)
    assert {(each.metric, each.channel) for each in check.findings if each.severity.is_open} == {("pixel_mean", "blue")}


def test_more_frames_in_the_morning_are_no_drift() -> None:
    dice = np.random.default_rng(2)

    def day(number: int, mornings: int) -> DaySummary:
        hours = [8.0] * mornings + [14.0] * (200 - mornings)
        light = [0.3 if hour < 12 else 0.7 for hour in hours] + dice.normal(0, 0.05, 200) + dice.normal(0, 0.005)
        return summarize(nth(number), frames(nth(number), ["a", "b"] * 100, brightness=list(light), hours=hours), None)

    baseline = build_baseline("hours", [day(number, 100) for number in range(30)])
    check = check_drift(day(30, 160), baseline)
    assert by_key(check)["pixel_mean", None] is Severity.NONE
    # Mode strict looks at plain means.
    assert {each.detector for each in check.strict.results if each.exceeds} == {"pixels"}


def test_two_low_days_of_three_are_medium_and_an_alarm_outlives_its_cause_by_a_day(baseline: Baseline) -> None:
    def after(*low_days: int) -> Severity:
        history = []
        for number in low_days:
            check = check_drift(plain_day(number), baseline)
            findings = (replace(each, is_low=each.key == ("confidence", None)) for each in check.findings)
            history.append(replace(check, findings=tuple(findings)))
        return by_key(check_drift(plain_day(43), baseline, history=history))["confidence", None]

    assert after() is after(42) is after(41) is Severity.NONE
    assert after(41, 42) is Severity.MEDIUM
    assert after(40, 41) is after(40, 42) is Severity.NONE  # three days before is forgotten


def test_too_little_is_never_none(baseline: Baseline) -> None:
    few = check_drift(plain_day(40, n=28), baseline)
    assert few.severity is Severity.INSUFFICIENT_DATA
    assert few.strict.severity is Severity.INSUFFICIENT_DATA
    assert {each.p for each in few.findings} == {None}
    assert few.findings[0].reason == "28 frames in the day, at least 30 are needed"
    unscored = check_drift(summarize(nth(40), frames(nth(40), ["a", "b"] * 20), None), baseline)
    assert unscored.severity is Severity.INSUFFICIENT_DATA
    assert by_key(unscored)["pixel_mean", None] is Severity.NONE
    cameras = ["a"] * 38 + ["b"] * 2
    rare = check_drift(summarize(nth(40), frames(nth(40), cameras), sequences(nth(40), cameras)), baseline)
    assert by_key(rare)["pixel_mean", "b"] is Severity.INSUFFICIENT_DATA
    assert by_key(rare)["pixel_mean", "a"] is not Severity.INSUFFICIENT_DATA


def test_young_baselines_say_nothing_then_are_provisional() -> None:
    def check(days: int) -> DriftCheck:
        return check_drift(dark_day(40), build_baseline("young", [plain_day(number) for number in range(days)]))

    assert check(13).severity is Severity.INSUFFICIENT_DATA
    assert (check(14).severity, check(14).provisional) == (Severity.MEDIUM, True)
    assert check(29).severity is Severity.MEDIUM
    assert (check(30).severity, check(30).provisional) == (Severity.HIGH, False)


def test_fewer_than_a_hundred_do_not_alert(baseline: Baseline) -> None:
    check = check_drift(dark_day(40, n=98), baseline)
    assert (check.severity, check.alerts) == (Severity.HIGH, False)
    assert check_drift(dark_day(40, n=100), baseline).alerts


def test_a_camera_that_never_saw_smoke_may_see_some() -> None:
    cameras = ["a"] * 4 + ["b"] * 36

    def day(number: int, *first: float) -> DaySummary:
        scores = [*first, *[0.0] * (40 - len(first))]
        return summarize(
            nth(number), None, sequences(nth(number), cameras, scores=scores, smoke=np.array(scores) > 0.45)
        )

    quiet = build_baseline("quiet", [day(number) for number in range(40)])
    found = check_drift(day(40, 0.9), quiet).findings
    shown = {each.key: each for each in found}
    assert shown["confidence", "a"].effect == pytest.approx(0.225)
    assert {shown[name, "a"].severity for name in ("confidence", "smoke_share")} == {Severity.NONE}


def test_three_classes_are_compared_by_total_variation() -> None:
    names, dice = ("no_smoke", "smoke", "cloud"), np.random.default_rng(3)

    def day(number: int, shares: list[float]) -> DaySummary:
        verdicts = dice.choice(3, 120, p=shares)
        return summarize(
            nth(number), None, sequences(nth(number), ["a", "b"] * 60, smoke=list(verdicts), classes=names)
        )

    baseline = build_baseline("classes", [day(number, [0.6, 0.1, 0.3]) for number in range(40)])
    same = by_key(check_drift(day(40, [0.6, 0.1, 0.3]), baseline))
    moved = by_key(check_drift(day(40, [0.2, 0.1, 0.7]), baseline))
    assert same["class_distance", None] is Severity.NONE
    assert moved["class_distance", None] is Severity.HIGH
    assert moved["smoke_share", None] is Severity.NONE


def test_a_day_with_a_tenth_of_the_sequences_is_no_drift() -> None:
    dice = np.random.default_rng(4)

    def day(number: int, n: int) -> DaySummary:
        scores = list(np.clip(dice.normal(0.6, 0.2, n), 0, 1))
        cameras = ["a", "b"] * (n // 2)
        light = list(dice.normal(0.5, 0.1, n))
        seen = frames(nth(number), cameras, brightness=light)
        return summarize(
            nth(number), seen, sequences(nth(number), cameras, scores=scores, smoke=list(dice.integers(0, 2, n)))
        )

    baseline = build_baseline("busy", [day(number, 600) for number in range(30)])
    lows = sum(each.is_low for number in range(20) for each in check_drift(day(40 + number, 60), baseline).findings)
    assert lows <= 1


def test_a_check_is_repeatable_and_its_json_is_the_same(baseline: Baseline) -> None:
    day = plain_day(40)
    check = check_drift(day, baseline)
    text = json.dumps(check_json(check))
    assert check_from_json(json.loads(text)) == check
    again = baseline_from_json(json.loads(json.dumps(baseline_json(baseline))))
    assert check_drift(day, again) == check
    assert json.loads(text)["severity"] == "none"
    with pytest.raises(StorageError, match="schema 0"):
        check_from_json({"schema": 0})
    with pytest.raises(StorageError, match="is damaged"):
        check_from_json({"schema": 1, "day": "2026-01-01"})


def test_retraining_is_proposed_after_two_high_days_of_three(baseline: Baseline) -> None:
    dark = {number: check_drift(dark_day(number), baseline) for number in (40, 41, 42, 43)}
    plain = {number: check_drift(plain_day(number), baseline) for number in (41, 42)}
    assert propose_retraining([]) is None
    assert propose_retraining([dark[40]]) is None
    assert propose_retraining([dark[40], plain[41], plain[42], dark[43]]) is None
    proposal = propose_retraining([dark[42], dark[40], plain[41]])
    assert proposal is not None
    assert proposal.day == nth(42)
    assert ("pixel_mean", None) in proposal.because
