"""Worklists: every row once, in the order people need, in the peer's files field for field."""

from __future__ import annotations

import json

from hypothesis import given

from smokewatch.domain.triage import SWEEP, ScoredBacklog
from smokewatch.domain.worklists import review_file, review_order, unlabeled_file, unlabeled_order
from tests.domain.test_triage import backlogs, scored, thresholds


def test_people_see_what_models_disagree_about_first_then_the_highest() -> None:
    rows = [
        (5, (0.9, 0.9), "a"),
        (4, (0.36, 0.1), "a"),
        (3, (0.35, 0.8), "a"),
        (2, (0.2, 0.8), "a"),
        (1, (0.8, 0.35), "a"),
        (6, (0.1, 0.34), "a"),
    ]
    backlog = scored(rows, models=2)
    assert backlog.ids[review_order(backlog, 0.35)].tolist() == [2, 4, 5, 1, 3]
    assert backlog.ids[unlabeled_order(backlog, 0.35)].tolist() == [6]


@given(backlogs(), thresholds)
def test_worklists_hold_every_row_once_and_in_order(backlog: ScoredBacklog, threshold: float) -> None:
    review, unlabeled = review_file(backlog, threshold), unlabeled_file(backlog, threshold)
    assert sorted(review["sequence_ids"] + unlabeled["sequence_ids"]) == sorted(backlog.ids.tolist())
    assert review["items"] == sorted(
        review["items"],
        key=lambda i: (i["n_models_review"] == backlog.models, -i["score"], i["sequence_id"]),
    )
    assert unlabeled["items"] == sorted(unlabeled["items"], key=lambda i: (i["score"], i["sequence_id"]))
    assert all(1 <= item["n_models_review"] <= backlog.models for item in review["items"])
    assert all(item["score"] == max(item["model_scores"]) >= threshold for item in review["items"])
    assert all(item["score"] < threshold for item in unlabeled["items"])
    for body in (review, unlabeled):
        assert json.loads(json.dumps(body, allow_nan=False)) == body  # every digit, and numbers that JSON knows


def test_the_files_are_the_peers_field_for_field() -> None:
    backlog = scored([(12, (0.61, 0.2), "a"), (7, (0.05, 0.01), "a"), (9, (0.01, 0.0), "b")], models=2)
    assert json.dumps(review_file(backlog, 0.35)) == json.dumps(
        {
            "threshold": 0.35,
            "count": 1,
            "sequence_ids": [12],
            "items": [
                {
                    "sequence_id": 12,
                    "key": "pyro-annotator_12",
                    "score": 0.61,
                    "model_scores": [0.61, 0.2],
                    "n_models_review": 1,
                }
            ],
        }
    )
    assert json.dumps(unlabeled_file(backlog, 0.35)) == json.dumps(
        {
            "threshold": 0.35,
            "count": 2,
            "sequence_ids": [9, 7],
            "items": [
                {"sequence_id": 9, "key": "pyro-annotator_9", "score": 0.01},
                {"sequence_id": 7, "key": "pyro-annotator_7", "score": 0.05},
            ],
            "bulk_payload": {
                "sequence_ids": [9, 7],
                "false_positive_type": "unlabeled",
                "is_unsure": False,
                "force": False,
            },
        }
    )


def test_an_empty_backlog_has_empty_worklists() -> None:
    backlog = scored([], models=2)
    assert review_file(backlog, 0.35)["items"] == unlabeled_file(backlog, 0.35)["items"] == []
    assert backlog.sweep().review.tolist() == [0] * len(SWEEP)
    assert backlog.compare(0.3, 0.4).to_review.tolist() == []
