"""The release answers as the recorded temporal API does: shapes, errors, eras, cache, and the same bits every time."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from demo.objects import S3Address, S3Frames, start_s3
from demo.processes import Children
from demo.release.app import create_app
from demo.release.predictor import DetectionCache
from demo.release.settings import Settings, SettingsError
from demo.release.tubes import Box
from demo.releases import AFTERNOON, COMMAND, MODELS, MORNING, start
from demo.scenes import frames, jpeg, sample_scene

RECORDED = Path(__file__).parents[1] / "golden" / "temporal_api_calls.json"
GOLDEN: list[dict[str, Any]] = json.loads(RECORDED.read_text())
BUCKET = "frames"
KEYS = [f"cam12/cam12_2026-06-12T10-{minute:02d}-{second}.jpg" for minute in range(6) for second in ("00", "30")]
MODEL = MODELS / "0.2.0" / "model.zip"


@pytest.fixture(scope="module")
def children(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Children]:
    with Children(tmp_path_factory.mktemp("logs")) as running:
        yield running


@pytest.fixture(scope="module")
def s3(children: Children, tmp_path_factory: pytest.TempPathFactory) -> S3Address:
    address, _ = start_s3(children, tmp_path_factory.mktemp("s3"))
    store = S3Frames(address)
    images = [jpeg(image) for image in frames(sample_scene(17, "smoke"), len(KEYS))]
    for key, data in zip(KEYS, images, strict=True):
        store.put(BUCKET, key, data)
    store.put(BUCKET, "cut.jpg", images[5][: len(images[5]) * 2 // 3])
    store.put(BUCKET, "text.jpg", b"this is no image")
    return address


@pytest.fixture(scope="module")
def settings(s3: S3Address) -> Settings:
    environment = {**s3.release_environment(), "TEMPORAL_API_MODEL_PATH": str(MODEL), "TEMPORAL_API_VERSION": "0.4.0"}
    return Settings.from_environment(environment)


@pytest.fixture(scope="module")
def client(settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(settings)) as running:
        yield running


def shape(value: Any) -> Any:
    """Keys in order and types, to the bottom; a list is the shape of its first element."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    if isinstance(value, list):
        return [shape(item) for item in value[:1]]
    return type(value).__name__


def ask(client: TestClient, body: dict[str, Any], **query: str) -> httpx.Response:
    answer: httpx.Response = client.post("/predict", json=body, params=query)
    return answer


BOTH = {"verbose": "true", "compute_trigger": "true"}


def test_health_has_the_recorded_shape(client: TestClient) -> None:
    recorded = next(call for call in GOLDEN if call["name"] == "health")["response"]
    answer = client.get("/health").json()
    assert list(answer) == list(recorded)
    assert (answer["status"], answer["model_loaded"], answer["model_version"]) == ("ok", True, "0.2.0")


@pytest.mark.parametrize("call", [c for c in GOLDEN if c.get("status") == 200], ids=lambda c: c["name"])
def test_answers_have_the_recorded_shape(client: TestClient, call: dict[str, Any]) -> None:
    body = dict(call["body"])
    if body.get("roi_xyxyn", [0])[0] > 0:
        body["roi_xyxyn"] = [0.0, 0.0, 1.0, 1.0]  # the recorded ROI is about other pictures
    answer = ask(client, body, **call["query"])
    assert answer.status_code == 200
    recorded = call["response"]
    assert list(answer.json()) == list(recorded)
    found, expected = answer.json(), recorded
    if found.get("details", {}).get("tubes") and expected["details"]["tubes"] and found["is_smoke"]:
        found["details"]["tubes"].sort(key=lambda tube: tube.get("first_crossing_frame") is None)
        assert json.dumps(shape(found)) == json.dumps(shape(expected))
    if "details" in expected:
        for part in ("decision", "preprocessing"):
            assert list(found["details"][part]) == list(expected["details"][part])
        for name in ("num_frames_input", "num_truncated", "padded_frame_indices", "detections_source"):
            assert found["details"]["preprocessing"][name] == expected["details"]["preprocessing"][name]


