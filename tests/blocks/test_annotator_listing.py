"""Listing the annotator: every row once, though pages shift and rows of equal time have no order."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from demo.gate import Asked, Instead
from smokewatch.domain.backlog import Stage
from smokewatch.errors import MalformedRowError, RunError, UsageError
from tests.annotator import READY, Annotator, first
from tests.blocks.clients import START, client, ids, seconds


@pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 250])
def test_a_stage_is_listed_whole_each_sequence_once(annotator: Annotator, count: int) -> None:
    waiting, done = annotator.add_many(count), annotator.add_many(1, stage="annotated")
    with client(annotator) as api:
        assert ids(api.sequences(READY)) == waiting
        assert ids(api.sequences("annotated")) == done


def test_a_list_of_one_page_is_read_once(annotator: Annotator) -> None:
    annotator.add_many(99)
    with client(annotator) as api:
        api.sequences(READY)
    assert annotator.paths() == ["/sequences/"]


def test_rows_of_equal_time_that_change_places_are_all_had(annotator: Annotator) -> None:
    added = annotator.add_many(130, tied=True) + annotator.add_many(170)
    with client(annotator) as api:
        assert ids(api.sequences(READY)) == added


def test_people_who_annotate_meanwhile_hide_no_other_row(annotator: Annotator) -> None:
    added = annotator.add_many(300)

    def annotate(asked: Asked) -> None:
        if asked.query.get("page") == "2":
            annotator.stage(added[-3:], "annotated")  # of the first page

    annotator.knobs.before_answer = annotate
    with client(annotator) as api:
        assert ids(api.sequences(READY)) == added


def test_imports_meanwhile_repeat_no_row_and_end(annotator: Annotator) -> None:
    added = annotator.add_many(250)

    def import_another(asked: Asked) -> None:
        if asked.path == "/sequences/":
            annotator.add_many(1)

    annotator.knobs.before_answer = import_another
    with client(annotator) as api:
        listed = ids(api.sequences(READY))
    assert listed[:250] == added
    assert len(listed) == len(set(listed))


@pytest.mark.parametrize("total", [None, 0, 100, "many"])
def test_a_server_that_repeats_its_pages_is_not_asked_for_ever(annotator: Annotator, total: object) -> None:
    items = [{"id": number} for number in range(100)]
    body = json.dumps({"items": items, "total": total, "pages": 9**9}).encode()
    annotator.knobs.before_answer = lambda asked: Instead(200, body=body) if asked.path == "/sequences/" else None
    with client(annotator) as api:
        assert ids(api.sequences(READY)) == list(range(100))
    assert len(annotator.paths()) <= 6


def test_a_server_that_counts_more_than_it_lists_is_told(annotator: Annotator) -> None:
    body = json.dumps({"items": [{"id": 1}], "total": 7}).encode()
    annotator.knobs.before_answer = lambda asked: Instead(200, body=body) if asked.path == "/sequences/" else None
    with client(annotator) as api, pytest.raises(RunError, match="counts 7 rows and lists 1 of them; try again"):
        api.sequences(READY)


@pytest.mark.parametrize("stage", ["nope", "", "READY_TO_ANNOTATE", "under_review", "needs_manual"])
def test_a_stage_that_the_server_would_ignore_is_refused_before_anything_is_sent(
    annotator: Annotator, stage: str
) -> None:
    with client(annotator) as api, pytest.raises(UsageError, match=r"no stage is called .*; known: imported, ready_to"):
        api.sequences(stage)
    assert annotator.requests == []


@pytest.mark.parametrize("stage", Stage)
def test_every_stage_is_sent_as_it_is_called(annotator: Annotator, stage: Stage) -> None:
    chosen = annotator.add_many(1, stage=None if stage is Stage.NO_ANNOTATION else stage)
    annotator.add_many(1, stage="annotated" if stage is not Stage.ANNOTATED else "imported")
    with client(annotator) as api:
        assert ids(api.sequences(stage)) == chosen


def test_detections_come_whole_in_the_order_of_their_frames(annotator: Annotator) -> None:
    one, other, none = annotator.add_many(3)
    rows = annotator.add_detections(one, [*seconds(230), START - timedelta(hours=1), START])
    few = annotator.add_detections(other, seconds(3))
    with client(annotator) as api:
        assert [row["id"] for row in api.detections(one)] == [rows[230], rows[0], rows[231], *rows[1:230]]
        assert [row["id"] for row in api.detections(other)] == few
        assert api.detections(none) == []


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"recorded_at": "yesterday"}, "detection 90, recorded_at: expected an ISO 8601 time, got 'yesterday'"),
        ({"id": None}, "detection None, id: expected an integer, got None"),
    ],
)
def test_a_detection_without_a_time_or_id_is_named(annotator: Annotator, changed: dict[str, object], told: str) -> None:
    row = {"id": 90, "recorded_at": "2026-11-17 16:00:00.136983+00:00"} | changed
    body = json.dumps({"items": [row], "total": 1}).encode()
    annotator.knobs.before_answer = first(1, Instead(200, body=body), "/detections/")
    with client(annotator) as api, pytest.raises(MalformedRowError) as caught:
        api.detections(12)
    assert str(caught.value) == told


@pytest.mark.parametrize("body", [b"[]", b"null", b"<html>", b'{"items": {}}', b'{"items": [1]}', b"{}"])
def test_another_server_is_told_in_one_line(annotator: Annotator, body: bytes) -> None:
    annotator.knobs.before_answer = first(99, Instead(200, body=body))
    with client(annotator) as api, pytest.raises(RunError, match=r"expected a JSON .*; is it an annotator") as caught:
        api.sequences(READY)
    assert "\n" not in str(caught.value)
