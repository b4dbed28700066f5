"""Who may come in, with which errors, and what cameras, poses and organizations look like."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import jwt
import pytest

from demo.alert_api import registry, tokens
from tests.demo.conftest import World


def get(world: World, path: str, token: str) -> httpx.Response:
    return world.http().get(path, headers={"Authorization": f"Bearer {token}"})


def test_login_is_form_encoded_and_gives_a_year_long_hs256_token(world: World) -> None:
    answer = world.http().post("/login/creds", data={"username": "agent-1", "password": "pw"})
    assert answer.status_code == 200
    assert answer.json().keys() == {"access_token", "token_type"}
    assert answer.json()["token_type"] == "bearer"
    payload = jwt.decode(answer.json()["access_token"], world.services.jwt_secret, algorithms=["HS256"])
    assert isinstance(payload["sub"], str)
    assert payload["scopes"] == ["agent"]
    assert payload["organization_id"] == world.organizations[1]
    left = datetime.fromtimestamp(payload["exp"], UTC) - datetime.now(UTC)
    assert timedelta(days=364, hours=23) < left <= timedelta(days=365)


def test_json_login_is_refused(world: World) -> None:
    assert world.http().post("/login/creds", json={"username": "admin", "password": "pw"}).status_code == 422


@pytest.mark.parametrize("form", [{"username": "admin", "password": "no"}, {"username": "nobody", "password": "pw"}])
def test_wrong_credentials(world: World, form: dict[str, str]) -> None:
    answer = world.http().post("/login/creds", data=form)
    assert (answer.status_code, answer.json()["detail"]) == (401, "Invalid credentials.")


def test_validate_tells_what_the_token_says(world: World) -> None:
    answer = world.http("user-2").get("/login/validate").json()
    assert answer == {"sub": answer["sub"], "scopes": ["user"], "organization_id": world.organizations[2]}
    assert isinstance(answer["sub"], int)


def test_token_errors(world: World) -> None:
    secret = world.services.jwt_secret
    payload = {"sub": "1", "scopes": ["admin"], "organization_id": 1, "exp": datetime.now(UTC) + timedelta(days=1)}

    def sign(key: str = secret, without: str = "", **changes: Any) -> str:
        changed = {name: value for name, value in {**payload, **changes}.items() if name != without}
        return jwt.encode(changed, key, algorithm="HS256")

    missing = world.http().get("/cameras/")
    assert (missing.status_code, missing.json()["detail"]) == (401, "Not authenticated")
    for token, expected in (
        (sign(), (200, None)),
        ("garbage", (406, "Invalid token.")),
        (sign(exp=datetime.now(UTC) - timedelta(days=1)), (401, "Token has expired.")),
        (sign("another secret of thirty-two bytes or more"), (401, "Token has expired.")),
        (sign(without="organization_id"), (422, "Invalid token payload.")),
        (sign(scopes=["camera"]), (403, "Incompatible token scope.")),
    ):
        answer = get(world, "/cameras/", token)
        detail = answer.json()["detail"] if answer.status_code != 200 else None
        assert (answer.status_code, detail) == expected


def test_a_token_outlives_its_user(world: World) -> None:
    token = tokens.issue(world.services.jwt_secret, 999, "admin", world.organizations[0])
    assert get(world, "/organizations/", token).status_code == 200


def test_organizations_are_for_admins_and_move_when_updated(world: World) -> None:
    assert world.http("agent-1").get("/organizations/").status_code == 403
    registry.set_slack_hook(world.services, world.organizations[1], "https://hooks.slack.com/services/A/B/c")
    listed = world.http("admin").get("/organizations/").json()
    assert [row["id"] for row in listed] == [1, 3, 2]
    assert listed[0].keys() == {"id", "name", "slack_hook", "telegram_id"}
    assert world.http("admin").get("/organizations/2").json()["slack_hook"].endswith("/c")


def test_cameras_by_role_and_trust(world: World) -> None:
    hidden = registry.add_camera(world.services, world.organizations[1], "hidden", is_trustable=False)
    admin, agent = world.http("admin"), world.http("agent-1")
    assert [row["id"] for row in admin.get("/cameras/").json()] == world.cameras
    assert [row["id"] for row in agent.get("/cameras/").json()] == world.cameras[:1]
    shown = agent.get("/cameras/", params={"include_non_trustable": True}).json()
    assert [row["id"] for row in shown] == [world.cameras[0], hidden]
    assert agent.get(f"/cameras/{hidden}").status_code == 200
    foreign = agent.get(f"/cameras/{world.cameras[1]}")
    assert (foreign.status_code, foreign.json()["detail"]) == (403, "Access forbidden.")


def test_camera_fields_and_poses(world: World) -> None:
    inactive = registry.add_pose(world.services, world.cameras[0], 300.0, active=False)
    listed = world.http("admin").get("/cameras/").json()[0]
    assert list(listed) == [
        *("id", "organization_id", "name", "angle_of_view", "elevation", "lat", "lon", "is_trustable"),
        *("last_active_at", "last_image", "created_at", "poses", "last_image_url"),
    ]
    assert listed["created_at"] == "2026-08-14T08:00:00"  # no offset, no zero microseconds
    assert [pose["id"] for pose in listed["poses"]] == world.poses[0][::-1]  # the listing's order is no order
    by_id = world.http("admin").get(f"/cameras/{world.cameras[0]}").json()
    assert [pose["id"] for pose in by_id["poses"]] == world.poses[0]
    assert by_id["poses"][0].keys() == {"id", "camera_id", "azimuth", "patrol_id", "active"}
    one = world.http("agent-1").get(f"/poses/{inactive}").json()
    assert one["active"] is False
    assert one["image_url"] is None


def test_poses_are_listed_to_cameras_only(world: World) -> None:
    assert world.http("admin").get("/poses/").status_code == 403
    assert [pose["id"] for pose in world.http("camera-1").get("/poses/").json()] == world.poses[0]


def test_camera_tokens_are_for_admins_to_give_and_open_no_listing(world: World) -> None:
    assert world.http("agent-1").post(f"/cameras/{world.cameras[0]}/token").status_code == 403
    assert world.http("camera-1").get("/cameras/").status_code == 403


def test_missing_rows_and_bad_ids(world: World) -> None:
    admin = world.http("admin")
    for path, title in (("sequences", "Sequence"), ("cameras", "Camera"), ("detections", "Detection")):
        answer = admin.get(f"/{path}/999")
        assert (answer.status_code, answer.json()["detail"]) == (404, f"Table {title} has no corresponding entry.")
        assert admin.get(f"/{path}/0").status_code == 422
        assert isinstance(admin.get(f"/{path}/x").json()["detail"], list)


def test_an_id_beyond_int32_is_a_500(world: World) -> None:
    assert world.http("admin").get(f"/sequences/{2**31}").status_code == 500


def test_slashes_process_time_status_and_openapi(world: World) -> None:
    moved = world.http("admin").get("/cameras")
    assert moved.status_code == 307
    assert moved.headers["location"] == f"{world.url}/api/v1/cameras/"
    assert float(moved.headers["x-process-time"]) >= 0
    with httpx.Client(base_url=world.url, trust_env=False) as http:
        assert http.get("/status").json() == {"status": "ok"}
        assert "/api/v1/sequences/all/fromdate" in http.get("/api/v1/openapi.json").json()["paths"]
