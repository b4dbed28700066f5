"""``GET /api/sequences/{key}``: what the detail pane shows."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from typing import Any

import pytest
from httpx import Client

from smokewatch.store import tables as t
from tests.store.filled import KEYS, NOW, STARTED, Store, an_answer
from tests.viewer.stores import Look, detail, rows_of


def verbose(probability: float, **details: Any) -> dict[str, Any]:
    answer = an_answer(probability)
    tube = {
        "tube_id": 1,
        "start_frame": 0,
        "end_frame": 5,
        "logit": 1.5,
        "probability": probability,
        "entries": [
            {"frame_idx": 1, "bbox": [0.5, 0.5, 0.2, 0.1], "is_gap": False, "confidence": 0.4},
            {"frame_idx": 2, "bbox": [0.6, 0.5, 0.2, 0.1], "is_gap": True, "confidence": 0.0},
        ],
    }
    answer["details"] |= {"preprocessing": {"padded_frame_indices": [0, 5]}, "tubes": [tube], **details}
    return answer


def test_every_row_has_its_detail_and_they_agree(many: Client) -> None:
    for row in rows_of(many)[:120]:
        shown = detail(many, row["key"])
        assert shown["key"] == row["key"]
        assert shown["organization"] | {"source": row["source"]} == row["organization"] | {"source": row["source"]}
        assert (shown["camera"]["id"], shown["camera"]["name"]) == (row["camera"]["id"], row["camera"]["name"])
        assert (shown["label"], shown["label_detail"]) == (row["label"], row["label_detail"])
        assert (shown["recorded"]["score"], shown["decision"]) == (row["recorded_score"], row["decision"])
        assert len([frame for frame in shown["frames"] if frame["current"]]) == row["frames"]
        assert bool(shown["contradicts"]) == bool(row["contradicts"])
        assert (shown["deleted_at"] is not None) == bool(row["deleted"])
        verdict = shown["verdict"] or {"match": "not_replayed"}
        assert verdict["match"] == row["match"]
        if row["match"] in ("exact", "window", "unexplained"):
            assert verdict["current"] is True
            matched, full = shown["windows"]["matched"], shown["windows"]["full"]
            assert (matched["probability"], full["probability"]) == (row["replayed_score"], row["full_score"])
            assert matched["request_sha256"] == verdict["request_sha256"]
            if row["match"] != "unexplained":
                assert (matched == full) == (row["match"] == "exact")
            for window in (matched, full):
                keys = [shown["frames"][number]["bucket_key"] for number in window["frames"]]
                assert keys == json.loads(window["request"])["frames"]
        else:
            assert shown["windows"] == {"matched": None, "full": None}


def test_a_window_is_told_with_its_exact_texts(store: Store, look: Look) -> None:
    store.sequence()
    answer = verbose(0.9)
    store.answer("full", KEYS, answer)
    store.verdict(full_ledger_key="full", ledger_key="full", matched_frames=4, release_identity="sha256:r")
    window = detail(look())["windows"]["full"]
    request = json.dumps({"bucket": "b", "frames": KEYS})
    assert (window["request"], window["answer"]) == (request, json.dumps(answer))
    assert window["request_sha256"] == hashlib.sha256(request.encode()).hexdigest()
    assert (window["frames"], window["roi_xyxyn"]) == ([0, 1, 2, 3], None)
    assert window["details"]["preprocessing"]["padded_frame_indices"] == [0, 5]
    [tube] = window["details"]["tubes"]["kept"]
    assert tube["stabilized_window"] == pytest.approx([0.5, 0.5, 0.2, 0.1])
    assert (window["trigger_frame_index"], window["trigger_image"]) == (None, None)


def test_trigger_fields_come_from_the_newer_image_that_reproduced_it(store: Store, look: Look) -> None:
    store.replayed()
    newer = verbose(0.9) | {"trigger_frame_index": 2}
    newer["details"]["decision"]["trigger_tube_id"] = 1
    store.enrich(1, newer)
    window = detail(look())["windows"]["matched"]
    assert (window["trigger_frame_index"], window["trigger_image"]) == (2, "dev-1")
    assert json.loads(window["answer"]) == an_answer(0.9)


def test_frames_are_numbered_by_first_row_and_hold_all_boxes(store: Store, look: Look) -> None:
    store.sequence(keys=("a.jpg", "b.jpg", "a.jpg", "c.jpg"), missing=frozenset({"c.jpg"}))
    with store.catalog.write() as connection:
        boxes = t.detections.update().values(bbox="[(0.1,0.2,0.3,0.4,0.5)]")
        connection.execute(boxes.where(t.detections.c.id.in_([100, 102])))
    frames = detail(look())["frames"]
    assert [(frame["n"], frame["bucket_key"], frame["detection_ids"]) for frame in frames] == [
        (0, "a.jpg", [100, 102]),
        (1, "b.jpg", [101]),
        (2, "c.jpg", [103]),
    ]
    assert frames[0]["boxes"] == [[0.1, 0.2, 0.3, 0.4, 0.5]] * 2
    assert (frames[1]["boxes"], frames[2]["sha256"], frames[2]["url"]) == ([], None, None)
    assert frames[0]["created_at"] == STARTED.isoformat().replace("+00:00", "Z")


def test_frames_of_an_earlier_revision_that_a_window_held_come_last(store: Store, look: Look) -> None:
    store.replayed()
    store.sequence(keys=("k0.jpg", "k1.jpg", "k2.jpg", "new.jpg"), first_detection=100)
    client = look()
    shown = detail(client)
    assert shown["verdict"]["current"] is False
    assert [(frame["bucket_key"], frame["current"]) for frame in shown["frames"]] == [
        *(("k0.jpg", True), ("k1.jpg", True), ("k2.jpg", True), ("new.jpg", True), ("k3.jpg", False)),
    ]
    assert shown["windows"]["full"]["frames"] == [0, 1, 2, 4]
    assert client.get(shown["frames"][4]["url"]).content == b"1 k3.jpg"
    assert rows_of(client)[0]["frames"] == 4


def test_a_label_alone_does_not_age_a_verdict_but_a_score_does(store: Store, look: Look) -> None:
    store.replayed()
    store.verdict(full_ledger_key="full-1", ledger_key="full-1", api_version="0.4.0")
    client = look()
    assert detail(client)["verdict"]["current"] is True
    store.sequence(label="other", first_detection=100)
    assert detail(client)["verdict"]["current"] is True
    store.sequence(label="other", first_detection=100, score=0.8)
    assert detail(client)["verdict"]["current"] is False


def test_who_has_a_sequence_hears_of_it_again_when_it_changes(store: Store, look: Look) -> None:
    store.sequence(label=None)
    client, url = look(), "/api/sequences/alert-api_1"
    held = client.get(url)
    again = client.get(url, headers={"If-None-Match": held.headers["etag"]})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", held.headers["etag"])
    store.sequence(label="other")
    changed = client.get(url, headers={"If-None-Match": held.headers["etag"]})
    assert changed.status_code == 200
    assert changed.json()["label"] == "fp"


def test_history_is_told_oldest_first(store: Store, look: Look) -> None:
    store.sequence(label=None)
    store.verdict(verdict="dropped", drop_reason="stack_unhealthy")
    store.replayed(label="other")
    shown = detail(look())
    assert [each["is_wildfire"] for each in shown["outcomes"]] == [None, "other"]
    assert [(each["match"], each["drop_reason"]) for each in shown["verdicts"]] == [
        ("dropped", "stack_unhealthy"),
        ("exact", None),
    ]


def test_alerts_it_is_in_are_told_and_those_it_left_are_not(store: Store, look: Look) -> None:
    store.sequence()
    times = {"started_at": NOW, "last_seen_at": NOW, "updated_at": NOW}
    for number, gone in ((1, None), (2, NOW)):
        with store.catalog.write() as connection:
            connection.execute(t.alerts.insert(), times | {"source": "alert-api", "id": number, "organization_id": 2})
            link = {"source": "alert-api", "alert_id": number, "sequence_id": 1, "seen_at": NOW, "gone_at": gone}
            connection.execute(t.alert_sequences.insert(), link)
    assert detail(look())["alerts"] == [{"id": 1, "started_at": "2026-08-15T00:00:00Z"}]


def test_contradicting_sequences_are_named(store: Store, look: Look) -> None:
    store.sequence(1)
    store.sequence(2, first_detection=200, label="other")
    store.sequence(3, first_detection=300, label="other")
    shared = hashlib.sha256(b"1 k0.jpg").hexdigest()
    with store.catalog.write() as connection:
        same = t.detections.update().where(t.detections.c.id.in_([200, 300])).values(frame_sha256=shared)
        connection.execute(same)
    client = look()
    assert [detail(client, f"alert-api_{number}")["contradicts"] for number in (1, 2, 3)] == [
        ["alert-api_2", "alert-api_3"],
        ["alert-api_1"],
        ["alert-api_1"],
    ]
    store.sequence(1, label="other")  # agreed since
    store.sequence(4, first_detection=400, started=STARTED + timedelta(days=1))


def test_a_deleted_sequence_is_shown_and_said_to_be(store: Store, look: Look) -> None:
    store.sequence()
    with store.catalog.write() as connection:
        connection.execute(t.sequences.update().values(deleted_at=NOW))
    client = look()
    assert detail(client)["deleted_at"] == "2026-08-15T00:00:00Z"
    assert rows_of(client)[0]["deleted"] == 1


def test_a_damaged_answer_is_a_problem_that_says_so(store: Store, look: Look) -> None:
    store.sequence()
    store.answer("full", KEYS, {"probability": 7})
    store.verdict(full_ledger_key="full", ledger_key="full", release_identity="sha256:r")
    client = look()
    assert rows_of(client)[0]["match"] == "exact"
    reply = client.get("/api/sequences/alert-api_1")
    assert reply.status_code == 503
    assert "an answer in the ledger cannot be read" in reply.json()["detail"]


@pytest.mark.parametrize(
    "key",
    [
        "alert-api_2",
        "nobody_1",
        "alert-api",
        "_1",
        "alert-api_",
        "alert-api_1x",
        "alert-api_" + "9" * 30,
        "alert-api_١",
    ],
)
def test_an_unknown_sequence_is_a_problem(store: Store, look: Look, key: str) -> None:
    store.sequence()
    client = look()
    for route in (f"/api/sequences/{key}", f"/api/sequences/{key}/frames/0"):
        reply = client.get(route)
        assert (reply.status_code, reply.headers["content-type"]) == (404, "application/problem+json")
        assert reply.json()["hint"]