def test_the_scene_of_these_tests_is_seen_as_smoke(client: TestClient) -> None:
    answer = ask(client, {"bucket": BUCKET, "frames": KEYS[2:]}, **BOTH).json()
    assert answer["is_smoke"]
    assert answer["trigger_frame_index"] is not None
    (decisive,) = [
        tube
        for tube in answer["details"]["tubes"]
        if tube["tube_id"] == answer["details"]["decision"]["trigger_tube_id"]
    ]
    assert decisive["first_crossing_frame"] == answer["trigger_frame_index"]
    assert answer["probability"] == max(tube["probability"] for tube in answer["details"]["tubes"])


@pytest.mark.parametrize("call", [c for c in GOLDEN if c.get("status", 200) != 200], ids=lambda c: c["name"])
def test_errors_are_word_for_word_the_recorded_ones(client: TestClient, call: dict[str, Any]) -> None:
    body = {"bucket": BUCKET, **call["body"]}
    answer = ask(client, body)
    assert (answer.status_code, answer.json()) == (call["status"], call["response"])


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({}, "Field required"),
        ({"frames": "a.jpg"}, "Input should be a valid list"),
        ({"frames": ["a.jpg"]}, "no bucket: send one or set TEMPORAL_API_S3_BUCKET"),
        ({"frames": ["a.jpg"], "bucket": "a..b"}, "Value error, bucket is not a valid S3 bucket name: 'a..b'"),
        ({"frames": ["a.jpg"], "source": "ftp"}, "Input should be 's3' or 'local'"),
    ],
)
def test_other_invalid_requests(client: TestClient, body: dict[str, Any], detail: str) -> None:
    answer = ask(client, body)
    assert answer.status_code == 400
    assert answer.json() == {"detail": detail, "code": "invalid_request"}


def test_unknown_fields_and_query_parameters_are_ignored(client: TestClient) -> None:
    body = {"bucket": BUCKET, "frames": KEYS[:4]}
    assert ask(client, {**body, "more": 1}, extra="1").json() == ask(client, body).json()


def test_a_token_guards_predict_but_not_health_and_is_asked_for_first(settings: Settings) -> None:
    guarded = replace(settings, token="secret", model_path=Path("/nowhere/model.zip"))
    with TestClient(create_app(guarded)) as client:
        health = client.get("/health").json()
        refused = ask(client, {"frames": []})
        wrong = client.post("/predict", json={}, headers={"Authorization": "Bearer other"})
        right = {"Authorization": "Bearer secret"}
        invalid = client.post("/predict", json={"frames": []}, headers=right)
        unloaded = client.post("/predict", json={"frames": ["a"], "bucket": BUCKET}, headers=right)
    assert health == {
        "status": "unavailable",
        "model_loaded": False,
        "model_name": None,
        "model_version": None,
        "api_version": "0.4.0",
    }
    assert refused.status_code == wrong.status_code == 401
    assert refused.json() == {"detail": "missing or invalid token", "code": "unauthorized"}
    assert refused.headers["WWW-Authenticate"] == "Bearer"
    assert invalid.status_code == 400
    assert (unloaded.status_code, unloaded.json()["code"]) == (503, "model_not_loaded")


def test_a_file_that_is_no_image_is_an_inference_error(client: TestClient) -> None:
    answer = ask(client, {"bucket": BUCKET, "frames": [*KEYS[:4], "text.jpg"]})
    assert (answer.status_code, answer.json()["code"]) == (500, "inference_error")


def test_an_s3_server_that_is_away_or_refuses_is_unavailable(settings: Settings) -> None:
    for broken in (
        replace(settings, s3_endpoint_url="http://127.0.0.1:9"),
        replace(settings, s3_secret_key="not-the-secret"),
    ):
        with TestClient(create_app(broken)) as client:
            answer = ask(client, {"bucket": BUCKET, "frames": KEYS[:4]})
        assert (answer.status_code, answer.json()["code"]) == (502, "s3_unavailable")


def test_a_truncated_jpeg_is_read_as_far_as_it_goes(settings: Settings) -> None:
    body = {"bucket": BUCKET, "frames": [*KEYS[:5], "cut.jpg"]}
    answers = []
    for _ in range(2):
        with TestClient(create_app(settings)) as client:
            answers.append(ask(client, body, **BOTH))
    assert answers[0].status_code == 200
    assert answers[0].content == answers[1].content


