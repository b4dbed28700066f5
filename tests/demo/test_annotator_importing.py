"""How alert-api's sequences become the annotation API's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from demo.annotator.importing import Alerted, import_sequence
from demo.annotator.lanes import lanes
from demo.annotator.tables import detections, sequence_annotations, sequences, skips
from tests.annotator import GOLDEN, Annotator, running

AT = datetime(2026, 8, 14, 9, tzinfo=UTC)
LEFT, RIGHT = "(.1,.5,.2,.6,.5)", "(.7,.5,.8,.6,.4)"


@pytest.fixture
def annotator(tmp_path: Path) -> Iterator[Annotator]:
    with running(tmp_path) as annotator:
        yield annotator


def row(number: int, bbox: str, others: str | None = None, key: str | None = None) -> dict[str, Any]:
    at = AT + timedelta(seconds=30 * number)
    key = key or f"key-{number}"
    return {"id": number, "bucket_key": key, "bbox": bbox, "others_bboxes": others, "created_at": at, "recorded_at": at}


def alerted(rows: list[dict[str, Any]], **sequence: Any) -> Alerted:
    values = {
        "id": 7,
        "camera_azimuth": 350.0,
        "sequence_azimuth": 338.4,
        "is_wildfire": None,
        "temporal_model_score": 0.8,
        "temporal_model_version": "0.2.0",
        "temporal_api_version": "0.3.1",
    }
    camera = {"id": 1, "name": "ridge-1", "lat": 44.7, "lon": 4.5, "angle_of_view": 60.0}
    organization = {"id": 2, "name": "sdis-1"}
    return Alerted(values | sequence, camera, organization, rows, lambda key: key.encode())


def test_recorded_sequences_become_what_the_importer_made_of_them(annotator: Annotator) -> None:
    made = {row["alert_api_id"]: row for row in json.loads((GOLDEN / "annotator_sequences.json").read_text())}
    compared = 0
    for recorded in json.loads((GOLDEN / "alert_api_sequences.json").read_text()):
        sequence, expected = recorded["sequence"], made.get(recorded["sequence"]["id"])
        if expected is None or expected["annotation"] is None:
            continue
        rows = [
            {**it, "created_at": datetime.fromisoformat(it["created_at"]).replace(tzinfo=UTC)}
            for it in recorded["detections"]
        ]
        (lane,) = import_sequence(annotator.services, alerted(rows, **sequence))
        (got,) = annotator.stored(sequences, sequences.c.id == lane)
        assert got["azimuth"] == expected["azimuth"]
        assert got["recorded_at"] == datetime.fromisoformat(expected["recorded_at"])
        assert got["last_seen_at"] == datetime.fromisoformat(expected["last_seen_at"])
        (annotation,) = annotator.stored(sequence_annotations, sequence_annotations.c.sequence_id == lane)
        boxes = [[box["xyxyn"] for box in it["bboxes"]] for it in annotation["annotation"]["sequences_bbox"]]
        tracks = expected["annotation"]["annotation"]["sequences_bbox"]
        assert boxes == [[box["xyxyn"] for box in track["bboxes"]] for track in tracks]
        compared += 1
    assert compared == 12


def test_an_object_of_its_own_is_a_lane_of_its_own(annotator: Annotator) -> None:
    rows = [row(n, f"[{LEFT}]", f"[{RIGHT}]" if n > 1 else None) for n in range(6)]
    primary, sibling = import_sequence(annotator.services, alerted([*rows, row(6, "[]"), row(7, f"[{RIGHT}]")]))
    one, two = annotator.stored(sequences)
    assert (one["id"], two["id"]) == (primary, sibling)
    assert (one["alert_api_id"], two["alert_api_id"]) == (7, 1_000_007_001)
    assert one["platform_alert_id"] == two["platform_alert_id"] == 7
    assert (one["temporal_model_score"], two["temporal_model_score"]) == (0.8, None)
    assert (one["azimuth"], two["azimuth"]) == (329, 5)  # 350 + 60 * (.15 - .5) and 350 + 60 * (.75 - .5)
    assert (one["recorded_at"], one["last_seen_at"]) == (rows[0]["created_at"], rows[5]["created_at"])
    assert two["last_seen_at"] == AT + timedelta(seconds=210)  # the object's, continuity left out
    kept = annotator.stored(detections, detections.c.sequence_id == sibling)
    assert [it["alert_api_id"] for it in kept] == [2, 3, 4, 5, 7]
    assert kept[0]["algo_predictions"]["predictions"] == [
        {"xyxyn": [0.7, 0.5, 0.8, 0.6], "confidence": 0.4, "class_name": "smoke"}
    ]


def test_the_first_row_of_a_key_is_kept_and_thirty_frames_of_a_hundred_rows() -> None:
    (lane,) = lanes([row(2, f"[{LEFT}]", key="same"), row(1, f"[{LEFT}]", key="same"), row(3, f"[{LEFT}]")])
    assert [frame.row["id"] for frame in lane.frames] == [1, 3]
    (lane,) = lanes([row(n, f"[{LEFT}]") for n in reversed(range(40))])
    assert [frame.row["id"] for frame in lane.frames] == list(range(30))
    (lane,) = lanes([row(n, "[]" if n < 95 else f"[{LEFT}]") for n in range(120)])
    assert [frame.row["id"] for frame in lane.frames] == list(range(95, 100))


def test_a_sequence_without_boxes_is_imported_whole_and_skipped(annotator: Annotator) -> None:
    (lane,) = import_sequence(annotator.services, alerted([row(n, "[]") for n in range(5)]))
    assert len(annotator.stored(detections, detections.c.sequence_id == lane)) == 5
    with annotator.services.reading() as connection:
        skip = connection.execute(sa.select(skips)).one()
    assert (skip.platform_alert_id, skip.note) == (7, "auto-skip at import: boxless alert")


def test_a_second_import_brings_a_score_and_no_frame(annotator: Annotator) -> None:
    rows = [row(n, f"[{LEFT}]", f"[{RIGHT}]") for n in range(4)]
    first = import_sequence(annotator.services, alerted(rows, temporal_model_score=None))
    more = [*rows, row(4, f"[{LEFT}]")]
    assert import_sequence(annotator.services, alerted(more, temporal_model_score=0.3)) == first
    assert [it["temporal_model_score"] for it in annotator.stored(sequences)] == [0.3, None]
    assert len(annotator.stored(detections)) == 8


def test_a_frame_that_cannot_be_copied_is_left_out(annotator: Annotator) -> None:
    source = alerted([row(n, f"[{LEFT}]") for n in range(4)])
    gone = replace(source, read=lambda key: None if key == "key-2" else key.encode())
    import_sequence(annotator.services, gone)
    assert [it["alert_api_id"] for it in annotator.stored(detections)] == [0, 1, 3]
