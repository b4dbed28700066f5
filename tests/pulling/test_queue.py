"""A pull: what is stored, what is asked for again, what left the queue."""

from __future__ import annotations

import hashlib

import pytest

from blocks.store import Store
from smokewatch.domain.backlog import BacklogSequence, inputs_sha256
from smokewatch.errors import UsageError
from smokewatch.store import tables as t
from smokewatch.store.backlog import backlog_frames_of, waiting
from smokewatch.store.catalog import Catalog
from tests.annotator import NOW, READY, Annotator
from tests.pulling.conftest import Pull, left, rows


def frame_requests(annotator: Annotator) -> list[str]:
    """What was asked about sequences and frames, listings left out."""
    return [path for path in annotator.paths() if path != "/sequences/"]


def test_a_queue_is_stored_with_exact_bytes_in_order(annotator: Annotator, catalog: Catalog, pull: Pull) -> None:
    lanes = [
        annotator.add(frames=3, alert_api_id=key, platform_alert_id=7, temporal_model_score=score)
        for key, score in ((7, 0.4), (1_000_007_001, None))
    ]
    other = annotator.add(frames=5, organisation_name="sdis-2", is_wildfire_alertapi="other", is_manual=True)
    annotator.add(stage="annotated")
    assert pull() == {"listed": 3, "pulled": 3, "frames": 11}
    with annotator.http() as client, catalog.read() as connection:
        found = waiting(connection)
        frames = backlog_frames_of(connection, [*lanes, other])
        listed = client.get("/sequences/", params={"include_annotation": True}).json()["items"]
    expected = {row["id"]: BacklogSequence.from_annotator(row) for row in listed}
    assert [each.sequence for each in found] == [expected[each] for each in [*lanes, other]]
    assert {each.sequence.platform_alert_id for each in found[:2]} == {7}
    reader = Store.resolve().frame_store()
    for each in found:
        contents = [annotator.objects.objects[key] for key in annotator.keys(each.sequence.id)]
        sha256s = [hashlib.sha256(content).hexdigest() for content in contents]
        assert frames[each.sequence.id] == sha256s
        assert [reader.read(sha256) for sha256 in sha256s] == contents
        assert (each.inputs_sha256, each.frames_missing) == (inputs_sha256(sha256s), 0)
    assert len(rows(catalog, t.frame_profiles)) == 11


def test_what_is_known_costs_its_listing_row_only(annotator: Annotator, catalog: Catalog, pull: Pull) -> None:
    annotator.add_many(3, frames=2)
    pull()
    before = rows(catalog, t.backlog_frames)
    annotator.requests.clear()
    assert pull() == {"listed": 3, "unchanged": 3}
    assert annotator.paths() == ["/sequences/"]
    assert rows(catalog, t.backlog_frames) == before


def test_a_new_label_or_score_reads_no_frame(annotator: Annotator, catalog: Catalog, pull: Pull) -> None:
    labelled, scored, _ = annotator.add_many(3, frames=2)
    pull()
    annotator.change(labelled, is_wildfire_alertapi="wildfire_smoke")
    annotator.change(scored, temporal_model_score=0.71)
    annotator.requests.clear()
    assert pull() == {"listed": 3, "unchanged": 1, "updated": 2}
    assert frame_requests(annotator) == []
    one, two, _ = rows(catalog, t.backlog_sequences)
    assert (one.is_wildfire, two.temporal_model_score) == ("wildfire_smoke", 0.71)


def test_frames_that_people_add_are_read_the_others_kept(annotator: Annotator, catalog: Catalog, pull: Pull) -> None:
    (grown,) = annotator.add_many(1, frames=2)
    pull()
    added = annotator.add_detections(grown, [NOW])
    annotator.change(grown, last_seen_at=NOW)
    annotator.requests.clear()
    assert pull() == {"listed": 1, "updated": 1, "frames": 1, "flagged": {"not_jpeg": 1}}
    assert frame_requests(annotator) == ["/detections/", f"/detections/{added[0]}/url"]
    assert [row.id for row in rows(catalog, t.backlog_frames)] == [1, 2, *added]


