"""Simulated days as Parquet files, one a draw: written once, read in every tool's environment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.compute as pc  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from benchmarks.weather import Day, Shift, Weather

DAYS = 60
IN_A_ROW = 3
CAMERA = 3
"""That something happens to."""
FIRST_DAY = datetime(2026, 3, 1, tzinfo=UTC)
SHIFTS = {
    "drift-free": Shift(),
    "confidence -.10": Shift(confidence=-0.10),
    "one camera, confidence -.20": Shift(confidence=-0.20, camera=CAMERA),
    "one camera, brightness -.20": Shift(brightness=-0.20, camera=CAMERA),
}
STATISTICS = [
    f"{channel}_{name}" for channel in ("red", "green", "blue", "luma") for name in ("mean", "std", "p5", "p95")
]
NUMERIC = [*STATISTICS[-4:], "confidence"]
"""Columns that other tools watch, beside the class `smoke`: smokewatch's metrics. Luma stands for all channels."""
BASELINE = "baseline"


@dataclass(frozen=True, slots=True)
class Sample:
    """One draw."""

    baseline: pa.Table
    """Rows of DAYS days."""
    days: dict[str, list[pa.Table]]
    """By shift, IN_A_ROW days each, in the same weather."""


def write_sample(folder: Path, n: int, draw: int) -> None:
    """Write draw number `draw` with n rows a day: the days that `benchmarks.drift` draws with these numbers."""
    weather = Weather(np.random.default_rng((1, n, draw)), n)
    labels = np.random.default_rng((7, n, draw))
    parts = [_rows(day.under(Shift()), number, BASELINE, labels) for number, day in enumerate(weather.days(DAYS))]
    later = weather.days(IN_A_ROW)
    for name, shift in SHIFTS.items():
        parts += [_rows(day.under(shift), DAYS + number, name, labels) for number, day in enumerate(later)]
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.concat_tables(parts), folder / f"{draw:04}.parquet")


def read_samples(folder: Path) -> Iterator[Sample]:
    """A folder's samples, one at a time."""
    for path in sorted(folder.glob("*.parquet")):
        rows = pq.read_table(path)
        last = [DAYS + number for number in range(IN_A_ROW)]
        yield Sample(
            baseline=rows.filter(pc.field("part") == BASELINE),
            days={
                name: [rows.filter((pc.field("part") == name) & (pc.field("day") == number)) for number in last]
                for name in SHIFTS
            },
        )


def _rows(day: Day, number: int, part: str, labels: np.random.Generator) -> pa.Table:
    n = len(day.scores)
    seconds = FIRST_DAY.timestamp() + (number * 24 + day.hours) * 3600
    return pa.table(
        {
            "part": [part] * n,
            "day": np.full(n, number),
            "timestamp": pa.array((seconds * 1e6).astype(np.int64), pa.timestamp("us")),
            "hour": day.hours,
            "camera": day.cameras,
            **dict(zip(STATISTICS, day.statistics.reshape(n, -1).T, strict=True)),
            "confidence": day.scores,
            "smoke": day.smoke,
            # What confidence promises, exactly: the best case of an estimate of accuracy.
            "label": labels.uniform(0, 1, n) < day.scores,
        }
    )
