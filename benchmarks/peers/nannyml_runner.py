"""NannyML's univariate drift, a chunk a day: limits are three deviations of the baseline's days."""

from __future__ import annotations

from pathlib import Path

import nannyml
import pyarrow as pa  # type: ignore[import-untyped]

from benchmarks.peers.running import Readings, run
from benchmarks.peers.samples import NUMERIC


class Univariate:
    """Every default, Jensen-Shannon distance for all columns among them."""

    days_back = 0

    def prepare(self, baseline: pa.Table) -> None:
        self.calculator = nannyml.UnivariateDriftCalculator(
            column_names=[*NUMERIC, "smoke"],
            treat_as_categorical=["smoke"],
            timestamp_column_name="timestamp",
            chunk_period="D",
        ).fit(baseline.to_pandas())

    def start(self) -> None:
        """It keeps nothing."""

    def check(self, day: pa.Table) -> Readings:
        self.result = self.calculator.calculate(day.to_pandas())
        found = self.result.filter(period="analysis").to_df(multilevel=False)
        alerts = [name for name in found.columns if name.endswith("_alert")]
        return {"any column": bool(found[alerts].to_numpy().any())}

    def report(self, path: Path) -> None:
        self.result.plot(kind="drift").write_html(path)


if __name__ == "__main__":
    run(Univariate, "nannyml", "pandas", "numpy")
