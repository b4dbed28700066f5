"""What the drift rules find, and what they raise for nothing, over simulated weather: the table in docs/drift.md."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from json import dumps
from typing import Any

import numpy as np

from benchmarks.drift_figures import cpu_times, exactness, slow_drift
from benchmarks.simulated_days import DAYS, IN_A_ROW, NAMES, check_in_a_row, summary
from benchmarks.weather import VARIANTS, Shift, Variant, Weather
from smokewatch.domain.drift import DriftCheck, Severity, build_baseline

DRAWS = 1000
BOUNDED: tuple[Variant, ...] = ("heavy_tails", "unequal_cameras")
REPORTED: tuple[Variant, ...] = ("autoregressive", "season")
REPORTED_SHARE = 5
"""Of weather that is reported and not bounded, one draw in so many."""
CAMERA = 3

SHIFTS = {
    "confidence -.10": Shift(confidence=-0.10),
    "confidence -.05": Shift(confidence=-0.05),
    "one camera, brightness -.20": Shift(brightness=-0.20, camera=CAMERA),
    "one camera, confidence -.20": Shift(confidence=-0.20, camera=CAMERA),
    "smoke share +20 points": Shift(smoke_share=0.20),
}
DEMANDED = {
    ("confidence -.10", 100): 0.95,
    ("confidence -.10", 500): 0.95,
    ("confidence -.05", 500): 0.70,
    ("one camera, brightness -.20", 100): 0.90,
    ("one camera, confidence -.20", 100): 0.95,
    ("smoke share +20 points", 100): 0.95,
    ("smoke share +20 points", 500): 0.95,
}
NAMED = 0.95
ALLOWED = {"medium or high": 0.039, "high": 0.022, "any": 0.100}
"""Of drift-free days."""


def measure(draws: int = DRAWS) -> dict[str, Any]:
    """Every row that the rules are held to, the demand beside what was measured."""
    return {
        "draws": draws,
        "baseline_days": DAYS,
        "rows": [
            *(row for n in (100, 500) for row in _rows(n, draws)),
            *(row for variant in BOUNDED for n in (100, 500) for row in _drift_free(variant, n, draws, ALLOWED)),
        ],
        "reported_only": [
            row
            for variant in REPORTED
            for n in (100, 500)
            for row in _drift_free(variant, n, max(draws // REPORTED_SHARE, 1), dict.fromkeys(ALLOWED))
        ],
        "exactness": exactness(),
        "slow_drift": slow_drift(draws),
        "cpu_ms": cpu_times(),
    }


def _rows(n: int, draws: int) -> Iterator[dict[str, Any]]:
    """Drift-free days, and every shift demanded of this n."""
    checks = [checks_of_draw(n, draw) for draw in range(draws)]
    yield from _alarms(Counter(each["drift-free"].severity for each in checks), n, draws, ALLOWED)
    for name in [each for each in checks[0] if each != "drift-free"]:
        hits = [each[name] for each in checks if each[name].severity.is_open]
        share, demand = len(hits) / draws, DEMANDED[name, n]
        yield _row(f"{name}: medium or high", n, f">= {demand}", share, share >= demand)
        if SHIFTS[name].camera is not None:
            right = sum(hit.cameras[:1] == (str(NAMES[CAMERA]),) for hit in hits) / max(len(hits), 1)
            yield _row(f"{name}: the camera named right, of the hits", n, f">= {NAMED}", right, right >= NAMED)


def checks_of_draw(n: int, draw: int) -> dict[str, DriftCheck]:
    """The third day of nothing, and of every shift demanded of this n, in the same weather after the same baseline."""
    weather = Weather(np.random.default_rng((1, n, draw)), n)
    earlier = [summary(day.under(Shift()), number) for number, day in enumerate(weather.days(DAYS))]
    baseline, days = build_baseline("simulated", earlier), weather.days(IN_A_ROW)
    shifts = {name: shift for name, shift in SHIFTS.items() if (name, n) in DEMANDED}
    return {name: check_in_a_row(baseline, days, shift) for name, shift in {"drift-free": Shift(), **shifts}.items()}


def _drift_free(
    variant: Variant, n: int, draws: int, allowed: dict[str, float] | dict[str, None]
) -> Iterator[dict[str, Any]]:
    found: Counter[Severity] = Counter()
    for draw in range(draws):
        weather = Weather(np.random.default_rng((2, VARIANTS.index(variant), n, draw)), n, variant=variant)
        earlier = [summary(day.under(Shift()), number) for number, day in enumerate(weather.days(DAYS))]
        found[check_in_a_row(build_baseline("simulated", earlier), weather.days(IN_A_ROW), Shift()).severity] += 1
    for row in _alarms(found, n, draws, allowed):
        yield {"weather": variant, **row}


def _alarms(
    found: Counter[Severity], n: int, draws: int, allowed: dict[str, float] | dict[str, None]
) -> Iterator[dict[str, Any]]:
    levels = {
        "medium or high": (Severity.MEDIUM, Severity.HIGH),
        "high": (Severity.HIGH,),
        "any": (Severity.LOW, Severity.MEDIUM, Severity.HIGH),
    }
    for name, which in levels.items():
        share, most = sum(found[each] for each in which) / draws, allowed[name]
        passed = None if most is None else share <= most
        yield _row(f"drift-free: {name}", n, "reported" if most is None else f"<= {most}", share, passed)


def _row(check: str, n: int, demand: str, measured: float, passed: bool | None) -> dict[str, Any]:
    return {"check": check, "n": n, "demand": demand, "measured": round(measured, 4), "passed": passed}


if __name__ == "__main__":
    sys.stdout.write(dumps(measure(int(sys.argv[1]) if len(sys.argv) > 1 else DRAWS), indent=1) + "\n")
