"""The day as it is lived with the real release, asked as an importer asks it; containers live it in every run."""

from __future__ import annotations

import json
import os
import pkgutil
import shlex
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from demo.alert_api.temporal import Scored, TemporalApi
from demo.alert_api.window import distinct_frames, predict_body, prefix_bodies
from demo.client import Client
from demo.day import DAY, SWITCH, SWITCHED
from demo.objects import S3Address
from demo.processes import Children, free_ports
from demo.releases import RunningRelease
from demo.wet_day import WET_DAY
from tests.demo.up import Demo

pytestmark = pytest.mark.chaos
SEED = 5
SEQUENCES = 24


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Demo, dict[str, Any]]]:
    directory = tmp_path_factory.mktemp("demo") / "run"
    running = Demo(directory, "--seed", str(SEED), "--sequences", str(SEQUENCES))
    ready = running.wait_for("ready")
    yield running, {**ready, "dir": directory}
    running.end()


@pytest.fixture(scope="module")
def day(demo: tuple[Demo, dict[str, Any]]) -> dict[str, Any]:
    return demo[1]


@pytest.fixture
def admin(day: dict[str, Any]) -> Iterator[Client]:
    access = day["alert_api"]
    with Client(access["url"], access["login"], access["password"]) as client:
        yield client


def planted(day: dict[str, Any], case: str) -> list[int]:
    return next(it["sequence_ids"] for it in day["planted"] if it["case"] == case)


def test_on_the_wet_day_before_some_alerts_are_to_be_told_and_some_held_back(
    day: dict[str, Any], admin: Client
) -> None:
    wet = {row["id"]: row for row in admin.sequences(WET_DAY)}
    risk = day["risk_api"]
    assert risk["told"]
    assert risk["held"]
    assert not set(risk["told"]) & set(risk["held"])
    assert all(not wet[each]["is_validated"] for each in risk["not_validated"])
    # alert-api knew no class until it was started again: it validated what the gate would have held back.
    early = [row for row in wet.values() if row["max_conf"] < 0.45 and row["is_validated"]]
    late = [row for row in wet.values() if row["max_conf"] < 0.45 and row["started_at"] > "2026-08-13T12"]
    assert len(early) == len(risk["held"])
    assert [(row["is_validated"], row["temporal_model_score"]) for row in late] == [(False, None)]
    account = (risk["login"], risk["password"])
    scores = httpx.get(f"{risk['url']}/scores/{risk['day']}", auth=account, trust_env=False).json()
    assert {row["fwi_class"] for row in scores} <= {"very_low", "low"}


def test_ready_tells_what_an_importer_and_a_replayer_need(day: dict[str, Any]) -> None:
    assert json.loads((day["dir"] / "production.json").read_text()).items() <= day.items()
    assert day["sequences"] == SEQUENCES
    assert day["server_name"] == "demo"
    assert shlex.split(day["release_command"].format(port=8000))[-2:] == ["--port", "8000"]
    assert {version: it["model_version"] for version, it in day["releases"].items()} == {
        "0.3.0": "0.2.0",
        "0.3.1": "0.2.0",
    }
    for release in (*day["releases"].values(), *day["moved"].values()):
        assert Path(release["environment"]["TEMPORAL_API_MODEL_PATH"]).is_file()
    assert day["moved"]["0.3.0"]["model_version"] == "0.2.1"
    assert [it["case"] for it in day["planted"]] == [
        *("continuity_rows", "two_rows_on_one_key", "window_past_ten_frames", "unscored", "fail_open"),
        *("late_detection", "moved_release", "label_changed_later", "altered_frame"),
    ]
    assert set(os.listdir(day["dir"] / "logs")) >= {"alert-api.log", "s3.log", "release-0.3.1.log"}


def queue_of(day: dict[str, Any]) -> set[int]:
    """The sequences that the annotation API lists as ready to be annotated."""
    access = day["annotator"]
    with httpx.Client(base_url=f"{access['url']}/api/v1", trust_env=False, verify=False) as client:
        login = {"username": access["login"], "password": access["password"]}
        token = client.post("/auth/login", json=login).raise_for_status().json()["access_token"]
        client.headers["Authorization"] = f"Bearer {token}"
        query: dict[str, str | int] = {"processing_stage": "ready_to_annotate", "size": 100}
        page = client.get("/sequences/", params=query).raise_for_status().json()
    assert page["pages"] == 1
    return {item["id"] for item in page["items"]}


def test_ready_tells_what_a_puller_and_a_triage_need(day: dict[str, Any]) -> None:
    waiting = queue_of(day)
    assert len(waiting) == day["annotator"]["waiting"] > SEQUENCES
    assert waiting > set(day["annotator"]["smoke"])
    assert 5 <= len(day["annotator"]["smoke"]) < SEQUENCES
    assert waiting > set(day["annotator"]["missing_object"])
    assert [Path(model).parent.name for model in day["triage"]["models"]] == ["0.2.0", "0.2.1"]
    assert all(Path(model).is_file() for model in day["triage"]["models"])
    assert callable(pkgutil.resolve_name(day["triage"]["loader"]))


