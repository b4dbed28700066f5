"""The filtered backlog as CSV, full precision, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from smokewatch.viewer.csv import safe
from smokewatch.viewer.replies import utc_text
from smokewatch.viewer.triage_columns import BUCKETS, TriageColumns

HEADER = (
    *("key", "sequence_id", "source_api", "platform_alert_id", "organization_id", "organization"),
    *("camera_id", "camera", "recorded_at", "bucket", "score", "distance", "tubes", "n_models_review"),
    "recorded_score",
)


def triage_csv(columns: TriageColumns, rows: NDArray[np.intp], threshold: float) -> str:
    """A line a row, a header first; after :data:`HEADER` a column ``score_<n>`` for each of several models.

    Numbers are at the shortest text that gives them again, times ISO 8601 with ``Z``, what is not known empty.
    ``distance`` is the score less the threshold. Text that a spreadsheet would compute gets an apostrophe before it.
    """
    text = io.StringIO()
    writer = csv.writer(text)
    models = columns.backlog.models if columns.backlog else 0
    writer.writerow([*HEADER, *(f"score_{n + 1}" for n in range(models) if models > 1)])
    writer.writerows(_lines(columns, rows, threshold))
    return text.getvalue()


def _lines(columns: TriageColumns, rows: NDArray[np.intp], threshold: float) -> Iterator[list[object]]:
    backlog = columns.backlog
    if backlog is None:
        return
    review = backlog.in_review(threshold)[rows].tolist()
    counts = backlog.models_in_review(threshold)[rows].tolist()
    several = backlog.models > 1
    every = zip(
        rows.tolist(), review, counts, backlog.scores[rows].tolist(), backlog.model_scores[rows].tolist(), strict=True
    )
    for row, in_review, count, score, model_scores in every:
        each = columns.sequences[row]
        alert, production = each.platform_alert_id, each.temporal_model_score
        yield [
            each.key,
            each.id,
            safe(each.source_api),
            "" if alert is None else alert,
            each.organization_id,
            safe(each.organization_name),
            each.camera_id,
            safe(each.camera_name),
            utc_text(each.recorded_at),
            BUCKETS[0] if in_review else BUCKETS[1],
            score,
            score - threshold,
            int(columns.tubes[row]),
            count,
            "" if production is None else production,
            *(model_scores if several else []),
        ]
