"""Listing, paging, the risk filter, labels and alerts."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.demo.conftest import World

FIELDS = ["id", "camera_id", "pose_id", "camera_azimuth", "is_wildfire", "sequence_azimuth", "cone_angle"]
FIELDS += ["started_at", "last_seen_at", "max_conf", "temporal_model_score", "temporal_model_version"]
FIELDS += ["temporal_api_version", "is_validated", "detections_count"]


def three_apart(world: World) -> list[int]:
    """Three sequences on one pose, side by side."""
    return [world.film(3, f"(.{x},.1,.{x}5,.2,.5)", every=10) for x in (1, 4, 7)]


def test_fields_and_order(world: World) -> None:
    ids = three_apart(world)
    listed = world.day()
    assert [row["id"] for row in listed] == ids[::-1]
    assert list(listed[0]) == FIELDS
    assert world.sequence(ids[0])["detections_count"] == len(world.rows(ids[0])) == 9  # continuity rows included


def test_pages_end_short_and_have_no_total(world: World) -> None:
    ids = three_apart(world)
    assert [row["id"] for row in world.day(limit=2)] == [ids[2], ids[1]]
    assert [row["id"] for row in world.day(limit=2, offset=2)] == [ids[0]]
    assert world.day(offset=99) == []
    assert world.day(limit=0) == []


@pytest.mark.parametrize("query", [{"limit": -1}, {"offset": -1}, {"limit": 2**63}])
def test_what_the_database_refuses_is_a_plain_500_that_closes(world: World, query: dict[str, Any]) -> None:
    answer = world.http("admin").get("/sequences/all/fromdate", params={"from_date": "2026-08-14", **query})
    assert answer.status_code == 500
    assert answer.headers["content-type"].startswith("text/plain")
    assert "Traceback" in answer.text
    assert "x-process-time" not in answer.headers
    # The server closes the connection: who goes on using it may lose the next request.
    assert world.day("agent-1") == []


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({}, 422),
        ({"from_date": "2026-08-14", "limit": ""}, 422),
        ({"from_date": "2026-08-14T00:00:01"}, 422),
        ({"from_date": "2026-08-14T00:00:00"}, 200),
        ({"from_date": "14/08/2026"}, 422),
        ({"from_date": "2026-08-14", "risk_score": "severe"}, 422),
    ],
)
def test_query_rules(world: World, query: dict[str, str], status: int) -> None:
    assert world.http("admin").get("/sequences/all/fromdate", params=query).status_code == status


def test_a_sequence_over_midnight_is_on_its_first_day_in_utc(world: World) -> None:
    world.services.clock.advance(hours=15, minutes=59)
    sequence = world.film(4)
    assert world.services.clock.now().date() == date(2026, 8, 15)
    assert [row["id"] for row in world.day()] == [sequence]
    assert world.day(from_date="2026-08-15") == []


def test_detections_page_ten_latest_first_by_default(world: World) -> None:
    sequence = world.film(12)
    admin = world.http("admin")
    default = admin.get(f"/sequences/{sequence}/detections").json()
    assert [row["id"] for row in default] == list(range(12, 2, -1))
    ascending = admin.get(f"/sequences/{sequence}/detections", params={"desc": "false", "limit": 5, "offset": 10})
    assert [row["id"] for row in ascending.json()] == [11, 12]
    for query in ({"limit": 0}, {"limit": 101}, {"offset": -1}):
        assert admin.get(f"/sequences/{sequence}/detections", params=query).status_code == 422


def test_organizations_see_their_own_and_admins_all(world: World) -> None:
    mine, theirs = world.film(3), world.film(3, camera=2)
    assert {row["id"] for row in world.day()} == {mine, theirs}
    assert [row["id"] for row in world.day("agent-1")] == [mine]
    assert [row["id"] for row in world.day("user-2")] == [theirs]
    for path in (f"/sequences/{theirs}", f"/sequences/{theirs}/detections"):
        assert world.http("agent-1").get(path).status_code == 403


def test_the_risk_filter_hides_low_confidence_from_all_but_admins(world: World) -> None:
    sequence = world.film(3)  # confidence 0.5
    world.services.risk.set(date(2026, 8, 14), world.cameras[0], "Very low")
    assert world.day("agent-1") == []
    assert world.http("agent-1").get("/sequences/unlabeled/latest").json() == []
    for shown in (world.day(), world.day("agent-1", risk_score="moderate"), world.day("agent-1", risk_score="low")):
        assert [row["id"] for row in shown] == [sequence]
    assert world.day("agent-1", risk_score="very_low") == []
    world.services.risk.set(date(2026, 8, 14), world.cameras[0], "low")
    assert [row["id"] for row in world.day("agent-1")] == [sequence]


def test_latest_unlabelled_are_fifteen_of_the_last_day(world: World) -> None:
    ids = []
    for _ in range(6):
        ids += three_apart(world)
        world.services.clock.advance(hours=2, minutes=1)
    agent = world.http("agent-1")
    assert [row["id"] for row in agent.get("/sequences/unlabeled/latest").json()] == ids[:2:-1]
    agent.patch(f"/sequences/{ids[-1]}/label", json={"is_wildfire": "other"})
    assert [row["id"] for row in agent.get("/sequences/unlabeled/latest").json()] == ids[-2:1:-1]
    world.services.clock.advance(hours=23)
    assert agent.get("/sequences/unlabeled/latest").json() == []


def test_labels(world: World) -> None:
    sequence = world.film(3)
    path = f"/sequences/{sequence}/label"
    for login, status in (("user-1", 403), ("agent-2", 403), ("agent-1", 200), ("admin", 200)):
        assert world.http(login).patch(path, json={"is_wildfire": "other_smoke"}).status_code == status
    answer = world.http("agent-1").patch(path, json={"is_wildfire": "wildfire_smoke"}).json()
    assert list(answer) == FIELDS[:-1]
    assert world.sequence(sequence)["is_wildfire"] == "wildfire_smoke"
    for refused in (None, True, "smoke"):
        assert world.http("agent-1").patch(path, json={"is_wildfire": refused}).status_code == 422


def test_a_deleted_sequence_is_gone_and_its_rows_are_orphans(world: World) -> None:
    sequence = world.film(4)
    world.http("agent-1").patch(f"/sequences/{sequence}/label", json={"is_wildfire": "other"})  # gives it an alert
    row = world.rows(sequence)[0]["id"]
    assert world.http("agent-1").delete(f"/sequences/{sequence}").status_code == 403
    assert world.http("admin").delete(f"/sequences/{sequence}").status_code == 200
    assert world.http("admin").get(f"/sequences/{sequence}").status_code == 404
    assert world.http("admin").get(f"/detections/{row}").json()["sequence_id"] is None
    world.services.clock.advance(minutes=6)
    assert world.film(3) != sequence


def test_a_non_wildfire_label_gives_even_an_unvalidated_sequence_an_alert(world: World) -> None:
    sequence = world.film(3)
    agent = world.http("agent-1")
    query = {"from_date": "2026-08-14"}
    assert agent.get("/alerts/all/fromdate", params=query).json() == []
    agent.patch(f"/sequences/{sequence}/label", json={"is_wildfire": "other"})
    (alert,) = agent.get("/alerts/all/fromdate", params=query).json()
    assert [row["id"] for row in alert["sequences"]] == [sequence]
    assert agent.get("/alerts/unlabeled/latest").json() == []
    assert world.http("agent-2").get(f"/alerts/{alert['id']}").status_code == 403
    assert agent.get(f"/alerts/{alert['id']}/sequences").json()[0]["id"] == sequence


def test_an_old_server_lists_an_admin_its_own_organization(world: World) -> None:
    sequence = world.film(3)
    assert [row["id"] for row in world.day()] == [sequence]
    world.services.admin_lists_all = False
    assert world.day() == []
    assert world.sequence(sequence)["id"] == sequence  # by id it was always every organization's
    assert [row["id"] for row in world.day("agent-1")] == [sequence]


def test_an_older_server_gives_the_first_rows_whatever_the_offset(world: World) -> None:
    sequence = world.film(4)
    path = f"/sequences/{sequence}/detections"
    page = {"limit": 2, "desc": False, "offset": 2}
    assert [row["id"] for row in world.http("admin").get(path, params=page).json()] == [3, 4]
    world.services.detections_offset = False
    assert [row["id"] for row in world.http("admin").get(path, params=page).json()] == [1, 2]
