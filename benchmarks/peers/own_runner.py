"""smokewatch's own check."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]

from benchmarks.peers.running import Readings, run
from benchmarks.peers.samples import CAMERA, DAYS, IN_A_ROW, STATISTICS
from benchmarks.simulated_days import NAMES, summary
from benchmarks.weather import Day
from smokewatch.domain.drift import DaySummary, DriftCheck, build_baseline, check_drift
from smokewatch.reports.drift_html import drift_html
from smokewatch.reports.drift_json import drift_report


class Own:
    """Calibrated mode, as it comes."""

    days_back = IN_A_ROW - 1

    def prepare(self, baseline: pa.Table) -> None:
        numbers = baseline["day"].to_numpy()
        days = [_summary(baseline.filter(numbers == number)) for number in range(DAYS)]
        self.baseline = build_baseline("simulated", days)

    def start(self) -> None:
        self.checks: list[DriftCheck] = []

    def check(self, day: pa.Table) -> Readings:
        self.day = _summary(day)
        found = check_drift(self.day, self.baseline, history=self.checks)
        self.checks.append(found)
        named = found.severity.is_open and found.cameras[:1] == (str(NAMES[CAMERA]),)
        return {"medium or high": found.severity.is_open, "... with the camera named": named}

    def report(self, path: Path) -> None:
        *history, last = self.checks
        found = drift_report(last, baseline=self.baseline, day=self.day, history=history, title="simulated")
        path.write_text(drift_html(found))


def _summary(rows: pa.Table) -> DaySummary:
    columns = {name: rows[name].to_numpy() for name in ("camera", "hour", "confidence", "smoke")}
    day = Day(
        cameras=columns["camera"],
        hours=columns["hour"],
        statistics=np.column_stack([rows[name].to_numpy() for name in STATISTICS]).reshape(-1, 4, 4),
        scores=columns["confidence"],
        smoke=columns["smoke"],
    )
    return summary(day, int(rows["day"][0].as_py()))


if __name__ == "__main__":
    run(Own, "smokewatch", "numpy", "scipy")
