"""max_conf: computed from rows as production does, and compared with what it says."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smokewatch.domain.detections import Detection
from smokewatch.domain.risk import MaxConfCheck, check_max_conf, max_conf_of
from smokewatch.domain.sequences import ListedSequence
from tests.rows import random_rows, wire_row


def detections(*rows: dict[str, Any]) -> list[Detection]:
    return [Detection.from_alert_api(row) for row in rows]


def test_recorded_sequences_have_the_max_conf_that_their_rows_give(golden_sequences: dict[int, dict[str, Any]]) -> None:
    told = {each: entry["sequence"]["max_conf"] for each, entry in golden_sequences.items()}
    assert len(set(told.values())) > 3
    for each, entry in golden_sequences.items():
        rows = detections(*entry["detections"])
        assert max_conf_of(rows) == told[each], each
        last = ListedSequence.from_alert_api(entry["sequence"]).outcome.last_seen_at
        for last_seen_at in (None, last):
            assert check_max_conf(told[each], rows, last_seen_at=last_seen_at) is MaxConfCheck.SAME


def test_only_a_rows_own_box_counts() -> None:
    other = wire_row(2, "b", bbox="[(0.1,0.1,0.2,0.2,0.3)]") | {"others_bboxes": "[(0.5,0.5,0.6,0.6,0.9)]"}
    assert max_conf_of(detections(other, wire_row(3, "c", bbox="[]"))) == 0.3


def test_without_a_box_there_is_no_max_conf_and_zero_is_one() -> None:
    assert max_conf_of(detections(wire_row(1, "a", bbox="[]"))) is None
    assert max_conf_of([]) is None
    assert max_conf_of(detections(wire_row(1, "a", bbox="[(.4,.5,.5,.6,0)]"))) == 0.0


@given(st.integers(0, 2**63), st.none() | st.floats(0, 1))
def test_max_conf_never_falls_as_rows_come_and_go(seed: int, known: float | None) -> None:
    dice = random.Random(seed)
    rows = detections(*random_rows(dice))
    so_far = known
    for end in range(len(rows) + 1):
        grown = max_conf_of(rows[:end], known=so_far)
        assert so_far is None or (grown is not None and grown >= so_far)
        so_far = grown
    assert max_conf_of([], known=so_far) == so_far
    dice.shuffle(rows)
    assert max_conf_of(rows, known=known) == so_far


@pytest.mark.parametrize(
    ("told", "boxes", "check"),
    [
        (0.6, "[(.4,.5,.5,.6,.6)]", MaxConfCheck.SAME),
        (0.7, "[(.4,.5,.5,.6,.6)]", MaxConfCheck.ABOVE),
        (0.5, "[(.4,.5,.5,.6,.6)]", MaxConfCheck.BELOW),
        (None, "[(.4,.5,.5,.6,.6)]", MaxConfCheck.BELOW),
        (0.5, "[]", MaxConfCheck.ABOVE),
        (None, "[]", MaxConfCheck.SAME),
    ],
)
def test_max_conf_is_compared_with_what_alert_api_says(told: float | None, boxes: str, check: MaxConfCheck) -> None:
    assert check_max_conf(told, detections(wire_row(1, "a", bbox=boxes))) is check


def test_rows_that_came_after_what_was_told_have_no_part_in_it() -> None:
    rows = detections(wire_row(1, "a"), wire_row(2, "b", bbox="[(.4,.5,.5,.6,.9)]"))
    assert check_max_conf(0.6, rows, last_seen_at=rows[0].created_at) is MaxConfCheck.SAME
    assert check_max_conf(0.6, rows, last_seen_at=rows[1].created_at) is MaxConfCheck.BELOW
