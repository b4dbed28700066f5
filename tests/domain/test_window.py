"""The production window: golden truth, properties, and agreement with an independently written one."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demo.alert_api.window import predict_body
from smokewatch.domain.detections import Detection
from smokewatch.domain.window import (
    MAX_FRAMES,
    MIN_FRAMES,
    PredictRequest,
    candidate_requests,
    production_request,
)
from tests.rows import random_rows, wire_row

BUCKET = "demo-alert-api-1"


def read(rows: list[dict[str, Any]]) -> list[Detection]:
    return [Detection.from_alert_api(row) for row in rows]


def candidates(rows: list[dict[str, Any]], score: float) -> list[PredictRequest]:
    return candidate_requests(read(rows), bucket=BUCKET, recorded_score=score)


def test_every_recorded_request_is_rebuilt_byte_for_byte(
    golden_requests: list[dict[str, Any]], golden_sequences: dict[int, dict[str, Any]]
) -> None:
    assert len(golden_requests) == 63
    for line in golden_requests:
        entry = golden_sequences[line["sequence_id"]]
        rows = [row for row in read(entry["detections"]) if row.id <= line["last_detection_id"]]
        request = production_request(rows, bucket=f"peer-alert-api-{entry['organization_id']}")
        assert request is not None
        assert request.body() == line["body"].encode()


def test_every_recorded_request_is_a_candidate_of_the_whole_sequence(
    golden_requests: list[dict[str, Any]], golden_sequences: dict[int, dict[str, Any]]
) -> None:
    for line in golden_requests:
        entry = golden_sequences[line["sequence_id"]]
        score = 0.9 if line["probability"] is None else line["probability"]
        requests = candidate_requests(
            read(entry["detections"]), bucket=f"peer-alert-api-{entry['organization_id']}", recorded_score=score
        )
        assert line["body"].encode() in [request.body() for request in requests]


@settings(max_examples=2_000, deadline=None)
@given(seed=st.integers(0, 2**63))
def test_agrees_with_the_demos_own_window(seed: int) -> None:
    assert_windows_agree(random.Random(seed))


@pytest.mark.chaos
def test_agrees_with_the_demos_own_window_200_000_times() -> None:
    dice = random.Random(20260814)
    for _ in range(200_000):
        assert_windows_agree(dice)


def assert_windows_agree(dice: random.Random) -> None:
    rows = random_rows(dice)
    request = production_request(read(rows), bucket=BUCKET)
    # Production orders equal times as its database happens to; by id, for one.
    theirs = predict_body(sorted(rows, key=lambda row: int(row["id"])), BUCKET)
    assert (request and request.body()) == theirs, json.dumps(rows)
    everything = candidate_requests(read(rows), bucket=BUCKET, recorded_score=dice.random())
    assert (request in everything) == (request is not None)


@settings(max_examples=300, deadline=None)
@given(seed=st.integers(0, 2**63), score=st.floats(0, 1))
def test_candidates_are_the_windows_of_every_prefix_each_once(seed: int, score: float) -> None:
    rows = random_rows(random.Random(seed))
    ordered = sorted(rows, key=lambda row: (row["created_at"], row["id"]))
    prefixes = {predict_body(ordered[:count], BUCKET) for count in range(len(rows) + 1)} - {None}
    found = candidates(rows, score)
    assert {request.body() for request in found} == prefixes
    assert len(found) == len(set(found))
    for request in found:
        assert MIN_FRAMES <= len(request.frames) <= MAX_FRAMES
        assert predict_body(ordered[: request.seen_rows], BUCKET) == request.body()
        assert len({row["bucket_key"] for row in ordered[: request.seen_rows]}) == request.seen_frames


def test_a_validated_score_is_probed_from_the_shortest_window() -> None:
    rows = [wire_row(number, f"k{number}.jpg") for number in range(1, 15)]
    assert [request.seen_frames for request in candidates(rows, 0.46)] == list(range(4, 15))


def test_a_declined_score_is_probed_from_ten_frames_downwards_then_upwards() -> None:
    rows = [wire_row(number, f"k{number}.jpg") for number in range(1, 15)]
    # 0.45 itself does not validate: the threshold is strict.
    assert [request.seen_frames for request in candidates(rows, 0.45)] == [10, 9, 8, 7, 6, 5, 4, 11, 12, 13, 14]


def test_a_late_second_box_makes_windows_of_equal_frames_and_different_roi() -> None:
    rows = [wire_row(number, f"k{number}.jpg") for number in range(1, 5)]
    rows.append(wire_row(5, "k4.jpg", bbox="[(0.100,0.100,0.900,0.900,0.500)]"))
    first, second = candidates(rows, 0.9)
    assert first.frames == second.frames
    assert (first.roi_xyxyn, second.roi_xyxyn) == ((0.4, 0.5, 0.48, 0.56), (0.1, 0.1, 0.9, 0.9))


def test_a_box_of_an_old_frame_does_not_count_once_its_frame_left_the_window() -> None:
    rows = [wire_row(1, "k1.jpg", bbox="[(0.000,0.000,0.900,0.900,0.500)]")]
    rows += [wire_row(number, f"k{number}.jpg") for number in range(2, 12)]
    request = production_request(read(rows), bucket=BUCKET)
    assert request is not None
    assert request.roi_xyxyn == (0.4, 0.5, 0.48, 0.56)


@pytest.mark.parametrize("bbox", ["[]", "[(0.1234,0.2,0.3,0.4,0.5)]", "[(0.5,0.5,0.5,0.5,0)]"])
def test_without_a_region_the_key_is_left_out(bbox: str) -> None:
    rows = [wire_row(number, f"k{number}.jpg", bbox=bbox) for number in range(1, 5)]
    request = production_request(read(rows), bucket=BUCKET)
    assert request is not None
    assert request.body() == b'{"bucket":"demo-alert-api-1","frames":["k1.jpg","k2.jpg","k3.jpg","k4.jpg"]}'


def test_three_frames_are_too_few_however_many_rows() -> None:
    rows = [wire_row(number, f"k{number % 3}.jpg") for number in range(1, 12)]
    assert production_request(read(rows), bucket=BUCKET) is None
    assert candidates(rows, 0.9) == []
