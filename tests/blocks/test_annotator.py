"""The annotator's client: frames, one token, and what the real server answered."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from blocks.annotator import Annotator
from blocks.api_client import ForbiddenError, NotFoundError
from blocks.frame_urls import HostRefusedError, UrlExpiredError
from demo.gate import Asked, Instead
from smokewatch.domain.backlog import BacklogFrame, BacklogSequence
from smokewatch.errors import RunError, UsageError
from tests import annotator as demo
from tests.annotator import GOLDEN, PASSWORD, READY, USERNAME, first
from tests.blocks.clients import START, client, ids


@pytest.fixture
def detection(annotator: demo.Annotator) -> int:
    """The only one."""
    return annotator.add_detections(annotator.add_many(1)[0], [START])[0]


def test_a_frame_is_its_exact_bytes(annotator: demo.Annotator, detection: int) -> None:
    with client(annotator) as api:
        assert api.frame(detection) == str(START).encode()
        assert api.frame_url(detection).startswith(f"http://127.0.0.1:{annotator.objects._server.server_port}/")
    assert all("Authorization" not in headers for headers in annotator.objects.headers)


def test_a_frame_that_is_gone_is_none(annotator: demo.Annotator, detection: int) -> None:
    annotator.objects.objects.clear()
    with client(annotator) as api:
        assert api.frame(detection) is None
        assert api.frame(detection + 1) is None
        with pytest.raises(NotFoundError):
            api.frame_url(detection)


def test_an_url_that_expired_is_asked_for_once_more(annotator: demo.Annotator, detection: int) -> None:
    annotator.objects.before_get = lambda number, _key: annotator.objects.expire_urls() if number == 1 else None
    with client(annotator) as api:
        assert api.frame(detection) == str(START).encode()
        assert annotator.paths() == [f"/detections/{detection}/url"] * 2
        annotator.objects.before_get = lambda _number, _key: annotator.objects.expire_urls()
        with pytest.raises(UrlExpiredError):
            api.frame(detection)
    assert annotator.paths() == [f"/detections/{detection}/url"] * 4


def test_frames_come_from_hosts_that_may_be_asked(annotator: demo.Annotator, detection: int) -> None:
    with client(annotator, frame_hosts="s3.example") as api, pytest.raises(HostRefusedError, match=r"127.0.0.1 is not"):
        api.frame(detection)
    assert annotator.objects.gets == []


def test_one_login_serves_all_threads_and_a_refused_token_is_replaced_once(annotator: demo.Annotator) -> None:
    added = annotator.add_many(1)
    with client(annotator) as api, ThreadPoolExecutor(8) as threads:
        for logins in (1, 2):
            assert [ids(rows) for rows in threads.map(api.sequences, [READY] * 20)] == [added] * 20
            assert annotator.logins() == logins
            annotator.services.jwt_secret = "another secret of at least thirty-two bytes"


def test_a_403_is_no_answer_to_a_good_token(annotator: demo.Annotator) -> None:
    added = annotator.add_many(1)
    annotator.knobs.before_answer = first(1, Instead(403))
    with client(annotator) as api:
        assert ids(api.sequences(READY)) == added
        annotator.knobs.before_answer = first(99, Instead(403, body=b'{"detail": "Not authenticated"}'))
        with pytest.raises(ForbiddenError, match=r"403: Not authenticated$"):
            api.sequences(READY)
    assert annotator.logins() == 3


@pytest.mark.parametrize(
    ("status", "detail", "told"),
    [
        (400, "Inactive user", "the account of ANNOTATOR_API_LOGIN cannot be used: 400 Inactive user"),
        (
            401,
            "Incorrect username or password",
            "ANNOTATOR_API_LOGIN or ANNOTATOR_API_PASSWORD is wrong: 401 Incorrect",
        ),
        (404, "Not Found", "no annotator: 404 Not Found"),
        (200, "hello", "is no annotator: login gave no token"),
    ],
)
def test_a_refused_login_says_what_to_change(annotator: demo.Annotator, status: int, detail: str, told: str) -> None:
    body = json.dumps({"detail": detail}).encode()
    annotator.knobs.before_answer = lambda _asked: Instead(status, body=body)
    with client(annotator, password="hunter2") as api, pytest.raises(UsageError, match=told) as caught:
        api.sign_in()
    assert "hunter2" not in str(caught.value)
    assert len(annotator.requests) == 1


@pytest.mark.parametrize(
    ("account", "told"),
    [
        ({"password": "wrong"}, "ANNOTATOR_API_PASSWORD is wrong: 401 Incorrect username or password"),
        ({"login": "left"}, "the account of ANNOTATOR_API_LOGIN cannot be used: 400 Inactive user"),
    ],
)
def test_the_server_itself_refuses_so(annotator: demo.Annotator, account: dict[str, object], told: str) -> None:
    with client(annotator, **account) as api, pytest.raises(UsageError, match=told):
        api.sign_in()


@pytest.mark.parametrize("url", ["", "annotator", "ftp://somewhere", "http://"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(UsageError, match="ANNOTATOR_API_URL"):
        Annotator(url=url, login=USERNAME, password=PASSWORD).client()


@pytest.fixture(scope="module")
def recorded() -> dict[str, dict[str, Any]]:
    """Calls to the real annotator with their answers, by what they were."""
    calls = json.loads((GOLDEN / "annotator_calls.json").read_text())
    return {call["what"]: call for call in calls}


def replay(call: dict[str, Any]) -> Instead:
    return Instead(call["status"], body=json.dumps(call["response"]).encode())


def test_recorded_answers_are_read(annotator: demo.Annotator, recorded: dict[str, dict[str, Any]]) -> None:
    pages = {"/sequences/": "list page", "/detections/": "detections page", "/detections/94/url": "detection url"}

    def answer(asked: Asked) -> Instead | None:
        if asked.path not in pages:
            return None
        call = json.loads(json.dumps(recorded[pages[asked.path]]))
        call["response"].pop("total", None)  # recorded with two rows a page
        return replay(call)

    annotator.knobs.before_answer = answer
    with client(annotator) as api:
        sequences = [BacklogSequence.from_annotator(row) for row in api.sequences(READY)]
        frames = [BacklogFrame.from_annotator(row) for row in api.detections(12)]
        url = api.frame_url(94)
    assert [sequence.id for sequence in sequences] == [35, 34]
    assert [frame.id for frame in frames] == [90, 89]
    assert url.startswith("http://s3/annotation-api/detections/sequence_12/20261117_160230_det94_a0324c85.jpg?")


@pytest.mark.parametrize(
    ("what", "error"), [("seq 404", NotFoundError), ("size 101", RunError), ("no token", ForbiddenError)]
)
def test_recorded_errors_are_told(
    annotator: demo.Annotator, recorded: dict[str, dict[str, Any]], what: str, error: type[RunError]
) -> None:
    annotator.knobs.before_answer = first(99, replay(recorded[what]))
    with client(annotator) as api, pytest.raises(error, match=f"answered {recorded[what]['status']}: "):
        api.sequences(READY)


def test_a_recorded_bad_token_is_replaced(annotator: demo.Annotator, recorded: dict[str, dict[str, Any]]) -> None:
    annotator.knobs.before_answer = first(1, replay(recorded["bad token"]))
    with client(annotator) as api:
        assert api.sequences(READY) == []
    assert annotator.logins() == 2
