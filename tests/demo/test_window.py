"""The window production sends, against recorded requests and over random rows."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from demo.alert_api.window import MAX_FRAMES, MIN_FRAMES, distinct_frames, predict_body, prefix_bodies

GOLDEN = Path(__file__).parents[1] / "golden"


def row(second: float, key: str, bbox: str = "[(.1,.2,.3,.4,.5)]") -> dict[str, Any]:
    micros = round(second * 1_000_000)
    text = f"2026-08-14T08:{micros // 60_000_000:02d}:{micros // 1_000_000 % 60:02d}"
    return {
        "created_at": text + (f".{micros % 1_000_000:06d}" if micros % 1_000_000 else ""),
        "bucket_key": key,
        "bbox": bbox,
    }


def region(rows: list[dict[str, Any]]) -> list[float] | None:
    body = predict_body(rows, "b")
    assert body is not None
    found: list[float] | None = json.loads(body).get("roi_xyxyn")
    return found


def test_every_recorded_request_to_the_byte() -> None:
    sequences = {it["sequence"]["id"]: it for it in json.loads((GOLDEN / "alert_api_sequences.json").read_text())}
    lines = (GOLDEN / "predict_requests.jsonl").read_text().splitlines()
    assert len(lines) == 63
    for line in lines:
        recorded = json.loads(line)
        sequence = sequences[recorded["sequence_id"]]
        rows = [it for it in sequence["detections"] if it["id"] <= recorded["last_detection_id"]]
        random.Random(line).shuffle(rows)
        assert predict_body(rows, f"peer-alert-api-{sequence['organization_id']}") == recorded["body"].encode()


def test_nothing_below_four_distinct_frames() -> None:
    rows = [row(0, "a"), row(1, "b"), row(2, "c"), row(3, "c")]
    assert predict_body(rows, "b") is None
    assert predict_body([*rows, row(4, "d", "[]")], "b") is not None


def test_a_key_keeps_its_first_place_and_brings_all_its_boxes() -> None:
    keys = "abcdefghijka"
    rows = [row(second, key, f"[(.{second + 10},.1,.9,.9,.5)]") for second, key in enumerate(keys)]
    body = predict_body(rows, "b")
    assert body is not None
    assert json.loads(body)["frames"] == list("bcdefghijk")  # `a` came first, so it is the one to go
    assert region(rows) == [0.11, 0.1, 0.9, 0.9]


@pytest.mark.parametrize(
    ("bboxes", "expected"),
    [
        (["[]", "[]", "[]", "[]"], None),
        (["[]", "[]", "[]", "[(.1,.2,.3,.4,0)]"], [0.1, 0.2, 0.3, 0.4]),
        (["[(0,0,1,1,1)]", "[]", "[]", "[]"], [0.0, 0.0, 1.0, 1.0]),
        (["[(0.1234,.2,.3,.4,0)]", "[]", "[]", "[]"], None),
        (["[(0.1234,.2,.3,.4,0)]", "[(.5,.5,.6,.6,0)]", "[]", "[]"], [0.5, 0.5, 0.6, 0.6]),
        (["[(0.000,0.000,0.000,0.000,0.000)]", "[]", "[]", "[]"], None),
        (["[(.2,.2,.2,.4,.5)]", "[]", "[]", "[]"], None),
    ],
)
def test_region(bboxes: list[str], expected: list[float] | None) -> None:
    assert region([row(index, str(index), bbox) for index, bbox in enumerate(bboxes)]) == expected


def test_microseconds_left_out_are_zero_and_not_text_order() -> None:
    rows = [row(2, "third"), row(1.5, "second"), row(1, "first"), row(3, "fourth")]
    assert distinct_frames(rows) == ["first", "second", "third", "fourth"]


def test_the_body_is_what_httpx_would_send() -> None:
    body = predict_body([row(index, f"é{index}") for index in range(4)], "b")
    assert body is not None
    assert body == httpx.Request("POST", "http://x", json=json.loads(body)).content


numbers = st.sampled_from(["0", "1", ".5", "0.25", "0.333", "0.0", "0.1234", "1.000", "-0.1"])
boxes = st.one_of(st.just("[]"), st.lists(numbers, min_size=5, max_size=5).map(lambda it: f"[({','.join(it)})]"))


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abcdefghijklmno"), boxes), max_size=25), st.randoms())
def test_any_rows_give_a_body_that_holds_the_rules(made: list[tuple[str, str]], shuffled: random.Random) -> None:
    rows = [row(index / 4, key, bbox) for index, (key, bbox) in enumerate(made)]
    body = predict_body(rows, "bucket")
    mixed = list(rows)
    shuffled.shuffle(mixed)
    assert predict_body(mixed, "bucket") == body
    keys = list(dict.fromkeys(key for key, _ in made))
    assert (body is None) is (len(keys) < MIN_FRAMES)
    if body is None:
        assert prefix_bodies(rows, "bucket") == []
        return
    request = json.loads(body)
    assert request["frames"] == keys[-MAX_FRAMES:]
    assert list(request) in (["bucket", "frames"], ["bucket", "frames", "roi_xyxyn"])
    if "roi_xyxyn" in request:
        xmin, ymin, xmax, ymax = request["roi_xyxyn"]
        assert 0 <= xmin < xmax <= 1
        assert 0 <= ymin < ymax <= 1
    prefixes = prefix_bodies(rows, "bucket")
    assert prefixes[-1] == body or body in prefixes
    assert len(prefixes) == len(set(prefixes))
