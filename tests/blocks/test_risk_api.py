"""risk-api's client: HTTP Basic, patience, one line an error, and that it does nothing but read."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import httpx
import pytest
from tenacity import wait_none

from blocks import risk_api, transport
from blocks.risk_api import RiskApi, RiskApiClient
from blocks.transport import ATTEMPTS
from demo.gate import Asked, Instead
from smokewatch.errors import RunError, UsageError
from smokewatch.settings import load_settings
from tests.annotator import first
from tests.risk_api import PASSWORD, USERNAME, running
from tests.risk_api import RiskApi as RunningRiskApi

DAY = date(2026, 8, 14)
NOON = datetime(2026, 8, 14, 12, tzinfo=UTC)


@pytest.fixture
def risk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningRiskApi]:
    """A risk-api with two cameras; retries that do not wait."""
    monkeypatch.setattr(transport, "BACKOFF", wait_none())
    with running(tmp_path, NOON) as risk:
        risk.add_cameras(1, 2)
        risk.give(DAY, [3.1, None])
        risk.services.load()
        yield risk


def client(risk: RunningRiskApi, **fields: object) -> RiskApiClient:
    values = {"url": risk.url, "login": USERNAME, "password": PASSWORD} | fields
    return RiskApi.model_validate(values).client()


def test_cameras_and_scores_come_as_they_are(risk: RunningRiskApi) -> None:
    with client(risk, url=risk.url + "/") as api:
        assert [(row["id"], row["fwi"], row["fwi_class"]) for row in api.cameras()] == [
            (1, 3.1, "very_low"),
            (2, None, None),
        ]
        assert api.scores(DAY) == [
            {
                "camera_id": 1,
                "date": "2026-08-14",
                "fwi": 3.1,
                "fwi_class": "very_low",
                "fetched_at": "2026-08-14T12:00:00Z",
            },
            {
                "camera_id": 2,
                "date": "2026-08-14",
                "fwi": None,
                "fwi_class": None,
                "fetched_at": "2026-08-14T12:00:00Z",
            },
        ]
        assert api.scores(date(2026, 8, 1)) == []
    assert risk.asked == ["GET /cameras", "GET /scores/2026-08-14", "GET /scores/2026-08-01"]


METHODS = ("POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "TRACE", "PROPFIND", "post")
ROUTES = ("/health", "/cameras", "/cameras/1", "/scores/2026-08-14", "/scores/recompute", "/")


@pytest.mark.parametrize("method", METHODS)
def test_nothing_but_reading_leaves_the_client(risk: RunningRiskApi, method: str) -> None:
    with client(risk) as api:
        http: httpx.Client = api._api
        for route in ROUTES:
            with pytest.raises(PermissionError, match="only ever read"):
                http.request(method, route, params={"start": "2026-08-01", "end": "2026-08-14"})
        assert risk.asked == []
        assert http.get("/cameras").status_code == 200


def test_cameras_that_are_not_loaded_yet_are_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "BACKOFF", wait_none())
    with running(tmp_path, NOON) as risk, client(risk) as api:
        risk.add_cameras(1)

        def load_at_last(asked: Asked) -> None:
            if asked.number == ATTEMPTS:
                risk.services.load()

        risk.knobs.before_answer = load_at_last
        assert [row["id"] for row in api.cameras()] == [1]
        assert risk.asked == ["GET /cameras"] * ATTEMPTS


def test_cameras_that_are_never_loaded_are_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "BACKOFF", wait_none())
    with running(tmp_path, NOON) as risk, client(risk) as api:
        with pytest.raises(RunError, match=r"^http://127.0.0.1:\d+/cameras: the server keeps answering 503$"):
            api.cameras()
        assert len(risk.asked) == ATTEMPTS


@pytest.mark.parametrize(
    "instead",
    [Instead(500), Instead(502), Instead(429), Instead(200, body=b"[", announced=9)],
    ids=["500", "502", "429", "broken connection"],
)
def test_what_may_pass_is_tried_again(risk: RunningRiskApi, instead: Instead) -> None:
    risk.knobs.before_answer = first(ATTEMPTS - 1, instead, "/cameras")
    with client(risk) as api:
        assert len(api.cameras()) == 2


def test_a_server_that_says_nothing_is_given_up_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    assert httpx.Timeout(5) == risk_api._TIMEOUT
    monkeypatch.setattr(risk_api, "_TIMEOUT", httpx.Timeout(0.05))
    monkeypatch.setattr(transport, "BACKOFF", wait_none())
    monkeypatch.setattr(transport, "ATTEMPTS", 2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with (
            RiskApi(url=url, login=USERNAME, password=PASSWORD).client() as api,
            pytest.raises(RunError, match=r"/cameras: timed out$"),
        ):
            api.cameras()


def test_a_server_that_is_not_there_may_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "BACKOFF", wait_none())
    with (
        RiskApi(url="http://127.0.0.1:9", login=USERNAME, password=PASSWORD).client() as api,
        pytest.raises(RunError, match="Connection refused") as caught,
    ):
        api.cameras()
    assert not isinstance(caught.value, UsageError)


@pytest.mark.parametrize("status", [400, 404, 422, 307])
def test_what_will_not_pass_is_not_tried_again(risk: RunningRiskApi, status: int) -> None:
    risk.knobs.before_answer = lambda _asked: Instead(status, {"Location": "/elsewhere"}, b'{"detail": "so it is"}')
    with client(risk) as api, pytest.raises(RunError, match=f"/cameras: answered {status}: so it is"):
        api.cameras()
    assert risk.asked == ["GET /cameras"]


@pytest.mark.parametrize("account", [{"login": "somebody"}, {"password": "hunter2"}, {"login": "", "password": ""}])
def test_a_refused_account_says_what_to_change(risk: RunningRiskApi, account: dict[str, str]) -> None:
    with client(risk, **account) as api, pytest.raises(UsageError) as caught:
        api.cameras()
    assert "RISK_API_LOGIN or RISK_API_PWD is wrong: 401 Invalid credentials" in str(caught.value)
    assert "hunter2" not in str(caught.value)
    assert len(risk.asked) == 1


@pytest.mark.parametrize("body", [b"hello", b"{}", b"[1]", b"null", b'"x"'])
def test_another_server_is_asked_whether_it_is_one(risk: RunningRiskApi, body: bytes) -> None:
    risk.knobs.before_answer = lambda _asked: Instead(200, body=body)
    with client(risk) as api, pytest.raises(RunError, match=r"/scores/2026-08-14: expected a JSON list .* risk-api\?"):
        api.scores(DAY)


def test_the_password_is_in_no_message_and_no_block(risk: RunningRiskApi) -> None:
    block = RiskApi(url=risk.url.replace("//", "//me:hunter2@"), login=USERNAME, password=PASSWORD)
    assert PASSWORD not in repr(block) + json.dumps(block.model_dump(mode="json"))
    risk.knobs.before_answer = lambda _asked: Instead(404)
    with block.client() as api, pytest.raises(RunError) as caught:
        api.cameras()
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("url", ["", "risk-api", "ftp://somewhere", "http://"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(UsageError, match="RISK_API_URL"):
        RiskApi(url=url, login=USERNAME, password=PASSWORD).client()


def test_a_client_that_was_stopped_waits_no_longer(risk: RunningRiskApi, monkeypatch: pytest.MonkeyPatch) -> None:
    risk.knobs.before_answer = lambda _asked: Instead(503, {"Retry-After": "250"})
    with client(risk) as api:
        thread = threading.Timer(0.05, api.stop)
        thread.start()
        with pytest.raises(RunError, match="asks to wait 250 s"):
            api.cameras()
        thread.join()


def test_the_settings_are_all_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RISK_API_URL", "https://risk.example")
    with pytest.raises(UsageError, match=r"^RISK_API_LOGIN and RISK_API_PWD not set: "):
        RiskApi.from_settings(load_settings())
    monkeypatch.setenv("RISK_API_LOGIN", "me")
    monkeypatch.setenv("RISK_API_PWD", "hunter2")
    block = RiskApi.from_settings(load_settings())
    assert (block.url, block.login, block.password.get_secret_value()) == ("https://risk.example", "me", "hunter2")
    assert "hunter2" not in repr(load_settings())
