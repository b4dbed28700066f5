"""The pretend alert-api asks risk-api: live for a day's listing, once a day for what looks at now, failing open."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from demo.alert_api.risk import RiskClasses, RiskClient
from demo.alert_api.worker import Worker
from demo.gate import Instead
from demo.risk_api.services import cameras_of
from tests.demo.conftest import MORNING, ScriptedTemporal, World
from tests.demo.test_worker import grow, status, worker_for
from tests.risk_api import PASSWORD, USERNAME, RiskApi, running

DAY = date(2026, 8, 14)
LATEST, LIVE = "GET /cameras", "GET /scores/2026-08-14"


@pytest.fixture
def risk(tmp_path: Path, world: World) -> Iterator[RiskApi]:
    """A risk-api that knows alert-api's two cameras, the first on a sodden day; alert-api asks it."""
    with running(tmp_path, MORNING) as risk:
        risk.cameras = cameras_of(world.services)
        risk.give(DAY, [1.0, 30.0])
        risk.services.load()
        client = RiskClient(risk.url, USERNAME, PASSWORD)
        world.services.risk = RiskClasses(client)
        yield risk
        client.close()


def latest(world: World, kind: str = "sequences") -> list[int]:
    """Ids of the agent's latest listing."""
    return [row["id"] for row in world.http("agent-1").get(f"/{kind}/unlabeled/latest").json()]


def test_a_days_listing_asks_each_time_the_latest_once(world: World, risk: RiskApi) -> None:
    sequence = world.film(3)  # confidence 0.5
    for _ in range(2):
        assert (world.day("agent-1"), latest(world)) == ([], [])
    assert risk.asked == [LIVE, LATEST, LIVE]
    risk.write(world.cameras[0], DAY, fwi=8.0, fwi_class=" Low ")
    assert [row["id"] for row in world.day("agent-1")] == [sequence]
    assert latest(world) == []
    assert risk.asked == [LIVE, LATEST, LIVE, LIVE]


def test_admins_and_an_override_pass_whatever_it_says(world: World, risk: RiskApi) -> None:
    sequence = world.film(3)
    for rows in (world.day(), world.day("agent-1", risk_score="moderate"), world.day("agent-1", risk_score="low")):
        assert [row["id"] for row in rows] == [sequence]
    assert world.day("agent-1", risk_score="very_low") == []


def test_alerts_are_listed_by_it_too(world: World, risk: RiskApi) -> None:
    sequence = world.film(3)
    world.http("agent-1").patch(f"/sequences/{sequence}/label", json={"is_wildfire": "other"})  # gives it an alert
    query = {"from_date": "2026-08-14"}
    assert len(world.http("admin").get("/alerts/all/fromdate", params=query).json()) == 1
    assert world.http("agent-1").get("/alerts/all/fromdate", params=query).json() == []
    assert risk.asked == [LIVE]


@pytest.mark.parametrize(
    "instead",
    [Instead(500), Instead(503), Instead(401), Instead(404), Instead(200, body=b"hello"), Instead(200, body=b"{}")],
    ids=["500", "503", "401", "404", "no JSON", "no list"],
)
def test_whatever_fails_no_camera_has_a_class(world: World, risk: RiskApi, instead: Instead) -> None:
    sequence = world.film(3)
    risk.knobs.before_answer = lambda _asked: instead
    assert [row["id"] for row in world.day("agent-1")] == latest(world) == [sequence]
    risk.knobs.before_answer = None
    assert world.day("agent-1") == []
    assert latest(world) == [sequence]  # until it is fetched again


def test_rows_that_are_malformed_are_skipped(world: World, risk: RiskApi) -> None:
    body = b'[1, {}, {"camera_id": "1", "fwi_class": "low"}, {"camera_id": 1, "fwi_class": null}, '
    body += b'{"camera_id": 2, "fwi_class": "very low"}]'
    risk.knobs.before_answer = lambda _asked: Instead(200, body=body)
    assert world.services.risk.thresholds(DAY) == {2: 0.6}


def test_what_looks_at_now_is_fetched_again_at_four_and_kept_where_that_fails(world: World, risk: RiskApi) -> None:
    assert world.services.risk.latest_thresholds(MORNING) == {1: 0.6}
    risk.give(date(2026, 8, 15), [8.0, 8.0])
    risk.services.clock.reach(datetime(2026, 8, 15, 3, tzinfo=UTC))
    before, at_four = datetime(2026, 8, 15, 3, 59, tzinfo=UTC), datetime(2026, 8, 15, 4, tzinfo=UTC)
    assert world.services.risk.latest_thresholds(before) == {1: 0.6}
    assert world.services.risk.latest_thresholds(at_four) == {1: 0.45, 2: 0.45}
    risk.knobs.before_answer = lambda _asked: Instead(503)
    assert world.services.risk.latest_thresholds(datetime(2026, 8, 16, 5, tzinfo=UTC)) == {1: 0.45, 2: 0.45}
    assert risk.asked == [LATEST] * 3


def test_the_validation_gate_uses_what_was_fetched(world: World, risk: RiskApi, temporal: ScriptedTemporal) -> None:
    worker: Worker = worker_for(world, temporal)
    sequence = grow(world, worker, 5)  # confidence 0.5, below 0.6
    assert (temporal.bodies, status(world, sequence)) == ([], (None, False, None, False))
    assert risk.asked == [LATEST]


def test_the_gate_blocks_a_missing_confidence_that_the_listings_pass(world: World, risk: RiskApi) -> None:
    assert world.services.risk.blocks(MORNING, world.cameras[0], None)
    assert not world.services.risk.blocks(MORNING, world.cameras[1], None)
    assert not world.services.risk.blocks(MORNING, 99, None)
