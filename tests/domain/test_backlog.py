"""The backlog's rows, as the annotator really sends them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from smokewatch.domain.backlog import BacklogFrame, BacklogSequence
from smokewatch.errors import MalformedRowError
from tests.conftest import GOLDEN

ROW: dict[str, Any] = {
    "azimuth": 203,
    "id": 35,
    "source_api": "pyronear_french",
    "alert_api_id": 1_000_035_001,
    "created_at": "2026-11-21T00:32:51.922200Z",
    "recorded_at": "2026-11-19T12:20:00.173939Z",
    "last_seen_at": "2026-11-19T12:24:30.227490Z",
    "camera_name": "cam-mont-02",
    "camera_id": 2,
    "lat": 44.6,
    "lon": 4.62,
    "is_wildfire_alertapi": None,
    "organisation_name": "sdis-07-ardeche",
    "organisation_id": 2,
    "platform_alert_id": 35,
    "sequence_group_id": None,
    "temporal_model_score": 0.510601,
    "temporal_model_version": "0.1.0-stub",
    "temporal_api_version": "v0.3.1-stub",
    "is_manual": False,
}
FRAME: dict[str, Any] = {
    "id": 90,
    "sequence_id": 12,
    "recorded_at": "2026-11-17T16:00:00.136983Z",
    "bucket_key": "detections/sequence_12/20261117_160000_det90_7ac27031.jpg",
}


def sequence(**changed: object) -> BacklogSequence:
    """A sequence as listed, some of its fields changed."""
    return BacklogSequence.from_annotator(ROW | changed)


def test_every_recorded_sequence_reads() -> None:
    rows = json.loads((GOLDEN / "annotator_sequences.json").read_text())
    read = [BacklogSequence.from_annotator(row) for row in rows]
    assert [each.key for each in read] == [f"pyro-annotator_{row['id']}" for row in rows]
    assert [each.temporal_model_score for each in read] == [row["temporal_model_score"] for row in rows]
    assert [each.organization_name for each in read] == [row["organisation_name"] for row in rows]
    assert all(each.recorded_at.tzinfo is UTC for each in read)


def test_times_are_the_same_with_and_without_annotation() -> None:
    plain, annotated = sequence(), sequence(recorded_at="2026-11-19 12:20:00.173939+00:00")
    assert plain.recorded_at == annotated.recorded_at == datetime(2026, 11, 19, 12, 20, 0, 173939, UTC)
    assert sequence(recorded_at="2026-11-19 13:20:00+01:00").recorded_at == datetime(2026, 11, 19, 12, 20, tzinfo=UTC)
    assert sequence(recorded_at="2026-11-19T12:20:00Z").recorded_at == datetime(2026, 11, 19, 12, 20, tzinfo=UTC)


def test_ids_of_sibling_lanes_exceed_32_bits() -> None:
    assert sequence(alert_api_id=1_000_000_000 + 9_999_999 * 1000).alert_api_id == 10_999_999_000


def test_fields_that_older_servers_lack_are_none() -> None:
    newer = ("platform_alert_id", "temporal_model_score", "temporal_model_version", "temporal_api_version", "is_manual")
    old = BacklogSequence.from_annotator({name: value for name, value in ROW.items() if name not in newer})
    assert (old.platform_alert_id, old.temporal_model_score, old.is_manual) == (None, None, False)


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("id", "35", "an integer"),
        ("id", None, "an integer"),
        ("id", True, "an integer"),
        ("camera_id", 2.0, "an integer"),
        ("organisation_name", None, "text"),
        ("source_api", 3, "text"),
        ("temporal_model_score", "high", "a number"),
        ("recorded_at", "yesterday", "an ISO 8601 time"),
        ("created_at", None, "an ISO 8601 time"),
        ("last_seen_at", 7, "an ISO 8601 time"),
        ("azimuth", "N", "an integer"),
    ],
)
def test_a_malformed_row_is_named(field: str, value: object, expected: str) -> None:
    with pytest.raises(MalformedRowError) as caught:
        sequence(**{field: value})
    where = value if field == "id" else 35
    assert str(caught.value) == f"sequence {where!r}, {field}: expected {expected}, got {value!r}"


def test_a_frame_is_read() -> None:
    frame = BacklogFrame.from_annotator(FRAME)
    assert (frame.id, frame.sequence_id, frame.bucket_key) == (90, 12, FRAME["bucket_key"])
    assert frame.recorded_at == datetime(2026, 11, 17, 16, 0, 0, 136983, UTC)


@pytest.mark.parametrize(
    ("field", "value"),
    [("id", None), ("sequence_id", "12"), ("bucket_key", ""), ("bucket_key", "s3://b/k"), ("recorded_at", "")],
)
def test_a_malformed_frame_is_named(field: str, value: object) -> None:
    with pytest.raises(MalformedRowError, match=rf"^detection .*, {field}: expected "):
        BacklogFrame.from_annotator(FRAME | {field: value})
