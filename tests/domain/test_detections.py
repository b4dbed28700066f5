"""Reading rows and boxes as alert-api sends them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from smokewatch.domain.boxes import Box, first_box
from smokewatch.domain.detections import Detection, in_creation_order
from smokewatch.domain.sequences import ListedSequence, Outcome
from smokewatch.errors import MalformedRowError
from tests.rows import wire_row


def test_naive_times_are_utc_with_or_without_microseconds() -> None:
    row = wire_row(1, "k.jpg") | {
        "created_at": "2026-11-17T08:00:00",
        "recorded_at": "2026-11-17T07:59:59.130983",
    }
    detection = Detection.from_alert_api(row)
    assert detection.created_at == datetime(2026, 11, 17, 8, tzinfo=UTC)
    assert detection.recorded_at == datetime(2026, 11, 17, 7, 59, 59, 130983, tzinfo=UTC)


def test_servers_without_capture_time_mean_the_receipt() -> None:
    row = wire_row(1, "k.jpg")
    del row["recorded_at"]
    detection = Detection.from_alert_api(row)
    assert detection.recorded_at == detection.created_at


def test_rows_are_ordered_by_receipt_not_by_capture() -> None:
    late = wire_row(1, "late.jpg", seconds=60, recorded_seconds=0)
    soon = wire_row(2, "soon.jpg", seconds=30, recorded_seconds=30)
    rows = in_creation_order([Detection.from_alert_api(row) for row in (late, soon)])
    assert [row.bucket_key for row in rows] == ["soon.jpg", "late.jpg"]


@pytest.mark.parametrize(
    ("text", "box"),
    [
        ("[(0.404,0.498,0.484,0.558,0.610)]", Box(0.404, 0.498, 0.484, 0.558, 0.61)),
        ("[(0,.1,.35,1,.75)]", Box(0.0, 0.1, 0.35, 1.0, 0.75)),
        ("[(0.000,0.100,0.200,0.300,0)]", Box(0.0, 0.1, 0.2, 0.3, 0.0)),
        ("[]", None),
        ("", None),
        ("[(0.1234,0.2,0.3,0.4,0.5)]", None),
        ("[(1.0,0.2,0.3,0.4,0.5)]", None),
        ("[(-0.1,0.2,0.3,0.4,0.5)]", None),
        ("[(0.1, 0.2,0.3,0.4,0.5)]", None),
        ("[(0.1,0.2,0.3,0.4)]", None),
    ],
)
def test_a_box_is_what_productions_pattern_finds(text: str, box: Box | None) -> None:
    assert first_box(text) == box


def test_the_first_of_several_boxes_counts() -> None:
    assert first_box("[(0.1,0.2,0.3,0.4,0.5),(0.6,0.7,0.8,0.9,0.1)]") == Box(0.1, 0.2, 0.3, 0.4, 0.5)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"id": "7"}, "detection '7', id: expected an integer, got '7'"),
        ({"bucket_key": None}, "bucket_key: expected text, got None"),
        ({"bucket_key": "s3://a/b"}, "bucket_key: expected an object key"),
        ({"created_at": "yesterday"}, "created_at: expected an ISO 8601 time, got 'yesterday'"),
        ({"bbox": None}, "bbox: expected text, got None"),
    ],
)
def test_a_row_that_the_contract_forbids_is_named(change: dict[str, Any], says: str) -> None:
    with pytest.raises(MalformedRowError, match=says):
        Detection.from_alert_api(wire_row(7, "k.jpg") | change)


def test_recorded_sequences_read_whole(golden_sequences: dict[int, dict[str, Any]]) -> None:
    for entry in golden_sequences.values():
        listed = ListedSequence.from_alert_api(entry["sequence"])
        assert listed.detections_count == len(entry["detections"])
        assert listed.outcome.temporal_model_score == entry["sequence"]["temporal_model_score"]
        for row in entry["detections"]:
            assert Detection.from_alert_api(row).sequence_id == listed.id


def test_servers_of_old_leave_fields_out() -> None:
    listed = ListedSequence.from_alert_api(
        {"id": 3, "camera_id": 1, "started_at": "2024-01-01T00:00:00", "last_seen_at": "2024-01-01T00:10:00"}
    )
    assert listed.detections_count is None
    assert listed.outcome == Outcome(
        None, None, None, None, None, None, last_seen_at=datetime(2024, 1, 1, 0, 10, tzinfo=UTC)
    )
