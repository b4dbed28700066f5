"""The pretend risk-api, one fact of the contract after the other."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from demo.alert_api.services import Services as AlertApi
from demo.risk_api.services import cameras_of
from demo.risk_api.weather import Weather, class_of
from tests.demo.conftest import NO_TLS, World
from tests.risk_api import PASSWORD, USERNAME, RiskApi, running

DAY = date(2026, 8, 14)
NOON = datetime(2026, 8, 14, 12, 0, 0, 250_000, tzinfo=UTC)


@pytest.fixture
def risk(tmp_path: Path) -> Iterator[RiskApi]:
    """Two organizations' cameras, nothing loaded."""
    with running(tmp_path, NOON) as risk:
        risk.add_cameras(1, 2)
        risk.add_cameras(3, organization_id=3)
        yield risk


@pytest.mark.parametrize("path", ["/cameras", "/cameras/1", "/scores/2026-08-14", "/openapi.json"])
@pytest.mark.parametrize("account", [None, ("somebody", PASSWORD), (USERNAME, "wrong"), ("", "")])
def test_everything_but_health_wants_the_account(risk: RiskApi, path: str, account: tuple[str, str] | None) -> None:
    risk.services.load()
    with httpx.Client(base_url=risk.url, auth=account, trust_env=False, verify=NO_TLS) as anyone:
        assert anyone.get("/health").json() == {"status": "ok"}
        if path == "/openapi.json":
            return
        answer = anyone.get(path)
        assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Basic")
        assert answer.json() == {"detail": "Not authenticated" if account is None else "Invalid credentials"}
        assert anyone.post("/scores/recompute?start=2026-08-01&end=2026-08-02").status_code == 401


def test_cameras_are_503_until_they_are_loaded(risk: RiskApi) -> None:
    with risk.http() as http:
        for path in ("/cameras", "/cameras/1"):
            answer = http.get(path)
            assert (answer.status_code, answer.json()) == (503, {"detail": "cameras not loaded"})
        assert http.post("/scores/recompute?start=2026-08-01&end=2026-08-02").status_code == 503
        assert http.get("/scores/2026-08-14").json() == []
        assert http.get("/health").status_code == 200
        risk.services.load()
        assert http.get("/cameras").status_code == 200


def test_cameras_have_the_fields_of_the_contract_and_may_have_no_index(risk: RiskApi) -> None:
    risk.give(DAY, [0.0, None, 50.0])
    risk.services.load()
    rows = risk.get("/cameras")
    assert (
        rows[0]
        == risk.get("/cameras/1")
        == {
            "id": 1,
            "name": "ridge-1",
            "organization_id": 2,
            "lat": 44.7,
            "lon": 4.5,
            "fwi": 0.0,
            "fwi_class": "very_low",
            "last_refresh_at": "2026-08-14T12:00:00Z",
        }
    )
    assert [(row["fwi"], row["fwi_class"]) for row in rows] == [(0.0, "very_low"), (None, None), (50.0, "extreme")]
    with risk.http() as http:
        assert http.get("/cameras/9").json() == {"detail": "camera 9 not found"}


def test_an_organization_has_its_own_cameras_an_unknown_one_none(risk: RiskApi) -> None:
    risk.services.load()
    for organization, ids in ((2, [1, 2]), (3, [3]), (4, [])):
        assert [row["id"] for row in risk.get("/cameras", organization_id=organization)] == ids
        scores = risk.get("/scores/2026-08-14", organization_id=organization)
        assert [row["camera_id"] for row in scores] == ids
    assert [row["camera_id"] for row in risk.get("/scores/2026-08-14", camera_id=3)] == [3]
    assert risk.get("/scores/2026-08-14", camera_id=3, organization_id=2) == []


def test_a_day_never_computed_is_an_empty_list_and_no_day_a_422(risk: RiskApi) -> None:
    risk.services.load()
    assert risk.get("/scores/2026-08-13") == []
    assert risk.get("/scores/2027-01-01") == []
    with risk.http() as http:
        assert http.get("/scores/yesterday").status_code == 422


