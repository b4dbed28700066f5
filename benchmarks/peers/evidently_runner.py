"""Evidently's data drift preset: the baseline's rows are the reference, a day's rows the current data."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa  # type: ignore[import-untyped]
from evidently import DataDefinition, Dataset, Report
from evidently.presets import DataDriftPreset

from benchmarks.peers.running import Readings, run
from benchmarks.peers.samples import NUMERIC

DEFINITION = DataDefinition(numerical_columns=NUMERIC, categorical_columns=["smoke"])


class Evidently:
    """Every default; only which column is numeric and which a class is told, as its documentation advises."""

    days_back = 0

    def prepare(self, baseline: pa.Table) -> None:
        self.reference = _dataset(baseline)

    def start(self) -> None:
        """It keeps nothing."""

    def check(self, day: pa.Table) -> Readings:
        self.snapshot = Report([DataDriftPreset()]).run(_dataset(day), self.reference)
        drifted = self.snapshot.dict()["metrics"][0]["value"]
        return {"half of the columns": drifted["share"] >= 0.5, "any column": drifted["count"] > 0}

    def report(self, path: Path) -> None:
        self.snapshot.save_html(str(path))


def _dataset(rows: pa.Table) -> Dataset:
    frame = rows.select([*NUMERIC, "smoke"]).to_pandas()
    frame["smoke"] = frame["smoke"].map({True: "smoke", False: "no smoke"})
    return Dataset.from_pandas(frame, data_definition=DEFINITION)


if __name__ == "__main__":
    run(Evidently, "evidently", "pandas", "numpy")