def test_only_s3_and_the_guard_are_left_running(demo: tuple[Demo, dict[str, Any]], day: dict[str, Any]) -> None:
    assert len(demo[0].children()) == 2


def test_the_planted_sequences_are_what_they_say(admin: Client, day: dict[str, Any]) -> None:
    rows = {case["case"]: admin.detections(case["sequence_ids"][0]) for case in day["planted"]}
    sequences = {row["id"]: row for row in admin.sequences(DAY)}
    first = {case["case"]: sequences[case["sequence_ids"][0]] for case in day["planted"]}
    assert sum(row["bbox"] == "[]" for row in rows["continuity_rows"]) == 2
    assert max(Counter(row["bucket_key"] for row in rows["two_rows_on_one_key"]).values()) == 2
    assert len(distinct_frames(rows["window_past_ten_frames"])) == 14
    assert len(distinct_frames(rows["unscored"])) == 3
    assert (first["unscored"]["temporal_model_score"], first["unscored"]["is_validated"]) == (None, False)
    assert (first["fail_open"]["temporal_model_score"], first["fail_open"]["is_validated"]) == (None, True)
    assert SWITCH < datetime.fromisoformat(first["fail_open"]["started_at"] + "Z") < SWITCHED
    assert first["label_changed_later"]["is_wildfire"] == "wildfire_smoke"
    moved = {row["id"] for row in sequences.values() if row["temporal_api_version"] == "0.3.0"}
    assert moved == set(planted(day, "moved_release"))
    assert 4 <= len(moved) <= 6


def test_the_day_has_labels_drift_and_both_decisions(admin: Client) -> None:
    sequences = admin.sequences(DAY)
    labels = Counter(row["is_wildfire"] for row in sequences)
    assert labels[None] >= 1
    assert labels["wildfire_smoke"] >= 4
    assert labels["other"] >= 4
    scored = [row for row in sequences if row["temporal_model_score"] is not None]
    assert {row["temporal_model_version"] for row in scored} == {"0.2.0"}
    assert {row["is_validated"] for row in scored} == {True, False}
    assert len({row["camera_id"] for row in sequences}) > 4
    frozen = [row for row in scored if row["detections_count"] > 4 and row["temporal_model_score"] > 0.45]
    assert frozen, "no sequence grew after its score froze"


def test_every_scored_sequence_but_the_altered_one_is_reproduced_by_its_release(
    admin: Client, day: dict[str, Any], tmp_path: Path
) -> None:
    (altered,) = planted(day, "altered_frame")
    with Children(tmp_path / "logs") as children:
        for version in ("0.3.0", "0.3.1"):
            (port,) = free_ports(1)
            sequences = [row for row in admin.sequences(DAY) if row["temporal_api_version"] == version]
            some_url = admin.detections(sequences[0]["id"])[0]["url"]
            s3 = S3Address(some_url.split("/")[2]).release_environment()
            command = shlex.split(day["release_command"].format(port=port))
            child = children.start(version, command, {**day["releases"][version]["environment"], **s3})
            url = f"http://127.0.0.1:{port}"
            RunningRelease(url, child).wait_until_healthy()
            temporal = TemporalApi(url)
            bodies = {
                row["id"]: prefix_bodies(rows := admin.detections(row["id"]), rows[0]["url"].split("/")[3])
                for row in sequences
            }
            for row in sequences:
                answers = [temporal.predict(body, DAY) for body in bodies[row["id"]]]
                scores = [answer.probability for answer in answers if isinstance(answer, Scored)]
                assert len(scores) == len(answers)
                recorded = row["temporal_model_score"]
                if row["id"] == altered:
                    assert all(score is not None and abs(score - recorded) > 1e-4 for score in scores)
                else:
                    assert recorded in scores
            temporal.close()


def test_later_changes_one_label_and_brings_late_rows_and_annotators_work(
    demo: tuple[Demo, dict[str, Any]], admin: Client, day: dict[str, Any]
) -> None:
    (relabelled,), (late,) = planted(day, "label_changed_later"), planted(day, "late_detection")
    before = {row["id"]: row for row in admin.sequences(DAY)}
    rows = admin.detections(late)
    waiting = queue_of(day)
    demo[0].say("later")
    annotated = set(demo[0].wait_for("later")["annotated"])
    assert len(annotated) == 5
    assert waiting - queue_of(day) == annotated
    after = {row["id"]: row for row in admin.sequences(DAY)}
    changed = {identity for identity in before if before[identity] != after[identity]}
    assert changed == {relabelled, late}
    assert after[relabelled] == {**before[relabelled], "is_wildfire": "other"}
    names = ("last_seen_at", "detections_count", "max_conf")
    assert after[late] == {**before[late], **{name: after[late][name] for name in names}}
    grown = admin.detections(late)
    assert [row["id"] for row in grown[: len(rows)]] == [row["id"] for row in rows]
    assert len(distinct_frames(grown)) == len(distinct_frames(rows)) + 2
    for row in grown[len(rows) :]:
        created, recorded = (datetime.fromisoformat(row[name]) for name in ("created_at", "recorded_at"))
        assert created - recorded > timedelta(minutes=30)
    assert predict_body(grown, "b") != predict_body(rows, "b")
