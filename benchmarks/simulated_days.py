"""Simulated weather as the drift rules take it: summaries, and checks of days in a row."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day

import numpy as np

from benchmarks.weather import Day, Drawn, Shift
from smokewatch.domain.drift import Baseline, DaySummary, DriftCheck, Frames, Sequences, check_drift, summarize

DAYS = 60
IN_A_ROW = 3
FIRST_DAY = date(2026, 3, 1)
NAMES = np.array([f"camera {number}" for number in range(8)])


def check_in_a_row(baseline: Baseline, days: list[Drawn], shift: Shift) -> DriftCheck:
    """The check of the last of some days in a row, all under the same shift."""
    checks: list[DriftCheck] = []
    for number, day in enumerate(days):
        checks.append(check_drift(summary(day.under(shift), DAYS + number), baseline, history=checks))
    return checks[-1]


def summary(day: Day, number: int) -> DaySummary:
    """A simulated day's summary; days are numbered from 0."""
    on = FIRST_DAY + timedelta(days=number)
    seconds = datetime.combine(on, time_of_day(), UTC).timestamp() + day.hours * 3600
    n = len(seconds)
    never = np.zeros(n, np.bool_)
    frames = Frames(
        cameras=NAMES[day.cameras],
        seen_at=seconds,
        statistics=day.statistics,
        night=never,
        sizes=np.tile([1280, 720], (n, 1)),
        repeats=never,
        decoder="simulated",
    )
    sequences = Sequences(
        cameras=NAMES[day.cameras],
        started_at=seconds,
        scores=day.scores,
        verdicts=day.smoke.astype(np.intp),
        night=never,
    )
    return summarize(on, frames, sequences)
