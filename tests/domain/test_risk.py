"""Fire risk: classes and their bounds, what the gate lets pass, rows of risk-api."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo.alert_api import risk as alert_api
from demo.risk_api import weather
from smokewatch.domain.risk import (
    PRODUCTION_GATE,
    FwiClass,
    Gate,
    RiskClass,
    RiskSkip,
    gate_with,
    passes_listing,
    passes_notification,
    read_risk,
)
from smokewatch.errors import MalformedRowError

DAY = date(2026, 8, 14)
CONFIDENCES = st.none() | st.floats(0, 1)
CLASSES = st.none() | st.sampled_from(FwiClass)
GATES = st.dictionaries(st.sampled_from(FwiClass), CONFIDENCES).map(gate_with)


@pytest.mark.parametrize(
    ("fwi", "fwi_class"),
    [
        (0, "very_low"),
        (5.199, "very_low"),
        (5.2, "low"),
        (11.199, "low"),
        (11.2, "moderate"),
        (21.299, "moderate"),
        (21.3, "high"),
        (37.999, "high"),
        (38, "very_high"),
        (49.999, "very_high"),
        (50, "extreme"),
        (1e9, "extreme"),
    ],
)
def test_a_bound_belongs_to_the_class_above_it(fwi: float, fwi_class: str) -> None:
    assert FwiClass.of(fwi) == fwi_class


@given(st.floats(min_value=0, allow_nan=False))
def test_every_index_has_one_class_that_rises_with_it_and_is_the_servers(fwi: float) -> None:
    order = list(FwiClass)
    assert order.index(FwiClass.of(fwi)) <= order.index(FwiClass.of(fwi + 1))
    assert FwiClass.of(fwi) == weather.class_of(fwi)


@pytest.mark.parametrize("fwi", [-0.001, float("nan"), float("-inf")])
def test_what_is_no_index_has_no_class(fwi: float) -> None:
    with pytest.raises(ValueError, match="0 or more"):
        FwiClass.of(fwi)


@pytest.mark.parametrize("each", FwiClass)
def test_capitals_and_blanks_in_a_class_do_not_matter(each: FwiClass) -> None:
    for text in (each, each.upper(), f" {each.replace('_', ' ').title()} "):
        assert FwiClass.named(text) is each


@pytest.mark.parametrize("text", [None, "", " ", "severe", "very-low", "verylow", "very__low", "0"])
def test_a_class_nobody_knows_is_none(text: str | None) -> None:
    assert FwiClass.named(text) is None


def test_productions_gate_names_all_six_classes_and_asks_something_on_two() -> None:
    assert list(PRODUCTION_GATE) == list(FwiClass)
    assert {each: least for each, least in PRODUCTION_GATE.items() if least is not None} == {
        "very_low": 0.6,
        "low": 0.45,
    }


def test_settings_override_single_thresholds() -> None:
    gate = gate_with({FwiClass.LOW: None, FwiClass.MODERATE: 0.3})
    assert list(gate) == list(FwiClass)
    assert (gate[FwiClass.VERY_LOW], gate[FwiClass.LOW], gate[FwiClass.MODERATE]) == (0.6, None, 0.3)


@pytest.mark.parametrize("passes", [passes_listing, passes_notification])
def test_a_threshold_itself_passes(passes: Any) -> None:
    assert passes(0.6, FwiClass.VERY_LOW)
    assert not passes(0.599, FwiClass.VERY_LOW)
    assert passes(0.45, FwiClass.LOW)
    assert not passes(0.449, FwiClass.LOW)


@pytest.mark.parametrize("fwi_class", [FwiClass.VERY_LOW, FwiClass.LOW])
def test_no_confidence_passes_in_listings_and_blocks_before_a_notification(fwi_class: FwiClass) -> None:
    assert passes_listing(None, fwi_class)
    assert not passes_notification(None, fwi_class)


@given(CONFIDENCES, st.none() | st.sampled_from([FwiClass.MODERATE, FwiClass.HIGH, FwiClass.EXTREME]))
def test_where_nothing_is_asked_everything_passes(max_conf: float | None, fwi_class: FwiClass | None) -> None:
    assert passes_listing(max_conf, fwi_class)
    assert passes_notification(max_conf, fwi_class)


@given(CONFIDENCES, CLASSES, GATES)
def test_listing_and_notification_differ_on_missing_confidence_only(
    max_conf: float | None, fwi_class: FwiClass | None, gate: Gate
) -> None:
    listed, notified = passes_listing(max_conf, fwi_class, gate), passes_notification(max_conf, fwi_class, gate)
    assert listed or not notified
    assert max_conf is None or listed == notified


@given(CLASSES, GATES, st.floats(0, 1), st.floats(0, 1))
def test_more_confidence_never_stops_what_less_lets_pass(
    fwi_class: FwiClass | None, gate: Gate, one: float, other: float
) -> None:
    low, high = sorted((one, other))
    assert passes_notification(high, fwi_class, gate) or not passes_notification(low, fwi_class, gate)


def test_the_gate_is_the_one_that_the_pretend_production_has() -> None:
    class_and_conf = itertools.product(FwiClass, (None, 0.0, 0.4499, 0.45, 0.5999, 0.6, 1.0))
    for fwi_class, max_conf in class_and_conf:
        classes = alert_api.RiskClasses()
        classes.set(DAY, 1, fwi_class.replace("_", " ").capitalize())
        now = datetime(2026, 8, 14, 12, tzinfo=UTC)
        assert passes_notification(max_conf, fwi_class) != classes.blocks(now, 1, max_conf)


SCORE = {
    "camera_id": 7,
    "date": "2026-08-14",
    "fwi": 3.127,
    "fwi_class": "Very low",
    "fetched_at": "2026-08-14T02:00:01Z",
}
CAMERA = {"id": 7, "name": "x", "fwi": 3.127, "fwi_class": "very_low", "last_refresh_at": "2026-08-14T02:00:01Z"}
READ = RiskClass(7, DAY, FwiClass.VERY_LOW, 3.127, datetime(2026, 8, 14, 2, 0, 1, tzinfo=UTC))


def test_a_row_of_either_route_is_read() -> None:
    assert read_risk(SCORE, DAY, "scores") == read_risk(CAMERA, DAY, "cameras") == READ
    assert not READ.contradicts_itself


@pytest.mark.parametrize(
    ("change", "read"),
    [
        ({"fwi": None}, RiskClass(7, DAY, FwiClass.VERY_LOW, None, READ.fetched_at)),
        ({"fwi": 4}, RiskClass(7, DAY, FwiClass.VERY_LOW, 4.0, READ.fetched_at)),
        ({"fwi_class": None}, RiskSkip.NULL_CLASS),
        ({"fwi": None, "fwi_class": None}, RiskSkip.NULL_CLASS),
        ({"fwi_class": "severe"}, RiskSkip.UNKNOWN_CLASS),
        ({"fwi_class": ""}, RiskSkip.UNKNOWN_CLASS),
        ({"date": "2026-08-13"}, RiskSkip.OTHER_DAY),
    ],
)
def test_what_gives_no_class_has_a_reason(change: dict[str, Any], read: RiskClass | RiskSkip) -> None:
    assert read_risk(SCORE | change, DAY, "scores") == read


def test_a_camera_refreshed_on_another_day_says_nothing_of_this_one() -> None:
    stale = CAMERA | {"last_refresh_at": "2026-08-13T02:00:00Z"}
    assert read_risk(stale, DAY, "cameras") is RiskSkip.OTHER_DAY
    assert read_risk(CAMERA | {"fwi_class": None, "last_refresh_at": None}, DAY, "cameras") is RiskSkip.NULL_CLASS


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"camera_id": "7"}, "camera_id: expected an integer, got '7'"),
        ({"camera_id": True}, "camera_id: expected an integer, got True"),
        ({"fwi_class": 1}, "fwi_class: expected text, got 1"),
        ({"fwi": "3.1"}, "fwi: expected a number, got '3.1'"),
        ({"fwi": float("nan")}, "fwi: expected a finite number, got nan"),
        ({"fetched_at": None}, "fetched_at: expected an ISO 8601 time, got None"),
        ({"date": "14.8.2026"}, "date: expected YYYY-MM-DD, got '14.8.2026'"),
        ({"date": None}, "date: expected text, got None"),
    ],
)
def test_a_malformed_row_is_named(change: dict[str, Any], says: str) -> None:
    with pytest.raises(MalformedRowError, match="risk-api, scores, camera ") as caught:
        read_risk(SCORE | change, DAY, "scores")
    assert says in str(caught.value)


@pytest.mark.parametrize("fwi", [5.2, -1.0])
def test_a_class_that_its_index_contradicts_is_told_and_kept(fwi: float) -> None:
    read = read_risk(SCORE | {"fwi": fwi}, DAY, "scores")
    assert isinstance(read, RiskClass)
    assert read.fwi_class is FwiClass.VERY_LOW
    assert read.contradicts_itself
