"""Days made by hand: constant where a test needs to know what comes out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import numpy as np
from numpy.typing import ArrayLike

from smokewatch.domain.drift import DaySummary, DriftCheck, Frames, Sequences, Severity, summarize

FIRST = date(2026, 3, 1)
DECODER = "pillow 12.0 full"


def nth(number: int) -> date:
    return FIRST + timedelta(days=number)


def epoch(day: date, hour: float = 10.0) -> float:
    return datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() + 3600 * hour


def frames(
    day: date,
    cameras: Sequence[str],
    *,
    brightness: float | Sequence[float] = 0.5,
    hours: Sequence[float] | None = None,
    size: tuple[int, int] = (1280, 720),
    decoder: str = DECODER,
    repeats: Sequence[bool] | None = None,
) -> Frames:
    """One frame for each camera named, whose four channels are alike."""
    n = len(cameras)
    statistics = np.zeros((n, 4, 4))
    statistics[:] = np.array([0.5, 0.2, 0.1, 0.9])
    statistics[:, :, 0] = np.broadcast_to(brightness, n)[:, None]
    return Frames(
        cameras=np.array(cameras),
        seen_at=np.array([epoch(day, hour) for hour in hours or [10.0] * n]),
        statistics=statistics,
        night=np.zeros(n, np.bool_),
        sizes=np.tile(np.array(size), (n, 1)),
        repeats=np.array(repeats if repeats is not None else [False] * n),
        decoder=decoder,
    )


def sequences(
    day: date,
    cameras: Sequence[str],
    *,
    scores: float | Sequence[float] = 0.8,
    smoke: ArrayLike = 0,
    classes: tuple[str, ...] = ("no_smoke", "smoke"),
) -> Sequences:
    """One sequence for each camera named."""
    n = len(cameras)
    return Sequences(
        cameras=np.array(cameras),
        started_at=np.array([epoch(day)] * n),
        scores=np.array(np.broadcast_to(scores, n), np.float64),
        verdicts=np.array(np.broadcast_to(smoke, n), np.intp),
        night=np.zeros(n, np.bool_),
        classes=classes,
    )


def plain_day(number: int, n: int = 40, *, size: tuple[int, int] = (1280, 720), decoder: str = DECODER) -> DaySummary:
    """Two cameras that saw the same as every day, a little different each day."""
    day, cameras = nth(number), ["a", "b"] * (n // 2)
    dice = np.random.default_rng(number)
    seen = frames(day, cameras, brightness=list(dice.normal(0.5, 0.05, n)), size=size, decoder=decoder)
    scores = list(np.clip(dice.normal(0.7, 0.1, n), 0, 1))
    return summarize(day, seen, sequences(day, cameras, scores=scores, smoke=list(dice.integers(0, 2, n))))


def by_key(check: DriftCheck) -> dict[tuple[str, str | None], Severity]:
    """Each finding's severity by metric and camera."""
    return {each.key: each.severity for each in check.findings}
