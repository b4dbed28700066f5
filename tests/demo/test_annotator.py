"""The pretend annotation API: who may come in, what is listed and in which order, frames, and its knobs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
import sqlalchemy as sa

from demo.annotator import registry
from demo.annotator.tables import detections, users
from demo.gate import PREFIX, Asked, Instead
from tests.annotator import NO_TLS, NOW, PASSWORD, USERNAME, Annotator, running


@pytest.fixture
def annotator(tmp_path: Path) -> Iterator[Annotator]:
    with running(tmp_path) as annotator:
        yield annotator


def listed(annotator: Annotator, **query: Any) -> list[int]:
    with annotator.http() as client:
        return [row["id"] for row in client.get("/sequences/", params=query).raise_for_status().json()["items"]]


def nobody(annotator: Annotator) -> httpx.Client:
    return httpx.Client(base_url=annotator.url + PREFIX, trust_env=False, verify=NO_TLS)


def test_login_is_json_and_its_token_lives_a_day(annotator: Annotator) -> None:
    with nobody(annotator) as client:
        form = client.post("/auth/login", data={"username": USERNAME, "password": PASSWORD})
        assert form.status_code == 422
        answer = client.post("/auth/login", json={"username": USERNAME, "password": PASSWORD})
    assert answer.json().keys() == {"access_token", "token_type"}
    payload = jwt.decode(answer.json()["access_token"], annotator.services.jwt_secret, algorithms=["HS256"])
    left = datetime.fromtimestamp(payload["exp"], UTC) - datetime.now(UTC)
    assert timedelta(hours=23, minutes=59) < left <= timedelta(hours=24)


def test_inactive_users_are_refused_at_login_and_with_the_token_they_had(annotator: Annotator) -> None:
    with annotator.http() as client:
        assert client.get("/users/me").json()["username"] == USERNAME
        with annotator.services.writing() as connection:
            connection.execute(users.update().values(is_active=False))
        assert client.get("/users/me").status_code == 400
        assert client.post("/auth/login", json={"username": USERNAME, "password": PASSWORD}).status_code == 400


def test_tokens_of_another_secret_of_yesterday_and_of_nobody_are_refused(annotator: Annotator) -> None:
    secret = annotator.services.jwt_secret
    over, good = datetime.now(UTC) - timedelta(seconds=1), datetime.now(UTC) + timedelta(hours=1)
    for payload, key in (
        ({"sub": "1", "exp": over}, secret),
        ({"sub": "99", "exp": good}, secret),
        ({"sub": "1", "exp": good}, secret + "!"),
        ({"exp": good}, secret),
    ):
        token = jwt.encode(payload, key, algorithm="HS256")
        with nobody(annotator) as client:
            answer = client.get("/users/me", headers={"Authorization": f"Bearer {token}"})
        assert (answer.status_code, answer.json()["detail"]) == (401, "Could not validate credentials")


def test_rows_of_one_instant_change_places_between_requests_and_pages_tear(annotator: Annotator) -> None:
    first = annotator.add(frames=0)
    annotator.services.clock.advance(seconds=1)
    tied = {annotator.add(frames=0) for _ in range(40)}
    orders = [listed(annotator, size=100) for _ in range(3)]
    assert all(set(order[:40]) == tied and order[40] == first for order in orders)  # ties change places, others do not
    assert orders[0] != orders[1] != orders[2]
    paged = [identity for page in (1, 2, 3) for identity in listed(annotator, size=15, page=page)]
    assert len(paged) == 41 > len(set(paged))  # one twice, another not at all


def test_the_unstable_order_is_the_same_every_run(tmp_path: Path) -> None:
    seen = []
    for run in ("one", "two"):
        (tmp_path / run).mkdir()
        with running(tmp_path / run) as annotator:
            for _ in range(12):
                annotator.add(frames=0)
            seen.append([listed(annotator) for _ in range(3)])
    assert seen[0] == seen[1]


def test_pages_say_how_many_there_are(annotator: Annotator) -> None:
    with annotator.http() as client:
        empty = client.get("/sequences/").json()
        assert empty == {"items": [], "total": 0, "page": 1, "size": 50, "pages": 0}
        for _ in range(5):
            annotator.add(frames=0)
        last = client.get("/sequences/", params={"size": 2, "page": 3}).json()
        assert (len(last["items"]), last["total"], last["pages"]) == (1, 5, 3)
        assert client.get("/sequences/", params={"size": 2, "page": 4}).json()["items"] == []
        assert client.get("/sequences/", params={"page": 0}).status_code == 422


def test_stages_are_alternatives_and_unknown_ones_are_ignored(annotator: Annotator) -> None:
    ready, done, none = (annotator.add(stage=stage) for stage in ("ready_to_annotate", "seq_annotation_done", None))
    assert set(listed(annotator, processing_stage="ready_to_annotate")) == {ready}
    assert set(listed(annotator, processing_stage=["ready_to_annotate", "seq_annotation_done"])) == {ready, done}
    assert set(listed(annotator, processing_stage=["no_annotation", "ready_to_annotate"])) == {ready, none}
    assert set(listed(annotator, processing_stage=["ready", "ready_to_annotate"])) == {ready}
    assert set(listed(annotator, processing_stage="Ready_To_Annotate")) == {ready, done, none}
    assert set(listed(annotator, has_annotation=False)) == {none}
    assert set(listed(annotator, has_smoke=True)) == {ready, done}


def test_labels_of_alert_api_filter_unless_misspelt(annotator: Annotator) -> None:
    smoke = annotator.add(is_wildfire_alertapi="wildfire_smoke")
    other, unlabelled = annotator.add(is_wildfire_alertapi="other"), annotator.add()
    assert listed(annotator, is_wildfire_alertapi="wildfire_smoke") == [smoke]
    assert listed(annotator, is_wildfire_alertapi="null") == [unlabelled]
    assert set(listed(annotator, is_wildfire_alertapi="wildfire")) == {smoke, other, unlabelled}


def test_what_is_recorded_between_two_instants_is_found_whatever_their_zone(annotator: Annotator) -> None:
    noon = datetime(2026, 11, 20, 12, tzinfo=UTC)
    early, middle, late = (annotator.add(recorded_at=noon + timedelta(hours=hours)) for hours in (-2, 0, 2))
    assert listed(annotator, recorded_at_gte="2026-11-20T12:00:00", recorded_at_lte="2026-11-20T12:00:00Z") == [middle]
    assert set(listed(annotator, recorded_at_lte="2026-11-20T13:00:00+01:00")) == {early, middle}
    assert listed(annotator, order_by="recorded_at", order_direction="asc") == [early, middle, late]
    assert listed(annotator, order_by="recorded_at") == [late, middle, early]


def test_lanes_of_an_alert_come_together(annotator: Annotator) -> None:
    lanes = [annotator.add(alert_api_id=key, platform_alert_id=77) for key in (77, 1_000_077_001)]
    annotator.add()
    with annotator.http() as client:
        query: dict[str, str | int] = {"source_api": "pyronear_french", "platform_alert_id": 77}
        rows = client.get("/sequences/alert", params=query).json()
        assert [row["id"] for row in rows] == lanes
        assert {row["annotation"]["processing_stage"] for row in rows} == {"ready_to_annotate"}
        assert client.get("/sequences/alert", params=query | {"source_api": "api_cenia"}).status_code == 404
        assert client.get("/sequences/alert", params=query | {"source_api": "nope"}).status_code == 500


def test_detections_are_latest_first_unless_asked_otherwise(annotator: Annotator) -> None:
    sequence = annotator.add(frames=5)
    annotator.add(frames=2)
    with annotator.http() as client:
        query: dict[str, str | int] = {"sequence_id": sequence, "order_by": "recorded_at", "order_direction": "asc"}
        rows = client.get("/detections/", params=query).json()["items"]
        times = [row["recorded_at"] for row in rows]
        assert len(rows) == 5
        assert times == sorted(times)
        assert client.get("/detections/", params={**query, "order_direction": "desc"}).json()["items"] == rows[::-1]
        assert client.get(f"/detections/{rows[0]['id']}").json() == rows[0]
        assert client.get("/detections/").json()["total"] == 7
        assert client.get("/detections/", params={"size": 101}).status_code == 422


def test_a_frame_has_a_url_only_while_its_object_is_there(annotator: Annotator) -> None:
    annotator.add(frames=1)
    frames = annotator.objects
    with annotator.services.reading() as connection:
        key = connection.execute(sa.select(detections.c.bucket_key)).scalar_one()
    assert key.startswith(f"detections/sequence_1/{NOW - timedelta(days=1, minutes=1):%Y%m%d_%H%M%S}_det1_")
    with annotator.http() as client:
        assert client.get("/detections/1/url").json() == {"url": frames.url("annotation-api", key)}
        frames.delete("annotation-api", key)
        assert client.get("/detections/1/url").status_code == 404
        assert client.get("/detections/2/url").status_code == 404


def test_what_there_is_to_choose_from(annotator: Annotator) -> None:
    for number in (1, 2, 2):
        annotator.add(camera_id=number, camera_name=f"ridge-{number}", organisation_id=3, organisation_name="sdis-3")
    with annotator.http() as client:
        assert client.get("/cameras/").json() == [{"id": 1, "name": "ridge-1"}, {"id": 2, "name": "ridge-2"}]
        assert client.get("/organizations/").json() == [{"id": 3, "name": "sdis-3"}]
        assert [row["id"] for row in client.get("/source-apis/").json()] == ["pyronear_french"]


def test_who_annotates_meanwhile_takes_from_the_queue_and_gives_back(annotator: Annotator) -> None:
    ids = [annotator.add() for _ in range(4)]
    with annotator.http() as client:
        body = {"sequence_ids": ids[:2], "false_positive_type": "unlabeled", "is_unsure": False, "force": False}
        done = client.post("/annotations/sequences/bulk", json=body).json()
        assert [it["sequence_id"] for it in done["applied"]] == ids[:2]
        assert set(listed(annotator, processing_stage="ready_to_annotate")) == set(ids[2:])
        back = {"processing_stage": "ready_to_annotate"}
        given_back = done["applied"][0]["annotation_id"]
        client.patch(f"/annotations/sequences/{given_back}", json=back).raise_for_status()
        assert set(listed(annotator, processing_stage="ready_to_annotate")) == {ids[0], *ids[2:]}


def test_a_skipped_alert_stays_listed_and_goes_no_further(annotator: Annotator) -> None:
    sequence = annotator.add(platform_alert_id=5)
    alert: dict[str, Any] = {"source_api": "pyronear_french", "platform_alert_id": 5}
    with annotator.http() as client:
        assert client.post("/sequences/alert/skip", json=alert).status_code == 201
        assert listed(annotator, processing_stage="ready_to_annotate") == [sequence]
        unsure = {"is_unsure": True, "processing_stage": "seq_annotation_done"}
        assert client.patch("/annotations/sequences/1", json=unsure).status_code == 409
        assert client.delete("/sequences/alert/skip", params=alert).status_code == 204
        assert client.patch("/annotations/sequences/1", json=unsure).status_code == 200


def test_boxes_must_be_boxes_of_detections_that_exist(annotator: Annotator) -> None:
    annotator.add(frames=2)

    def patch(*boxes: tuple[int, list[float]]) -> int:
        named = [{"detection_id": number, "xyxyn": box} for number, box in boxes]
        track = {"is_smoke": True, "bboxes": named}
        with annotator.http() as client:
            body = {"annotation": {"sequences_bbox": [track]}}
            return client.patch("/annotations/sequences/1", json=body).status_code

    assert patch((1, [0.1, 0.1, 0.2, 0.2]), (2, [0.1, 0.1, 0.2, 0.2])) == 200
    assert patch((1, [0.2, 0.1, 0.1, 0.2])) == 422
    assert patch((1, [0.1, 0.1, 0.2, 1.2])) == 422
    assert patch((1, [0.1, 0.1, 0.2, 0.2]), (1, [0.3, 0.1, 0.4, 0.2])) == 422
    assert patch((99, [0.1, 0.1, 0.2, 0.2])) == 422


def test_requests_are_seen_delayed_and_failed_on_demand(annotator: Annotator) -> None:
    def busy(asked: Asked) -> Instead | None:
        return Instead(503, {"Retry-After": "0"}) if asked.path == "/cameras/" else None

    with annotator.http() as client:
        annotator.knobs.before_answer = busy
        annotator.knobs.latency = 0.05
        began = time.monotonic()
        assert client.get("/cameras/", params={"a": 1}).status_code == 503
        assert time.monotonic() - began >= 0.05
        annotator.knobs.before_answer = None
        assert client.get("/cameras/").status_code == 200
    seen = [(asked.method, asked.path, asked.query) for asked in annotator.knobs.requests]
    assert seen == [("POST", "/auth/login", {}), ("GET", "/cameras/", {"a": "1"}), ("GET", "/cameras/", {})]
    assert annotator.knobs.most_at_once == 1


def test_names_of_users_are_unique(annotator: Annotator) -> None:
    with pytest.raises(sa.exc.IntegrityError):
        registry.add_user(annotator.services, USERNAME, "other")