def test_every_night_at_two_all_cameras_are_refreshed(risk: RiskApi) -> None:
    risk.services.load()
    risk.services.clock.reach(datetime(2026, 8, 15, 1, 59, 59, tzinfo=UTC))
    assert {row["last_refresh_at"] for row in risk.get("/cameras")} == {"2026-08-14T12:00:00Z"}
    assert risk.get("/scores/2026-08-15") == []
    risk.add_cameras(4)
    risk.services.clock.reach(datetime(2026, 8, 17, 2, tzinfo=UTC))
    assert {row["last_refresh_at"] for row in risk.get("/cameras")} == {"2026-08-17T02:00:00Z"}
    for day in (15, 16, 17):
        rows = risk.get(f"/scores/2026-08-{day}")
        assert [row["camera_id"] for row in rows] == [1, 2, 3, 4]
        assert {row["fetched_at"] for row in rows} == {f"2026-08-{day}T02:00:00Z"}


def test_a_server_loaded_before_two_refreshes_again_that_night(tmp_path: Path) -> None:
    with running(tmp_path, datetime(2026, 8, 14, 1, tzinfo=UTC)) as risk:
        risk.add_cameras(1)
        risk.services.load()
        assert risk.get("/scores/2026-08-14")[0]["fetched_at"] == "2026-08-14T01:00:00Z"
        risk.services.clock.advance(hours=1)
        assert risk.get("/scores/2026-08-14")[0]["fetched_at"] == "2026-08-14T02:00:00Z"


def test_past_days_are_computed_when_asked_and_keep_what_the_map_lost(risk: RiskApi) -> None:
    risk.services.load()
    before = risk.get("/scores/2026-08-14")
    risk.give(DAY, [20.0, None])
    risk.services.clock.advance(minutes=5)
    with risk.http() as http:
        answer = http.post("/scores/recompute", params={"start": "2026-08-13", "end": "2026-08-14"})
        assert (answer.status_code, answer.json()) == (
            202,
            {"status": "scheduled", "start": "2026-08-13", "end": "2026-08-14", "cameras": 3, "days": 2},
        )
        for query, status in (
            ({"start": "2026-08-14", "end": "2026-08-13"}, 400),
            ({"start": "2026-08-14"}, 422),
            ({"start": "2026-08-14", "end": "2026-08-14", "organization_id": "9"}, 404),
        ):
            assert http.post("/scores/recompute", params=query).status_code == status
    assert len(risk.get("/scores/2026-08-13")) == 3
    after = risk.get("/scores/2026-08-14")
    assert (after[0]["fwi"], after[0]["fwi_class"]) == (20.0, "moderate")
    assert after[0]["fetched_at"] > before[0]["fetched_at"]
    assert after[1] == before[1]


def test_cameras_that_are_not_trusted_are_unknown_to_it(world: World) -> None:
    from demo.alert_api import registry

    services: AlertApi = world.services
    registry.add_camera(services, world.organizations[1], "hidden", is_trustable=False)
    assert [camera.name for camera in cameras_of(services)] == ["camera-1", "camera-2"]


def test_the_weather_is_the_same_every_run_and_wet_days_are_low() -> None:
    days = [DAY + timedelta(days=number) for number in range(60)]
    weather, again = Weather(7, wet={DAY}), Weather(7, wet={DAY})
    wet = {class_of(weather.fwi(camera, DAY) or 0) for camera in range(30)}
    dry = {class_of(weather.fwi(1, day) or 0) for day in days[1:]}
    assert wet == {"very_low", "low"}
    assert dry == {"moderate", "high", "very_high", "extreme"}
    assert [weather.fwi(1, day) for day in days] == [again.fwi(1, day) for day in days]
    assert [weather.fwi(1, day) for day in days] != [Weather(8).fwi(1, day) for day in days]
