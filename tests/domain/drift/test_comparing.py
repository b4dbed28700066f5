"""Two sets of days side by side, and the fixed thresholds, which must be exceeded."""

from __future__ import annotations

import numpy as np
import pytest

from smokewatch.domain.drift import DaySummary, Severity, compare, summarize
from smokewatch.domain.drift.strict import Pooled, strict_verdict
from smokewatch.errors import UsageError
from tests.domain.drift.days import frames, nth, plain_day, sequences


def day(number: int, *, brightness: float = 0.5, score: float = 0.7, smoke: int = 0, n: int = 40) -> DaySummary:
    cameras = ["a"] * n
    verdicts = [1] * smoke + [0] * (n - smoke)
    seen = frames(nth(number), cameras, brightness=brightness)
    return summarize(nth(number), seen, sequences(nth(number), cameras, scores=score, smoke=verdicts))


def strict(first: DaySummary, second: DaySummary) -> dict[str, bool]:
    verdict = strict_verdict(Pooled.of([first]), Pooled.of([second]))
    return {each.name: each.exceeds for each in verdict.results}


def test_thresholds_must_be_exceeded() -> None:
    # Not by the last bit either: 0.55 - 0.5 is above 0.05 in binary.
    assert not strict(day(0, smoke=0), day(1, smoke=6))["class_wasserstein"]
    assert strict(day(0, smoke=0), day(1, smoke=7))["class_wasserstein"]
    for brightness, exceeds in ((0.55, False), (0.45, False), (0.5501, True), (0.4499, True)):
        assert strict(day(0), day(1, brightness=brightness))["red_mean"] is exceeds
    for score, exceeds in ((0.6, False), (0.8, False), (0.5999, True), (0.8001, True)):
        assert strict(day(0), day(1, score=score))["confidence_mean"] is exceeds


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, Severity.NONE),
        ({"brightness": 0.1}, Severity.LOW),
        ({"brightness": 0.1, "score": 0.1}, Severity.MEDIUM),
        ({"brightness": 0.1, "score": 0.1, "smoke": 20}, Severity.HIGH),
        ({"n": 29}, Severity.INSUFFICIENT_DATA),
    ],
)
def test_strict_severity_counts_detectors(changes: dict[str, float], expected: Severity) -> None:
    changed = day(1, **changes)  # type: ignore[arg-type]
    assert strict_verdict(Pooled.of([day(0)]), Pooled.of([changed])).severity is expected


def test_comparing_days_with_themselves_gives_nothing() -> None:
    days = [plain_day(number) for number in range(5)]
    found = compare(days, days)
    assert found.confidence is not None
    assert (found.confidence.wasserstein, found.confidence.kolmogorov_smirnov, found.classes) == (0, 0, 0)
    assert found.pixels == {}
    assert found.strict.severity is Severity.NONE


def test_pixels_are_compared_by_channel() -> None:
    def with_pixels(number: int, value: int) -> DaySummary:
        seen = frames(nth(number), ["a"] * 40)
        shares = np.zeros((4, 256))
        shares[:, value] = 1
        values = {name: getattr(seen, name) for name in seen.__dataclass_fields__}
        return summarize(nth(number), type(seen)(**values | {"shares": shares}), None)

    found = compare([with_pixels(0, 100)], [with_pixels(1, 151)])
    assert [each.wasserstein for each in found.pixels.values()] == pytest.approx([0.2] * 4)
    assert list(found.pixels) == ["red", "green", "blue", "luma"]
    assert found.confidence is None
    assert found.classes is None


def test_unlike_days_are_refused() -> None:
    with pytest.raises(UsageError, match="a side has no day"):
        compare([], [plain_day(0)])
    with pytest.raises(UsageError, match="profile both by one decoder"):
        compare([plain_day(0)], [plain_day(1, decoder="another")])
    with pytest.raises(UsageError, match="a, b: frames of different sizes"):
        compare([plain_day(0)], [plain_day(1, size=(640, 480))])
