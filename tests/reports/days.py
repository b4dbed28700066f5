"""A fleet's simulated days, of which the last three are darker on one camera; the report of the last one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from functools import cache
from typing import Any

import numpy as np

from benchmarks.simulated_days import NAMES, summary
from benchmarks.weather import Shift, Weather
from smokewatch.domain.drift import Baseline, DaySummary, DriftCheck, build_baseline, check_drift
from smokewatch.reports.drift_json import drift_report
from smokewatch.reports.drift_model import ReportFrame

BASELINE_DAYS, CHECKED_DAYS, DARK_DAYS = 60, 30, 3
DARK = 3
DARK_CAMERA = str(NAMES[DARK])


HOSTILE = "{{ 7 * 7 }}</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'|`[a](http://x)\u202e\n"
LONG = "camera " + "x" * 10_000


@dataclass(frozen=True)
class Story:
    """The last day's check, and all that led to it."""

    check: DriftCheck
    baseline: Baseline
    day: DaySummary
    history: list[DriftCheck]

    def report(self, **changes: Any) -> dict[str, Any]:
        """Its report.json."""
        given: dict[str, Any] = {
            "baseline": self.baseline,
            "day": self.day,
            "history": self.history,
            "frames": frames(self.day),
            "model_versions": ["2.1.0"],
            "title": "north",
        }
        return drift_report(changes.pop("check", self.check), **given | changes)


@cache
def made_story(n: int = 120) -> Story:
    """60 days of a baseline, 30 checked ones."""
    weather = Weather(np.random.default_rng(7), n)
    days = weather.days(BASELINE_DAYS + CHECKED_DAYS)
    baseline = build_baseline("north", [_seen(day.under(Shift()), at) for at, day in enumerate(days[:BASELINE_DAYS])])
    history: list[DriftCheck] = []
    for number, day in enumerate(days[BASELINE_DAYS:], BASELINE_DAYS):
        dark = number >= len(days) - DARK_DAYS
        shift = Shift(brightness=-0.2, confidence=-0.2, camera=DARK) if dark else Shift()
        seen = _seen(day.under(shift), number)
        check = check_drift(seen, baseline, history=history)
        history.append(check)
    return Story(check, baseline, seen, history[:-1])


def frames(day: DaySummary) -> list[ReportFrame]:
    """12 dark frames of one camera, 12 typical ones of it and of others."""
    noon = datetime.combine(day.day, time(12), UTC)
    return [
        ReportFrame(
            id=f"{kind}-{number}",
            camera=DARK_CAMERA if kind == "worst" or number % 2 else str(NAMES[number % 8]),
            seen_at=noon + timedelta(minutes=number),
            kind=kind,
            metric="pixel_mean",
            value=0.2 if kind == "worst" else 0.5,
        )
        for number in range(12)
        for kind in ("worst", "typical")
    ]


@cache
def troubled_report() -> dict[str, Any]:
    """The dark camera and a stuck one have names that try something; so have title, baseline and model."""
    story, names = made_story(), {DARK_CAMERA: f"camera 3{HOSTILE}", "camera 7": f"camera 7{LONG}"}
    baseline = build_baseline(HOSTILE, [_renamed(day, names) for day in story.baseline.days])
    day = replace(_renamed(story.day, names), repeats={names["camera 7"]: 3})
    named = Story(check_drift(day, baseline), baseline, day, [])
    seen = [replace(each, camera=names.get(each.camera, each.camera)) for each in frames(story.day)]
    return named.report(title=HOSTILE + LONG, model_versions=[HOSTILE], frames=seen)


def _renamed(day: DaySummary, names: dict[str, str]) -> DaySummary:
    """The day with other names, which sort as the old ones."""
    return replace(
        day,
        cameras=tuple(names.get(each, each) for each in day.cameras),
        sizes={names.get(each, each): sizes for each, sizes in day.sizes.items()},
    )


def _seen(day: Any, number: int) -> DaySummary:
    """With pixels about each frame's mean."""
    values = np.arange(256) / 255
    density = np.exp(-((values - day.statistics[:, :, :1]) ** 2) / (2 * day.statistics[:, :, 1:2] ** 2))
    return replace(summary(day, number), pixel_shares=(density / density.sum(axis=2, keepdims=True)).mean(axis=0))