def test_a_missing_frame_is_kept_as_missing_and_asked_for_again(
    annotator: Annotator, catalog: Catalog, pull: Pull
) -> None:
    (sequence,) = annotator.add_many(1, frames=3)
    gone = annotator.keys(sequence)[1]
    content = annotator.objects.objects.pop(gone)
    assert pull() == {"listed": 1, "pulled": 1, "frames": 2, "flagged": {"frame_missing": 1}}
    (row,) = rows(catalog, t.backlog_sequences)
    assert (row.frames, row.frames_missing) == (2, 1)
    whole = [each.frame_sha256 for each in rows(catalog, t.backlog_frames)]
    assert row.inputs_sha256 == inputs_sha256([each for each in whole if each])
    assert pull() == {"listed": 1, "unchanged": 1, "flagged": {"frame_missing": 1}}
    annotator.objects.objects[gone] = content
    annotator.requests.clear()
    assert pull() == {"listed": 1, "updated": 1, "frames": 1}
    assert frame_requests(annotator) == ["/detections/", "/detections/2/url"]
    whole[1] = hashlib.sha256(content).hexdigest()
    assert [each.frame_sha256 for each in rows(catalog, t.backlog_frames)] == whole


def test_what_leaves_the_queue_is_marked_and_unmarked_when_it_is_back(
    annotator: Annotator, catalog: Catalog, pull: Pull
) -> None:
    one, two, three = annotator.add_many(3, frames=1)
    pull()
    annotator.stage([one, two], "annotated")
    assert pull() == {"listed": 1, "unchanged": 1, "left": 2}
    assert pull() == {"listed": 1, "unchanged": 1}
    assert left(catalog) == [one, two]
    annotator.stage(one, READY)
    assert pull() == {"listed": 2, "unchanged": 2}
    assert left(catalog) == [two]
    annotator.stage([one, three], "annotated")
    assert pull() == {"left": 2}
    assert left(catalog) == [one, two, three]
    with catalog.read() as connection:
        assert waiting(connection) == []


def test_each_stage_is_a_queue_of_its_own(annotator: Annotator, catalog: Catalog, pull: Pull) -> None:
    (ready,) = annotator.add_many(1, frames=1)
    (done,) = annotator.add_many(1, frames=1, stage="annotated")
    assert pull() == {"listed": 1, "pulled": 1, "frames": 1}
    assert pull("annotated") == {"listed": 1, "pulled": 1, "frames": 1}
    assert left(catalog) == []
    annotator.stage(ready, "annotated")
    assert pull("annotated") == {"listed": 2, "unchanged": 2}
    assert pull() == {}
    assert left(catalog) == []
    annotator.stage([ready, done], READY)
    assert pull("annotated") == {"left": 2}


def test_what_people_have_annotated_is_stored_and_waits_for_nobody(
    annotator: Annotator, catalog: Catalog, pull: Pull
) -> None:
    still, since = annotator.add_many(2, frames=1)
    (done,) = annotator.add_many(1, frames=1, stage="annotated")
    (half,) = annotator.add_many(1, frames=1, stage="seq_annotation_done")
    pull()
    assert pull("annotated") == pull("seq_annotation_done") == {"listed": 1, "pulled": 1, "frames": 1}

    def waiting_ids() -> list[int]:
        with catalog.read() as connection:
            return [each.sequence.id for each in waiting(connection)]

    assert waiting_ids() == [still, since]
    annotator.stage(since, "annotated")
    assert pull("annotated") == {"listed": 2, "unchanged": 2}
    assert waiting_ids() == [still]
    annotator.stage([done, half], READY)
    pull()
    assert waiting_ids() == [still, done, half]


def test_a_limit_reads_so_many_and_judges_nothing(annotator: Annotator, catalog: Catalog, pull: Pull) -> None:
    one, *others = annotator.add_many(5, frames=1)
    assert pull(limit=2) == {"listed": 5, "pulled": 2, "postponed": 3, "frames": 2}
    annotator.stage(one, "annotated")
    assert pull(limit=2) == {"listed": 4, "pulled": 2, "unchanged": 1, "postponed": 1, "frames": 2}
    assert left(catalog) == []
    assert pull() == {"listed": 4, "pulled": 1, "unchanged": 3, "left": 1, "frames": 1}
    assert [row.id for row in rows(catalog, t.backlog_sequences)] == [one, *others]


def test_force_reads_everything_again(annotator: Annotator, catalog: Catalog, pull: Pull) -> None:
    sequence, _ = annotator.add_many(2, frames=2)
    pull()
    annotator.objects.objects[annotator.keys(sequence)[0]] = b"\xff\xd8other\xff\xd9"
    assert pull() == {"listed": 2, "unchanged": 2}
    assert pull(force=True) == {"listed": 2, "unchanged": 1, "updated": 1, "frames": 4}
    assert rows(catalog, t.backlog_frames)[0].frame_sha256 == hashlib.sha256(b"\xff\xd8other\xff\xd9").hexdigest()


def test_a_stage_that_does_not_exist_is_refused_before_anything_is_asked(annotator: Annotator, pull: Pull) -> None:
    with pytest.raises(UsageError, match="no stage is called 'ready'; known: imported, ready_to_annotate"):
        pull("ready")
    assert annotator.requests == []
