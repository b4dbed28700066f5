"""Padding, tubes, merging and the ROI, by small cases of temporal-model.md section 3 and the recorded answers."""

import json
from pathlib import Path

import pytest

from demo.release.crops import crop, decode, window
from demo.release.tubes import Box, Tube, TubeRules, build, interpolate, keep_long, link, merge, pad, touches
from demo.scenes import frames as scene_frames
from demo.scenes import jpeg, sample_scene

GOLDEN = Path(__file__).parents[1] / "golden" / "temporal_api_calls.json"

RULES = TubeRules(
    iou_threshold=0.2,
    max_misses=2,
    infer_min_tube_length=2,
    min_detected_entries=2,
    interpolate_gaps=True,
    merge_iomin=0.3,
    merge_prox_factor=1.0,
    merge_max_gap=10,
)


def at(cx: float, cy: float = 0.5, size: float = 0.1, confidence: float = 0.8) -> Box:
    return Box(cx, cy, size, size, confidence)


def spans(tubes: list[Tube]) -> list[tuple[int, int]]:
    return [(tube.start, tube.end) for tube in tubes]


@pytest.mark.parametrize(
    ("count", "source", "copies"),
    [
        (1, [0, 0, 0, 0, 0, 0], [0, 1, 2, 4, 5]),
        (4, [0, 0, 1, 2, 3, 3], [0, 5]),
        (5, [0, 0, 1, 2, 3, 4], [0]),
        (6, [0, 1, 2, 3, 4, 5], []),
        (25, list(range(20)), []),
    ],
)
def test_short_sequences_are_padded_in_front_first_and_long_ones_lose_their_end(
    count: int, source: list[int], copies: list[int]
) -> None:
    assert pad(count, at_least=6, at_most=20) == (source, copies)


def test_two_missed_frames_are_gaps_and_three_end_a_tube() -> None:
    assert spans(link([[at(0.5)], [], [], [at(0.5)]], RULES)) == [(0, 3)]
    assert spans(link([[at(0.5)], [], [], [], [at(0.5)]], RULES)) == [(0, 0), (4, 4)]


def test_the_best_overlap_links_first_and_one_to_one() -> None:
    tubes = link([[at(0.50), at(0.56)], [at(0.55), at(0.51)]], RULES)
    assert [[round(box.cx, 2) for box in tube.observed().values()] for tube in tubes] == [[0.5, 0.51], [0.56, 0.55]]


def test_a_tube_needs_two_frames_and_two_real_boxes() -> None:
    tubes = link([[at(0.2), at(0.8)], [at(0.2)], []], RULES)
    assert spans(tubes) == [(0, 1), (0, 0)]
    assert spans(keep_long(tubes, RULES)) == [(0, 1)]


def test_near_tubes_merge_and_the_larger_box_wins() -> None:
    small, large = at(0.50, size=0.1), at(0.57, size=0.2)
    frames = [[small], [small], [], [], [], [large], [large]]
    raw = link(frames, RULES)
    assert spans(raw) == [(0, 1), (5, 6)]
    (merged,) = merge(raw, RULES)
    assert (merged.start, merged.end) == (0, 6)

    together = link([[small, at(0.61, size=0.15)]] * 3, RULES)
    (one,) = merge(together, RULES)
    assert {box.w for box in one.observed().values()} == {0.15}


def test_far_tubes_stay_apart() -> None:
    assert len(merge(link([[at(0.2), at(0.6)]] * 3, RULES), RULES)) == 2


def test_a_gap_is_filled_on_a_straight_line_with_confidence_zero() -> None:
    (tube,) = link([[at(0.50)], [], [at(0.54, 0.52)]], RULES)
    entry = interpolate(tube).entries[1]
    assert entry.gap
    assert entry.box is not None
    assert (entry.box.cx, entry.box.cy) == pytest.approx((0.52, 0.51))
    assert entry.box.confidence == 0.0


def test_the_roi_keeps_tubes_with_a_real_box_that_touches_it_and_their_ids() -> None:
    found = build([[at(0.2), at(0.6)]] * 3, RULES, (0.6, 0.4, 0.7, 0.6))
    assert [number for number, _ in found.kept] == [1]
    assert (found.candidates, found.outside_roi) == (2, 1)
    (tube,) = link([[at(0.25, 0.25, size=0.5)]] * 2, RULES)
    assert touches(tube, (0.5, 0.5, 0.6, 0.6))  # a shared corner counts
    assert not touches(tube, (0.51, 0.5, 0.6, 0.6))


def test_the_recorded_answer_to_supplied_detections_comes_out_to_the_bit() -> None:
    calls = {call["name"]: call for call in json.loads(GOLDEN.read_text())}
    call = calls["supplied detections"]
    boxes = []
    for frame in call["body"]["detections"]:
        corners = [(*it["xyxyn"], it["confidence"]) for it in frame]
        boxes.append([Box((a + c) / 2, (b + d) / 2, c - a, d - b, confidence) for a, b, c, d, confidence in corners])
    source, _ = pad(len(boxes), at_least=6, at_most=20)
    ((_, tube),) = build([boxes[index] for index in source], RULES, None).kept
    recorded = call["response"]["details"]["tubes"][0]["entries"]
    for entry, expected in zip(tube.entries, recorded, strict=True):
        assert entry.box is not None
        assert [entry.box.cx, entry.box.cy, entry.box.w, entry.box.h] == expected["bbox"]
        assert (entry.frame, entry.gap, entry.box.confidence) == (
            expected["frame_idx"],
            expected["is_gap"],
            expected["confidence"],
        )


def test_the_window_is_the_union_of_the_observed_boxes() -> None:
    (tube,) = link([[at(0.50)], [], [at(0.55)]], RULES)
    assert window(interpolate(tube)) == pytest.approx((0.525, 0.5, 0.15, 0.1))


def test_patches_are_square_and_letterboxed_at_the_border() -> None:
    image = decode(jpeg(next(scene_frames(sample_scene(1), 1))))
    inside = crop(image, (0.5, 0.5, 0.1, 0.1), context=1.5, size=40)
    beyond = crop(image, (0.5, 0.98, 0.3, 0.04), context=1.5, size=40)
    assert inside.shape == beyond.shape == (40, 40, 3)
    assert inside.min() > 0
    assert (beyond[0] == 0).all()
    assert (beyond[-1] == 0).all()
