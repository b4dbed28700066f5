"""Health lights: their limits, and what they say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from smokewatch.domain.drift.severity import Severity
from smokewatch.domain.lights import disk_light, drift_light, freshness_light, match_light, throughput_light

NOW = datetime(2026, 8, 15, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("explained", "replayed", "state"),
    [(0, 0, "unknown"), (80, 100, "ok"), (79, 100, "warn"), (60, 100, "warn"), (59, 100, "bad"), (0, 1, "bad")],
)
def test_match(explained: int, replayed: int, state: str) -> None:
    assert match_light(explained, replayed).state == state


@pytest.mark.parametrize(
    ("speed", "before", "state"),
    [(None, None, "unknown"), (1.0, None, "ok"), (0.7, 1.0, "ok"), (0.69, 1.0, "warn"), (0.39, 1.0, "bad")],
)
def test_throughput(speed: float | None, before: float | None, state: str) -> None:
    assert throughput_light(speed, before).state == state


def test_the_fullest_disk_counts() -> None:
    light = disk_light([("catalog", 50, 100), ("frames", 2, 100)])
    assert (light.state, light.text.split(":")[0], light.value) == ("bad", "frames", 0.02)
    assert disk_light([("frames", 9, 100)]).state == "warn"
    assert disk_light([("frames", 10, 100)]).state == "ok"
    assert disk_light([]).state == "unknown"


@pytest.mark.parametrize(
    ("hours", "state"), [(26, "ok"), (26.1, "warn"), (50, "warn"), (50.1, "bad"), (None, "unknown")]
)
def test_freshness(hours: float | None, state: str) -> None:
    imported = None if hours is None else NOW - timedelta(hours=hours)
    assert freshness_light(imported, now=NOW).state == state


@pytest.mark.parametrize(
    ("severity", "state"),
    [("high", "bad"), ("medium", "warn"), ("low", "ok"), ("none", "ok"), ("insufficient_data", "unknown")],
)
def test_drift_is_as_bad_as_the_newest_day(severity: str, state: str) -> None:
    light = drift_light(Severity(severity), NOW.date(), ["north/peak-01"])
    assert light.state == state
    assert light.text == f"{severity.replace('_', ' ')} on 2026-08-15" + (
        ": north/peak-01" if state in ("bad", "warn") else ""
    )
    assert drift_light(None, None).state == "unknown"
