"""What goes wrong with one sequence stays with it, has a reason, and is tried again."""

from __future__ import annotations

import json
from typing import Any

import pytest

from demo.gate import Asked, Instead
from smokewatch.errors import RunError
from smokewatch.store import tables as t
from smokewatch.store.catalog import Catalog
from tests.annotator import Annotator
from tests.pulling.conftest import Pull, left, rows, skipped


def listing(annotator: Annotator, **changed: Any) -> Instead:
    """The queue as the server gives it, its last row changed."""
    with annotator.http() as client:
        page = client.get("/sequences/", params={"processing_stage": "ready_to_annotate", "size": 100}).json()
    page["items"][-1] |= changed
    return Instead(200, body=json.dumps(page).encode())


@pytest.mark.parametrize(
    ("path", "instead", "reason"),
    [
        ("/detections/", Instead(418), "request_failed"),
        ("/detections/", Instead(200, body=b'{"items": [], "total": 0}'), "no_detections"),
        ("/detections/", Instead(200, body=b'{"items": [{"id": 1}], "total": 1}'), "malformed_row"),
        (
            "/detections/",
            Instead(
                200,
                body=b'{"items": [{"id": 9, "sequence_id": 9, "recorded_at": "2026-11-19T12:00:00Z",'
                b' "bucket_key": "k"}], "total": 1}',
            ),
            "malformed_row",
        ),
        ("/detections/1/url", Instead(418), "frames_failed"),
        ("/detections/1/url", Instead(200, body=b'{"url": "http://169.254.169.254/k"}'), "frame_host_refused"),
        ("/detections/1/url", Instead(200, body=b'{"url": "ftp://somewhere/k"}'), "frame_host_refused"),
    ],
    ids=["418", "none", "row", "of another", "no url", "link-local", "ftp"],
)
def test_one_that_fails_stops_no_other_and_is_tried_again(
    annotator: Annotator, catalog: Catalog, pull: Pull, path: str, instead: Instead, reason: str
) -> None:
    bad, *good = annotator.add_many(4, frames=2)

    def answer(asked: Asked) -> Instead | None:
        return instead if asked.path == path and asked.query.get("sequence_id", str(bad)) == str(bad) else None

    annotator.knobs.before_answer = answer
    counts = pull()
    assert (counts["listed"], counts["pulled"], counts["skipped"]) == (4, 3, {reason: 1})
    assert skipped(catalog) == {bad: reason}
    assert [row.id for row in rows(catalog, t.backlog_sequences)] == good
    annotator.knobs.before_answer = None
    assert pull() == {"listed": 4, "pulled": 1, "unchanged": 3, "frames": 2}
    assert skipped(catalog) == {}


def test_a_frame_that_keeps_failing_leaves_its_sequence_out_whole(
    annotator: Annotator, catalog: Catalog, pull: Pull
) -> None:
    bad, _ = annotator.add_many(2, frames=3)
    failing = annotator.keys(bad)[2]
    annotator.objects.before_get = lambda _number, key: (500, b"", 0) if key == failing else None
    assert pull() == {"listed": 2, "pulled": 1, "frames": 3, "skipped": {"frames_failed": 1}}
    assert {row.sequence_id for row in rows(catalog, t.backlog_frames)} == {2}
    annotator.objects.before_get = lambda _number, _key: None
    assert pull() == {"listed": 2, "pulled": 1, "unchanged": 1, "frames": 3}


def test_a_malformed_row_is_recorded_and_does_not_leave_the_queue(
    annotator: Annotator, catalog: Catalog, pull: Pull
) -> None:
    known, _ = annotator.add_many(2, frames=1)
    pull()
    instead = listing(annotator, camera_id="two")
    annotator.knobs.before_answer = lambda asked: instead if asked.path == "/sequences/" else None
    assert pull() == {"listed": 2, "unchanged": 1, "skipped": {"malformed_row": 1}}
    assert (skipped(catalog), left(catalog)) == ({known: "malformed_row"}, [])
    (row,) = rows(catalog, t.skips)
    assert row.detail == f"sequence {known}, camera_id: expected an integer, got 'two'"
    instead = listing(annotator, id=None)
    assert pull() == {"listed": 2, "unchanged": 1, "left": 1, "skipped": {"malformed_row": 1}}


def test_a_failure_of_what_left_the_queue_is_told_no_longer(annotator: Annotator, catalog: Catalog, pull: Pull) -> None:
    here, there = annotator.add_many(1)[0], annotator.add_many(1, stage="annotated")[0]
    pull()
    pull("annotated")
    assert skipped(catalog) == {here: "no_detections", there: "no_detections"}
    annotator.stage([here, there], "imported")
    pull()
    assert skipped(catalog) == {there: "no_detections"}


def test_a_queue_that_cannot_be_listed_changes_nothing(annotator: Annotator, catalog: Catalog, pull: Pull) -> None:
    annotator.add_many(130, frames=0)
    annotator.add(frames=1)
    pull()
    before = rows(catalog, t.backlog_sequences)
    annotator.knobs.before_answer = lambda asked: Instead(500) if asked.query.get("page") == "2" else None
    with pytest.raises(RunError, match="keeps answering 500"):
        pull()
    assert (rows(catalog, t.backlog_sequences), left(catalog)) == (before, [])
