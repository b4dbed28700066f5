"""Uploads: which boxes are taken, and how rows become sequences."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256

import pytest

from demo.alert_api import registry
from demo.alert_api.bboxes import touch
from demo.cameras import number_text
from tests.demo.conftest import JPEG, World


@pytest.mark.parametrize(
    ("bboxes", "status"),
    [
        ("[(.4,.5,.5,.6,.5)]", 201),
        ("[(0.404,0.498,0.484,0.558,0.610)]", 201),
        ("[(0,0.100,0.35,1,0)]", 201),
        ("[(0.0,.1,.2,.3,.4)]", 201),
        ("[(0,0,1,1,1)]", 201),
        ("[(.1,.1,.2,.2,0.000)]", 201),
        ("[(.1,.1,.2,.2,1.0)]", 422),
        ("[(.1,.1,.2,.2,1.000)]", 422),
        ("[(.1,.1,.2,.2,0.5555)]", 422),
        ("[(-0.1,.1,.2,.2,.5)]", 422),
        ("[(0.,.1,.2,.2,.5)]", 422),
        ("[(.1, .1,.2,.2,.5)]", 422),
        ("[(.1,.1,.2,.2)]", 422),
        ("[(.2,.1,.2,.2,.5)]", 422),
        ("[(.1,.3,.2,.2,.5)]", 422),
        ("(.1,.1,.2,.2,.5)", 422),
        ("", 422),
        ("[" + ",".join(["(0.100,0.100,0.200,0.200,0.500)"] * 5) + "]", 201),
        ("[" + ",".join(["(0.100,0.100,0.200,0.200,0.500)"] * 6) + "]", 422),
        ("[" + ",".join(["(.1,.1,.2,.2,.5)"] * 6) + "]", 201),
    ],
)
def test_bbox_texts(world: World, bboxes: str, status: int) -> None:
    assert world.upload(bboxes).status_code == status


@pytest.mark.parametrize(
    ("value", "text"), [(0.0, "0"), (1.0, "1"), (0.5, "0.500"), (0.6104, "0.610"), (0.9996, "1.000")]
)
def test_numbers_as_pyroclient_writes_them(value: float, text: str) -> None:
    assert number_text(value) == text


def test_an_upload_is_checked_before_anything_is_stored(world: World) -> None:
    inactive = registry.add_pose(world.services, world.cameras[0], 10.0, active=False)
    box = "[(.1,.1,.2,.2,.5)]"
    foreign = world.upload(box, pose_id=str(world.poses[1][0]))
    assert (foreign.status_code, foreign.json()["detail"]) == (403, "Access forbidden.")
    assert world.upload(box, pose_id=str(inactive)).status_code == 422
    assert world.upload(box, pose_id="999").status_code == 404
    assert world.http("agent-1").post("/detections/").status_code == 403
    assert world.frames.objects == {}


def test_key_bucket_and_times(world: World) -> None:
    row = world.upload("[(.1,.1,.2,.2,.5)]", frame=b"x", recorded_at="2026-08-14T09:59:58+02:00").json()
    assert row["recorded_at"] == "2026-08-14T07:59:58"  # converted to UTC, naive, no zero microseconds
    assert row["created_at"].startswith("2026-08-14T08:00:00.")
    assert row["bucket_key"] == f"{world.cameras[0]}-20260814080000-{sha256(JPEG + b'x').hexdigest()[:8]}.jpg"
    assert world.frames.objects[f"demo-alert-api-{world.organizations[1]}", row["bucket_key"]] == JPEG + b"x"
    naive = world.upload("[(.1,.1,.2,.2,.5)]", recorded_at="2026-08-14T07:00:00.5").json()
    assert naive["recorded_at"] == "2026-08-14T07:00:00.500000"
    plain = world.upload("[(.1,.1,.2,.2,.5)]").json()
    assert plain["recorded_at"] == plain["created_at"]
    assert list(row) == [
        *("id", "camera_id", "pose_id", "sequence_id", "bucket_key", "crop_bucket_key", "bbox", "others_bboxes"),
        *("created_at", "recorded_at"),
    ]


def test_the_same_bytes_in_the_same_second_share_a_key(world: World) -> None:
    keys = [world.upload("[(.1,.1,.2,.2,.5)]", frame=b"same").json()["bucket_key"] for _ in range(2)]
    world.services.clock.advance(seconds=1)
    keys.append(world.upload("[(.1,.1,.2,.2,.5)]", frame=b"same").json()["bucket_key"])
    assert keys[0] == keys[1] != keys[2]


def test_a_row_per_box_each_with_its_siblings(world: World) -> None:
    first = world.upload("[(.1,.1,.2,.2,.5),(.7,.7,.8,.8,.4)]").json()
    rows = world.http("admin").get("/detections/").json()
    assert [row["bbox"] for row in rows] == ["[(.1,.1,.2,.2,.5)]", "[(.7,.7,.8,.8,.4)]"]
    assert [row["others_bboxes"] for row in rows] == [rows[1]["bbox"], rows[0]["bbox"]]
    assert first["id"] == rows[0]["id"]
    assert rows[0]["bucket_key"] == rows[1]["bucket_key"]
    assert rows[0]["created_at"] < rows[1]["created_at"]


def test_crops_are_one_per_box(world: World) -> None:
    form = {"bboxes": "[(.1,.1,.2,.2,.5),(.1,.1,.2,.2,.5)]", "pose_id": str(world.poses[0][0])}
    crops = [("crop", ("c.jpg", JPEG + b"c", "image/jpeg")) for _ in range(2)]
    frame = ("file", ("f.jpg", JPEG, "image/jpeg"))
    camera = world.http("camera-1")
    assert camera.post("/detections/", data=form, files=[frame, crops[0]]).status_code == 422
    row = camera.post("/detections/", data=form, files=[frame, *crops]).json()
    assert row["crop_bucket_key"].startswith(f"crop_0_{world.cameras[0]}-20260814080000-")
    urls = world.http("admin").get(f"/detections/{row['id']}/url").json()
    assert urls["url"].endswith(row["bucket_key"])
    assert urls["crop_url"].endswith(row["crop_bucket_key"])


def test_three_overlapping_orphans_within_five_minutes_start_a_sequence(world: World) -> None:
    assert world.film(2) == 0
    sequence = world.film(1)
    answer = world.sequence(sequence)
    rows = world.rows(sequence)
    assert answer["started_at"] == rows[0]["created_at"]
    assert answer["last_seen_at"] == rows[2]["created_at"]
    assert (answer["camera_azimuth"], answer["sequence_azimuth"], answer["cone_angle"]) == (45.0, 42.3, 5.4)
    world.services.clock.advance(hours=3)
    assert world.film(3, every=151) == 0  # the first is too old by then


def test_rows_count_not_frames(world: World) -> None:
    row = world.upload("[(.1,.1,.2,.2,.5),(.1,.1,.2,.2,.5),(.1,.1,.2,.2,.5)]").json()
    assert row["sequence_id"] is not None
    assert len({other["bucket_key"] for other in world.rows(row["sequence_id"])}) == 1


def test_two_overlapping_boxes_of_a_frame_join_one_sequence(world: World) -> None:
    sequence = world.film(3)
    world.upload("[(.4,.5,.5,.6,.3),(.42,.52,.52,.62,.7)]")
    rows = world.rows(sequence)
    assert len(rows) == 5
    assert rows[3]["bucket_key"] == rows[4]["bucket_key"]
    assert world.sequence(sequence)["max_conf"] == 0.7


def test_joining_needs_touch_on_both_axes_and_two_hours(world: World) -> None:
    sequence = world.film(3, "(.4,.5,.5,.6,.5)")
    world.services.clock.advance(seconds=119 * 60)
    assert world.upload("[(.549,.5,.6,.6,.5)]").json()["sequence_id"] == sequence
    assert world.upload("[(.4,.5,.5,.6,.5)]", pose=2).json()["sequence_id"] is None
    assert world.upload("[(.7,.5,.8,.6,.5)]").json()["sequence_id"] is None
    world.services.clock.advance(seconds=2 * 3600 + 1)
    assert world.upload("[(.549,.5,.6,.6,.5)]").json()["sequence_id"] is None


@pytest.mark.parametrize(("gap", "together"), [(-0.1, True), (0.0, True), (0.049, True), (0.051, False)])
def test_the_tolerance_is_per_axis(gap: float, together: bool) -> None:
    one, right = (0.1, 0.1, 0.2, 0.2, 0.5), (0.2 + gap, 0.1, 0.9, 0.2, 0.5)
    below = (0.1, 0.2 + gap, 0.2, 0.9, 0.5)
    assert touch(one, right) is touch(right, one) is touch(one, below) is together


def test_the_most_recent_of_two_candidates_is_joined(world: World) -> None:
    world.film(3, "(.4,.5,.5,.6,.5)")
    right = world.film(3, "(.56,.5,.65,.6,.5)")
    assert world.upload("[(.505,.5,.55,.6,.5)]").json()["sequence_id"] == right


def test_continuity_rows_for_what_was_not_touched(world: World) -> None:
    sequence = world.film(3)
    before = world.sequence(sequence)
    world.services.clock.advance(seconds=30)
    row = world.upload("[]").json()
    assert (row["bbox"], row["others_bboxes"], row["sequence_id"]) == ("[]", None, sequence)
    world.services.clock.advance(seconds=30)
    elsewhere = world.upload("[(.8,.1,.9,.2,.5)]").json()
    assert elsewhere["sequence_id"] is None
    rows = world.rows(sequence)
    assert [other["bbox"] for other in rows[3:]] == ["[]", "[]"]
    assert rows[4]["bucket_key"] == elsewhere["bucket_key"]
    after = world.sequence(sequence)
    assert after["detections_count"] == 5
    assert {name: after[name] for name in ("last_seen_at", "max_conf")} == {
        name: before[name] for name in ("last_seen_at", "max_conf")
    }
    assert datetime.fromisoformat(rows[4]["created_at"]) > datetime.fromisoformat(after["last_seen_at"])


def test_an_empty_upload_that_continues_nothing_is_a_204_without_a_trace(world: World) -> None:
    sequence = world.film(3)
    world.services.clock.advance(seconds=121)
    stored = len(world.frames.objects)
    answer = world.upload("[]")
    assert (answer.status_code, answer.content) == (204, b"")
    assert len(world.frames.objects) == stored
    assert len(world.rows(sequence)) == 3
    assert world.upload("[]", pose=2).status_code == 204


def test_created_at_only_grows(world: World) -> None:
    sequence = world.film(30, every=0)
    created = [datetime.fromisoformat(row["created_at"]) for row in world.rows(sequence)]
    assert created == sorted(set(created))
