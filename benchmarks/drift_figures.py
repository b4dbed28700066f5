"""The drift rules' other figures: how exact, how soon, how fast."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from statistics import median
from typing import Any

import numpy as np
from scipy import stats

from benchmarks.simulated_days import DAYS, FIRST_DAY, summary
from benchmarks.weather import Shift, Weather
from smokewatch.domain.drift import DaySummary, build_baseline, check_drift
from smokewatch.domain.drift.distances import (
    BINS,
    class_distance,
    histogram_distances,
    kolmogorov_smirnov,
    score_histogram,
    wasserstein,
)
from smokewatch.domain.drift.ewma import LIMIT, WEIGHT


def exactness() -> dict[str, Any]:
    """Largest differences from scipy over 200 random pairs with ties and unequal n."""
    dice = np.random.default_rng(3)
    demands = {"w1_exact": 1e-12, "ks_exact": 1e-12, "w1_histogram": 2.5e-4}
    worst = dict.fromkeys(demands, 0.0)
    for _ in range(200):
        a, b = (
            np.round(dice.beta(dice.uniform(0.5, 8), dice.uniform(0.5, 8), int(dice.integers(1, 3000))), digits)
            for digits in dice.integers(1, 6, 2).tolist()
        )
        w1, ks = stats.wasserstein_distance(a, b), stats.ks_2samp(a, b, method="asymp").statistic
        binned = histogram_distances(score_histogram(a), score_histogram(b), width=1 / BINS)
        found = {
            "w1_exact": wasserstein(a, b) - w1,
            "ks_exact": kolmogorov_smirnov(a, b) - ks,
            "w1_histogram": binned.wasserstein - w1,
        }
        worst = {name: max(each, abs(float(found[name]))) for name, each in worst.items()}
    flip = class_distance([0.95, 0.05], [0.05, 0.95])
    same = [summary(day.under(Shift()), 0) for day in Weather(np.random.default_rng(4), 500).days(1)] * DAYS
    days = [_moved(each, number) for number, each in enumerate([*same, same[0]])]
    check = check_drift(days[-1], build_baseline("identical", days[:-1]))
    distances = [each.current for each in check.findings if each.metric == "confidence_w1"]
    nan = sum(each.p is None or bool(np.isnan(each.p)) for each in check.findings)
    return {
        **{name: {"largest_difference": each, "demand": f"<= {demands[name]}"} for name, each in worst.items()},
        "class_flip": {"distance": flip, "demand": "0.90 +- 1e-9"},
        "identical": {
            "severity": check.severity,
            "largest_w1": max(filter(None, distances), default=0.0),
            "nan_p": nan,
        },
    }


def _moved(day: DaySummary, number: int) -> DaySummary:
    values = {name: getattr(day, name) for name in DaySummary.__dataclass_fields__}
    return DaySummary(**values | {"day": FIRST_DAY + timedelta(days=number)})


def slow_drift(draws: int) -> dict[str, Any]:
    """Days until a step of one standard deviation is found, by the average and by tests of single days."""
    dice, horizon = np.random.default_rng(5), 1000
    delays: dict[str, list[int]] = {"average": [], "single_days": []}
    false_alarms = 0
    for _ in range(draws):
        earlier = dice.normal(0, 1, DAYS)
        scale = earlier.std(ddof=1) * np.sqrt(1 + 1 / DAYS)
        for step in (0.0, 1.0):
            t = (dice.normal(step, 1, horizon) - earlier.mean()) / scale
            average, beyond = 0.0, horizon
            normal = stats.norm.ppf(stats.t.cdf(t, DAYS - 1))
            for number, score in enumerate(normal):
                average = WEIGHT * score + (1 - WEIGHT) * average
                if abs(average) > LIMIT:
                    beyond = number + 1
                    break
            if step:
                delays["average"].append(beyond)
                single = np.flatnonzero(2 * stats.t.sf(np.abs(t), DAYS - 1) <= 0.05 / 63)
                delays["single_days"].append(int(single[0]) + 1 if len(single) else horizon)
            else:
                false_alarms += beyond <= DAYS
    found = {f"median_days_{name}": median(each) for name, each in delays.items()}
    return {**found, f"drift_free_{DAYS}_days_with_an_alarm_a_metric": round(false_alarms / draws, 4)}


def cpu_times() -> dict[str, float]:
    dice = np.random.default_rng(6)
    a, b = dice.beta(8, 2, 10**6), dice.beta(8, 2, 10**6)
    stored = score_histogram(a), score_histogram(b)
    days = [summary(day.under(Shift()), number) for number, day in enumerate(Weather(dice, 500).days(DAYS + 1))]
    baseline = build_baseline("simulated", days[:-1])
    return {
        "million_scores_a_side": _cpu(
            lambda: histogram_distances(score_histogram(a), score_histogram(b), width=1 / BINS), 10
        ),
        "stored_histograms": _cpu(lambda: histogram_distances(*stored, width=1 / BINS), 100),
        "summary_of_500": _cpu(lambda: summary(Weather(dice, 500).days(1)[0].under(Shift()), 0), 20),
        "baseline_of_60_days": _cpu(lambda: build_baseline("simulated", days[:-1]).reference, 5),
        "check_of_a_day": _cpu(lambda: check_drift(days[-1], baseline), 20),
    }


def _cpu(work: Callable[[], object], times: int) -> float:
    """Median CPU milliseconds of this process."""
    found = []
    for _ in range(times):
        started = time.process_time()
        work()
        found.append((time.process_time() - started) * 1000)
    return round(median(found), 3)
