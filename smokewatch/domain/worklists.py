"""Worklists: what people look at, in which order, and what can leave the queue unseen.

The files are the peer's, field for field (contracts/temporal-model, section 5).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from smokewatch.domain.backlog import key_of
from smokewatch.domain.triage import Bucket, ScoredBacklog


def review_order(backlog: ScoredBacklog, threshold: float) -> NDArray[np.intp]:
    """Rows for people: those the models disagree about first, then by descending score; ties by ascending id."""
    rows = np.flatnonzero(backlog.in_review(threshold))
    unanimous = backlog.models_in_review(threshold)[rows] == backlog.models
    return rows[np.lexsort((backlog.ids[rows], -backlog.scores[rows], unanimous))]


def unlabeled_order(backlog: ScoredBacklog, threshold: float) -> NDArray[np.intp]:
    """Rows that can leave the queue: by ascending score; ties by ascending id."""
    rows = np.flatnonzero(~backlog.in_review(threshold))
    return rows[np.lexsort((backlog.ids[rows], backlog.scores[rows]))]


def review_file(backlog: ScoredBacklog, threshold: float) -> dict[str, Any]:
    """review.json: each item with every model's score and how many of them are at or above the threshold."""
    rows = review_order(backlog, threshold)
    items = _items(backlog, rows)
    counts = backlog.models_in_review(threshold)[rows].tolist()
    for item, scores, count in zip(items, backlog.model_scores[rows].tolist(), counts, strict=True):
        item |= {"model_scores": scores, "n_models_review": count}
    return _file(threshold, items)


def unlabeled_file(backlog: ScoredBacklog, threshold: float) -> dict[str, Any]:
    """unlabeled.json, with the body of ``POST /api/v1/annotations/sequences/bulk`` that a person may send.

    It is never sent from here. Without a row its list of ids is empty, which the annotator answers with 422.
    """
    body = _file(threshold, _items(backlog, unlabeled_order(backlog, threshold)))
    payload = {
        "sequence_ids": body["sequence_ids"],
        "false_positive_type": str(Bucket.UNLABELED),
        "is_unsure": False,
        "force": False,
    }
    return body | {"bulk_payload": payload}


def _items(backlog: ScoredBacklog, rows: NDArray[np.intp]) -> list[dict[str, Any]]:
    pairs = zip(backlog.ids[rows].tolist(), backlog.scores[rows].tolist(), strict=True)
    return [{"sequence_id": sequence_id, "key": key_of(sequence_id), "score": score} for sequence_id, score in pairs]


def _file(threshold: float, items: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "threshold": threshold,
        "count": len(items),
        "sequence_ids": [item["sequence_id"] for item in items],
        "items": items,
    }
