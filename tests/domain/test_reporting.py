"""Rows and files of the reporting layout, shaped from answers of every age."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smokewatch.domain.answers import PredictAnswer, TubeEntry, parse_answer
from smokewatch.domain.details import details_file, packaged_threshold, stabilized_window, with_trigger
from smokewatch.domain.detections import Detection
from smokewatch.domain.reporting import (
    RecordedSequence,
    ReplayedWindow,
    drop_order,
    model_config,
    replay_order,
    result_row,
    sequence_file,
    slug,
)
from tests.rows import wire_row


def sequence(identity: int = 1, **changes: Any) -> RecordedSequence:
    facts: dict[str, Any] = {
        "source": "alert-api",
        "id": identity,
        "organization_id": 2,
        "organization_name": "SDIS 07",
        "camera_id": 3,
        "camera_name": "Cam 12",
        "started_at": datetime(2026, 8, 14, 6, tzinfo=UTC),
        "is_wildfire": "wildfire_smoke",
        "score": 0.6,
        "model_version": "0.2.0",
        "api_version": "0.3.1",
        "detections": tuple(Detection.from_alert_api(wire_row(number, f"k{number}.jpg")) for number in range(1, 5)),
    }
    return RecordedSequence(**facts | changes)


def tube(identity: int, **changes: Any) -> dict[str, Any]:
    return {"tube_id": identity, "start_frame": 0, "end_frame": 3, "logit": 1.5, "probability": 0.6} | changes


def answer(*tubes: dict[str, Any], **changes: Any) -> PredictAnswer:
    details = {"decision": {"aggregation": "logistic", "threshold": 0.5}, "tubes": tubes}
    return PredictAnswer.model_validate({"is_smoke": True, "probability": 0.6, "details": details} | changes)


def row(of: RecordedSequence, replayed: PredictAnswer, *, matched: int | None = None) -> dict[str, Any]:
    return result_row(of, ReplayedWindow(replayed, ("k1.jpg",), matched), production_threshold=0.45)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("SDIS 07", "sdis-07"),
        ("Forêt d'Orléans", "foret-d-orleans"),
        ("  --Čam_01--  ", "cam-01"),
        ("森林", "unknown"),
        ("", "unknown"),
        ("x" * 10_000, "x" * 255),
    ],
)
def test_slugs_are_ascii_lower_case_with_single_dashes(name: str, expected: str) -> None:
    assert slug(name) == expected


@pytest.mark.parametrize(
    ("is_wildfire", "score", "expected"),
    [
        ("wildfire_smoke", 0.5, ("smoke", "keep", "kept-smoke")),
        ("other_smoke", 0.49, ("smoke", "discard", "discarded-smoke")),
        ("other", 0.9, ("fp", "keep", "kept-fp")),
        ("other", 0.1, ("fp", "discard", "discarded-fp")),
        (None, 0.9, ("unknown", "keep", "n/a")),
        ("a label of tomorrow", 0.1, ("unknown", "discard", "n/a")),
    ],
)
def test_outcomes_join_the_recorded_decision_and_the_label(
    is_wildfire: str | None, score: float, expected: tuple[str, str, str]
) -> None:
    shaped = row(sequence(is_wildfire=is_wildfire, score=score), answer(tube(0)))
    assert (shaped["label"], shaped["decision"], shaped["outcome"]) == expected


def test_the_row_says_apart_what_was_recorded_and_what_was_replayed() -> None:
    shaped = row(sequence(score=0.3), answer(tube(0), tube(4, logit=2.5), trigger_frame_index=2), matched=6)
    assert (shaped["probability"], shaped["decision"]) == (0.3, "discard")
    assert (shaped["replayed_probability"], shaped["replayed_decision"], shaped["replay_matches"]) == (
        0.6,
        "keep",
        False,
    )
    assert (shaped["matched_window_frames"], shaped["trigger_frame_index"]) == (6, 2)
    assert (shaped["score"], shaped["num_tubes_kept"]) == (2.5, 2)


@pytest.mark.parametrize(("score", "matches"), [(0.600009, True), (0.6000101, False), (0.59999, True)])
def test_scores_match_within_the_tolerance(score: float, matches: bool) -> None:
    assert row(sequence(score=score), answer())["replay_matches"] is matches


def test_without_tubes_there_is_no_score_but_a_probability() -> None:
    shaped = row(sequence(score=0.0), answer(is_smoke=False, probability=0.0))
    assert (shaped["score"], shaped["num_tubes_kept"], shaped["replay_matches"]) == (None, 0, True)


def test_an_uncalibrated_answer_matches_nothing() -> None:
    shaped = row(sequence(), answer(tube(0, probability=None), probability=None))
    assert (shaped["replayed_probability"], shaped["replay_matches"]) == (None, False)


def test_an_overridden_threshold_is_not_the_packages() -> None:
    block = {"aggregation": "logistic", "threshold": 0.2, "threshold_overridden": True, "packaged_threshold": 0.5}
    overridden = answer(details={"decision": block})
    assert packaged_threshold(overridden) == 0.5
    assert row(sequence(score=0.3), overridden)["decision"] == "discard"
    assert details_file(overridden)["decision"]["threshold"] == 0.2


@pytest.mark.parametrize(("score", "decision"), [(0.45, "discard"), (0.450001, "keep")])
def test_an_answer_without_details_is_shown_with_defaults(score: float, decision: str) -> None:
    old = parse_answer('{"is_smoke": true, "probability": 0.6, "model": {"name": "x", "version": "0.1.0"}}')
    assert row(sequence(score=score), old)["decision"] == decision
    assert details_file(old) == {
        "preprocessing": {"num_frames_input": 0, "num_truncated": 0, "padded_frame_indices": []},
        "tubes": {"num_candidates": 0, "num_outside_roi": 0, "kept": []},
        "decision": {"aggregation": None, "threshold": None, "trigger_tube_id": None},
    }
    assert model_config(sequence(), old, model_version=None) == {
        "variant": "vit_dinov2_finetune",
        "decision": {"aggregation": None, "threshold": None, "trigger_tube_id": None},
        "model_version": "0.2.0",
        "api_version": "0.3.1",
    }


def test_details_of_releases_without_counters_and_trigger_are_zero_and_null() -> None:
    shaped = details_file(answer(tube(1)))
    assert shaped["tubes"]["num_candidates"] == shaped["tubes"]["num_outside_roi"] == 0
    assert shaped["tubes"]["kept"][0]["first_crossing_frame"] is None
    assert shaped["decision"]["trigger_tube_id"] is None


def test_trigger_fields_come_from_the_newer_answer_tube_by_tube() -> None:
    newer = answer(
        tube(1, first_crossing_frame=4, logit=9.0),
        tube(0, first_crossing_frame=7),
        trigger_frame_index=4,
        details={
            "decision": {"aggregation": "other", "threshold": 0.1, "trigger_tube_id": 1},
            "tubes": [tube(1, first_crossing_frame=4, logit=9.0), tube(0, first_crossing_frame=None)],
        },
    )
    enriched = with_trigger(answer(tube(0, first_crossing_frame=2), tube(1), tube(2)), newer)
    shaped = details_file(enriched)
    assert enriched.trigger_frame_index == 4
    assert shaped["decision"] == {"aggregation": "logistic", "threshold": 0.5, "trigger_tube_id": 1}
    kept = [(each["tube_id"], each["first_crossing_frame"], each["logit"]) for each in shaped["tubes"]["kept"]]
    assert kept == [(0, None, 1.5), (1, 4, 1.5), (2, None, 1.5)]


def test_a_frame_shared_by_detections_is_its_first_detections_image() -> None:
    rows = [wire_row(number, key) for number, key in enumerate(["a.jpg", "b.jpg", "a.jpg", "c.jpg"], start=7)]
    shared = sequence(detections=tuple(Detection.from_alert_api(each) for each in rows))
    shaped = sequence_file(shared, ReplayedWindow(answer(), ("b.jpg", "a.jpg", "c.jpg"), None))
    folder = "data/01_raw/sequences/sdis-07/cam-12/seq_1/images"
    assert shaped["frames"] == [f"{folder}/detection_{number}.jpg" for number in (8, 7, 10)]


def test_rows_stand_by_version_then_path_and_early_drops_first() -> None:
    ten, two, old = sequence(10), sequence(2), sequence(3, api_version="0.3.0")
    other = sequence(1, organization_name="SDIS 07 B")
    assert sorted([two, other, old, ten], key=replay_order) == [old, ten, two, other]
    drops = [(ten, "no_images"), (old, "stack_unhealthy"), (two, "no_temporal_version"), (other, "invalid_api_version")]
    ordered = sorted(drops, key=lambda drop: drop_order(*drop))
    assert [reason for _, reason in ordered] == [
        "no_temporal_version",
        "invalid_api_version",
        "stack_unhealthy",
        "no_images",
    ]


UNIT = st.floats(0, 1)
ENTRIES = st.lists(
    st.builds(
        TubeEntry,
        frame_idx=st.just(0),
        bbox=st.none() | st.tuples(UNIT, UNIT, UNIT, UNIT),
        is_gap=st.booleans(),
        confidence=st.none(),
    )
)


@given(ENTRIES)
def test_the_stabilized_window_holds_every_observed_box(entries: list[TubeEntry]) -> None:
    window = stabilized_window(entries)
    boxes = [entry.bbox for entry in entries if entry.bbox and not entry.is_gap]
    boxes = boxes or [entry.bbox for entry in entries if entry.bbox]
    assert (window is None) == (not boxes)
    assert window == stabilized_window(entries[::-1])
    for cx, cy, w, h in boxes:
        assert window is not None
        assert window[0] - window[2] / 2 <= cx - w / 2 + 1e-12
        assert window[0] + window[2] / 2 >= cx + w / 2 - 1e-12
        assert window[1] - window[3] / 2 <= cy - h / 2 + 1e-12
        assert window[1] + window[3] / 2 >= cy + h / 2 - 1e-12


def test_gaps_count_only_where_nothing_was_observed() -> None:
    gap = TubeEntry(frame_idx=1, bbox=(0.9, 0.9, 0.1, 0.1), is_gap=True)
    seen = TubeEntry(frame_idx=0, bbox=(0.5, 0.5, 0.25, 0.5), is_gap=False)
    assert stabilized_window([seen, gap, TubeEntry(frame_idx=2)]) == (0.5, 0.5, 0.25, 0.5)
    assert stabilized_window([gap]) == pytest.approx((0.9, 0.9, 0.1, 0.1))
