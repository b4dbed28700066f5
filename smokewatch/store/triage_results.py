"""The latest triage's rows, for files: as JSON objects and as a Parquet table."""

from __future__ import annotations

import io
import math
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from smokewatch.domain.triage_report import ResultColumns, result_columns
from smokewatch.store.triage import NO_TRIGGER, StoredTriage

_TYPES = {
    "triage_score": pa.float64(),
    "probability": pa.float64(),
    "score": pa.float64(),
    "model_scores": pa.list_(pa.float64()),
    "n_models_review": pa.int64(),
    "num_tubes_kept": pa.int64(),
    "trigger_frame_index": pa.int64(),
}


def results_of(stored: StoredTriage) -> ResultColumns:
    """The rows of results.json, in the order of the ids."""
    backlog, results, threshold = stored.backlog, stored.results, stored.triage.threshold
    versions = [model.model_version for model in stored.triage.models]
    return result_columns(
        stored.sequences,
        scores=backlog.scores.tolist(),
        in_review=backlog.in_review(threshold).tolist(),
        model_scores=backlog.model_scores.tolist(),
        models_in_review=backlog.models_in_review(threshold).tolist(),
        model_versions=[versions[place] for place in results.model.tolist()],
        logits=[None if math.isnan(logit) else logit for logit in results.logit.tolist()],
        tubes=results.tubes.tolist(),
        triggers=[None if frame == NO_TRIGGER else frame for frame in results.trigger_frame_index.tolist()],
    )


def results_parquet(results: ResultColumns) -> bytes:
    """results.parquet: the columns of results.json, typed; the same bytes for the same rows."""
    file = io.BytesIO()
    write_results(results, file)
    return file.getvalue()


def write_results(results: ResultColumns, target: Path | BinaryIO) -> None:
    """:func:`results_parquet` into a file.

    Raises:
        OSError: when it does not take it.
    """
    schema = pa.schema([pa.field(name, _TYPES.get(name, pa.string())) for name in results.columns])
    pq.write_table(pa.table(dict(results.columns), schema=schema), target, compression="zstd")
