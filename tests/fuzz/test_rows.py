"""Rows of alert-api, the annotator and risk-api, whatever is in them: one line, or what the store can hold."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import date, datetime
from random import Random
from typing import Any

import pytest

from smokewatch.domain.alerts import ListedAlert
from smokewatch.domain.backlog import BacklogFrame, BacklogSequence
from smokewatch.domain.detections import Detection
from smokewatch.domain.risk import RiskSkip, check_max_conf, read_risk
from smokewatch.domain.sequences import ListedSequence
from smokewatch.domain.window import candidate_requests, production_request
from smokewatch.errors import MalformedRowError
from tests.conftest import GOLDEN
from tests.fuzz.cases import LONG, QUICK, altered, one_line, try_cases
from tests.marks import chaos

DAY = date(2026, 8, 14)
_RECORDED = json.loads((GOLDEN / "alert_api_sequences.json").read_text())
_SEQUENCE, _DETECTIONS = _RECORDED[0]["sequence"], _RECORDED[0]["detections"]
_ALERT = {
    "id": 7,
    "organization_id": 2,
    "lat": 44.1,
    "lon": 4.2,
    "started_at": "2026-08-14T12:00:00",
    "last_seen_at": "2026-08-14T12:03:00",
    "sequences": [_SEQUENCE],
}
_WAITING = json.loads((GOLDEN / "annotator_sequences.json").read_text())[0]
_FRAME = {"id": 9, "sequence_id": 38, "recorded_at": "2026-11-21T00:33:01+00:00", "bucket_key": "1-2-3.jpg"}
_SCORE = {
    "camera_id": 1,
    "id": 1,
    "date": "2026-08-14",
    "fwi": 3.1,
    "fwi_class": "very_low",
    "fetched_at": "2026-08-14T12:00:00Z",
    "last_refresh_at": "2026-08-14T12:00:00Z",
}


def storable(read: object) -> None:
    """Nothing in it is more than both databases hold."""
    if isinstance(read, dict):
        read = list(read.values())
    if isinstance(read, list | tuple | frozenset):
        for each in read:
            storable(each)
    elif isinstance(read, str):
        assert "\x00" not in read
        read.encode()
    elif isinstance(read, float):
        assert math.isfinite(read)
    elif isinstance(read, datetime):
        assert read.utcoffset() is not None
    elif isinstance(read, int):
        assert -(2**63) <= read < 2**63


def read_or_refused(read: Callable[[Mapping[str, Any]], Any], row: Mapping[str, Any]) -> Any:
    """What was read, None when the row was refused in one line."""
    try:
        found = read(row)
    except MalformedRowError as error:
        one_line(error)
        return None
    if not isinstance(found, RiskSkip):
        storable(asdict(found))
    return found


def _alert_api(random: Random) -> None:
    read_or_refused(ListedSequence.from_alert_api, altered(random, _SEQUENCE))
    read_or_refused(ListedAlert.from_alert_api, altered(random, _ALERT))
    rows = [read_or_refused(Detection.from_alert_api, altered(random, row)) for row in _DETECTIONS[:5]]
    kept = [row for row in rows if row is not None]
    check_max_conf(0.6, kept)
    request = production_request(kept, bucket="b")
    if request is not None:
        assert json.loads(request.body())["frames"] == list(request.frames)
    candidate_requests(kept, bucket="b", recorded_score=random.random())


def _annotator(random: Random) -> None:
    read_or_refused(BacklogSequence.from_annotator, altered(random, _WAITING))
    read_or_refused(BacklogFrame.from_annotator, altered(random, _FRAME))


def _risk(random: Random) -> None:
    for route in ("scores", "cameras"):
        found = read_or_refused(lambda row, to=route: read_risk(row, DAY, to), altered(random, _SCORE))  # type: ignore[misc]
        assert found is None or isinstance(found, RiskSkip) or isinstance(found.contradicts_itself, bool)


TRIED = {"alert-api rows": _alert_api, "annotator rows": _annotator, "risk-api rows": _risk}


@pytest.mark.parametrize(
    ("kind", "count"), [(kind, QUICK) for kind in TRIED] + [chaos(kind, LONG[kind]) for kind in TRIED]
)
def test_rows(kind: str, count: int) -> None:
    try_cases(kind, count, TRIED[kind])


@pytest.mark.parametrize(
    "change",
    [
        {"max_conf": 10**400},
        {"max_conf": float("nan")},
        {"temporal_model_score": float("inf")},
        {"id": 2**63},
        {"pose_id": 2**64},
        {"is_wildfire": "a\x00b"},
        {"temporal_api_version": "\ud800"},
        {"id": "x" * 10**6},
        {"started_at": "x" * 10**6},
        {"id": {str(number): ["x" * 1000] * 5 for number in range(9)}},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_no_store_can_hold_is_refused_in_one_short_line(change: dict[str, Any]) -> None:
    assert read_or_refused(ListedSequence.from_alert_api, _SEQUENCE | change) is None
