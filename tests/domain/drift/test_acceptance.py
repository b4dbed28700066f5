"""What the rules are held to, small: 8 draws where the benchmark takes 1,000 (benchmarks/drift.py, docs/drift.md).

Seeds are fixed. A share demanded is asked as the number of draws that comes with a probability of 95 % when the true
share is just the one demanded: at least 6 of 8 for 95 % and 90 %, 3 for 70 %; at most 1 false alarm for 3.9 %.
"""

from __future__ import annotations

from functools import cache

import pytest
from scipy import stats

from benchmarks.drift import ALLOWED, CAMERA, DEMANDED, SHIFTS, checks_of_draw
from benchmarks.simulated_days import NAMES
from smokewatch.domain.drift import DriftCheck, Severity

DRAWS = 8
LUCK = 0.05


@cache
def checks(n: int) -> list[dict[str, DriftCheck]]:
    return [checks_of_draw(n, 10_000 + draw) for draw in range(DRAWS)]


@pytest.mark.parametrize(("name", "n"), DEMANDED)
def test_shifts_are_found_and_the_camera_is_named(name: str, n: int) -> None:
    hits = [each[name] for each in checks(n) if each[name].severity.is_open]
    assert len(hits) >= stats.binom.ppf(LUCK, DRAWS, DEMANDED[name, n])
    assert all(hit.alerts for hit in hits)
    if SHIFTS[name].camera is not None:
        right = sum(hit.cameras[0] == NAMES[CAMERA] for hit in hits if hit.cameras)
        assert right >= stats.binom.ppf(LUCK, len(hits), 0.95)


@pytest.mark.parametrize("n", [100, 500])
def test_weather_raises_few_alarms(n: int) -> None:
    found = [each["drift-free"].severity for each in checks(n)]
    counts = {
        "medium or high": sum(each.is_open for each in found),
        "high": found.count(Severity.HIGH),
        "any": sum(each.rank >= Severity.LOW.rank for each in found),
    }
    assert all(count <= stats.binom.ppf(1 - LUCK, DRAWS, ALLOWED[name]) for name, count in counts.items())
    assert Severity.INSUFFICIENT_DATA not in found
