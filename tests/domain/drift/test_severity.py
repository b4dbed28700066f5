"""Severity: every boundary of the rule."""

from __future__ import annotations

from typing import Any

import pytest

from smokewatch.domain.drift.metrics import CAMERA_FLOOR, CONFIDENCE, METRICS, SMOKE_SHARE
from smokewatch.domain.drift.severity import Severity, is_low, severity

FACTS: dict[str, Any] = {"q": 0.05, "size": 0.05, "floor": 0.05, "fixed": 0.1, "days": 60, "low_before": 0}


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, Severity.LOW),
        ({"q": 0.0501}, Severity.NONE),
        ({"size": 0.0499}, Severity.NONE),
        ({"q": 1e-9, "size": 0.0499}, Severity.NONE),
        ({"q": 0.01}, Severity.MEDIUM),
        ({"q": 0.0101}, Severity.LOW),
        ({"q": 0.01, "size": 0.0999}, Severity.MEDIUM),
        ({"q": 0.01, "size": 0.1}, Severity.HIGH),
        ({"q": 0.0101, "size": 0.1}, Severity.LOW),
        ({"low_before": 1}, Severity.MEDIUM),
        ({"low_before": 2}, Severity.MEDIUM),
        ({"q": 0.9, "low_before": 2}, Severity.MEDIUM),
        ({"q": 0.9, "low_before": 1}, Severity.NONE),
        ({"q": 0.01, "size": 0.1, "low_before": 2}, Severity.HIGH),
        ({"q": 0.01, "size": 0.1, "days": 30}, Severity.HIGH),
        ({"q": 0.01, "size": 0.1, "days": 29}, Severity.MEDIUM),
    ],
)
def test_the_rule(facts: dict[str, Any], expected: Severity) -> None:
    assert severity(**FACTS | facts) is expected


def test_days_remember_their_own_test_only() -> None:
    assert is_low(q=0.05, size=0.05, floor=0.05)
    assert not is_low(q=0.9, size=0.05, floor=0.05)


def test_badness_and_open_alarms() -> None:
    order = sorted(Severity, key=lambda each: each.rank)
    assert order == ["insufficient_data", "none", "low", "medium", "high"]
    assert [each for each in order if each.is_open] == ["medium", "high"]


def test_floors_are_wider_on_a_camera() -> None:
    assert {metric.floor("a") for metric in METRICS} == {CAMERA_FLOOR}
    assert (CONFIDENCE.floor(None), SMOKE_SHARE.floor(None)) == (0.02, 0.03)
    fixed = {metric.name: metric.fixed for metric in METRICS}
    assert (fixed["pixel_mean"], fixed["pixel_std"], fixed["confidence"], fixed["smoke_share"]) == (
        0.05,
        0.1,
        0.1,
        0.15,
    )