def test_the_early_era_knows_neither_trigger_nor_supplied_detections(settings: Settings) -> None:
    body = {"bucket": BUCKET, "frames": KEYS[2:]}
    with TestClient(create_app(settings)) as client:
        now = ask(client, body, **BOTH).json()
    with TestClient(create_app(replace(settings, era="0.3"))) as client:
        then = ask(client, {**body, "detections": [[]], "source": "local"}, **BOTH).json()
    assert then["probability"] == now["probability"]
    assert list(then) == ["is_smoke", "probability", "version", "details"]
    assert "trigger_tube_id" not in then["details"]["decision"]
    assert "detections_source" not in then["details"]["preprocessing"]
    assert all("first_crossing_frame" not in tube for tube in then["details"]["tubes"])


def test_a_threshold_override_is_told_and_decides(settings: Settings) -> None:
    body = {"bucket": BUCKET, "frames": KEYS[2:]}
    with TestClient(create_app(replace(settings, calibrator_threshold=1.0))) as client:
        answer = ask(client, body, **BOTH).json()
    decision = answer["details"]["decision"]
    assert (decision["threshold"], decision["threshold_overridden"]) == (1.0, True)
    assert 0 < decision["packaged_threshold"] < 1
    assert (answer["is_smoke"], answer["trigger_frame_index"], decision["trigger_tube_id"]) == (False, None, None)


def test_profiling_counts_what_the_detection_cache_knew(settings: Settings) -> None:
    with TestClient(create_app(replace(settings, profile=True))) as client:
        ask(client, {"bucket": BUCKET, "frames": KEYS[:4]})
        profile = ask(client, {"bucket": BUCKET, "frames": KEYS[:6]}, **BOTH).json()["details"]["profiling"]
    assert (profile["n_frames"], profile["cache_hits"], profile["cache_misses"]) == (6, 4, 2)
    assert {"s3_fetch", "detector", "pad", "tubes"} <= set(profile["stages_ms"])


def test_the_cache_goes_by_the_stem_of_the_key_and_forgets_the_oldest() -> None:
    cache, boxes = DetectionCache(2), [Box(0.5, 0.5, 0.1, 0.1, 0.9)]
    cache.put("a/one.jpg", boxes)
    assert cache.get("b/one.png") == boxes
    cache.put("two.jpg", [])
    assert cache.get("one.jpg") == boxes
    cache.put("three.jpg", [])
    assert cache.get("two.jpg") is None
    nothing = DetectionCache(0)
    nothing.put("one.jpg", boxes)
    assert nothing.get("one.jpg") is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TEMPORAL_API_CALIBRATOR_THRESHOLD", "1.2"),
        ("TEMPORAL_API_PORT", "http"),
        ("TEMPORAL_API_FRAME_SOURCE", "ftp"),
        ("DEMO_RELEASE_ERA", "0.2"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        Settings.from_environment({name: value})


@pytest.mark.chaos  # two more releases
def test_two_processes_asked_in_other_orders_answer_with_the_same_bits(children: Children, s3: S3Address) -> None:
    requests: list[dict[str, Any]] = [{"bucket": BUCKET, "frames": KEYS[:count]} for count in (4, 6, 9, 12)]
    requests.append({"bucket": BUCKET, "frames": KEYS[2:], "roi_xyxyn": [0.2, 0.2, 0.8, 0.8]})
    running = [start(children, AFTERNOON, s3, COMMAND), start(children, AFTERNOON, s3, COMMAND)]
    answers: list[dict[int, bytes]] = []
    for release, order in zip(running, ([0, 1, 2, 3, 4], [3, 4, 0, 2, 1]), strict=True):
        release.child.wait_until(release.is_healthy)
        with httpx.Client(base_url=release.url, timeout=120, trust_env=False) as client:
            given = {at: client.post("/predict", params=BOTH, json=requests[at]).content for at in order}
            again = {at: client.post("/predict", params=BOTH, json=requests[at]).content for at in order}
        assert given == again
        answers.append(given)
        children.stop(release.child)
    assert answers[0] == answers[1]
    assert len({json.loads(answer)["probability"] for answer in answers[0].values()}) == len(requests)


@pytest.mark.chaos  # a release more
def test_an_early_release_runs_as_a_process_and_says_its_version(children: Children, s3: S3Address) -> None:
    release = start(children, MORNING, s3, COMMAND)
    release.child.wait_until(release.is_healthy)
    assert httpx.get(f"{release.url}/health", trust_env=False).json()["api_version"] == "0.3.0"
    children.stop(release.child)
