"""NannyML's estimated performance (CBPE), a chunk a day: limits are three deviations of the baseline's days."""

from __future__ import annotations

from pathlib import Path

import nannyml
import pandas as pd
import pyarrow as pa  # type: ignore[import-untyped]

from benchmarks.peers.running import Readings, run

METRICS = ["roc_auc", "accuracy"]


class Estimated:
    """Every default. The baseline has labels, which it cannot do without."""

    days_back = 0

    def prepare(self, baseline: pa.Table) -> None:
        self.estimator = nannyml.CBPE(
            metrics=METRICS,
            y_pred_proba="confidence",
            y_pred="predicted",
            y_true="label",
            timestamp_column_name="timestamp",
            problem_type="classification_binary",
            chunk_period="D",
        ).fit(_frame(baseline))

    def start(self) -> None:
        """It keeps nothing."""

    def check(self, day: pa.Table) -> Readings:
        self.result = self.estimator.estimate(_frame(day))
        found = self.result.filter(period="analysis").to_df(multilevel=False)
        alerts = {name: bool(found[f"{name}_alert"].any()) for name in METRICS}
        return {"either metric": any(alerts.values()), **alerts}

    def report(self, path: Path) -> None:
        self.result.plot().write_html(path)


def _frame(rows: pa.Table) -> pd.DataFrame:
    frame = rows.to_pandas()
    return frame.assign(predicted=(frame["confidence"] >= 0.5).astype(int), label=frame["label"].astype(int))


if __name__ == "__main__":
    run(Estimated, "nannyml", "pandas", "numpy")
