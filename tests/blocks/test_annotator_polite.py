"""The annotator's client is patient, asks over few connections, and does nothing but read."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from tenacity import wait_none

from blocks import transport
from blocks.annotator import Annotator
from blocks.transport import ATTEMPTS
from demo.gate import Asked, Instead
from smokewatch.errors import RunError
from tests import annotator as demo
from tests.annotator import PASSWORD, READY, USERNAME, first
from tests.blocks.clients import client, ids, seconds
from tests.waiting import until


@pytest.mark.parametrize(
    "instead",
    [Instead(500, body=b"Traceback"), Instead(502), Instead(429), Instead(200, body=b"{", announced=9)],
    ids=["500", "502", "429", "broken connection"],
)
def test_what_may_pass_is_tried_again(annotator: demo.Annotator, instead: Instead) -> None:
    added = annotator.add_many(1)
    annotator.knobs.before_answer = first(ATTEMPTS - 1, instead)
    with client(annotator) as api:
        assert ids(api.sequences(READY)) == added


def test_a_500_that_closes_its_connection_costs_one_more_try(annotator: demo.Annotator) -> None:
    added = annotator.add_many(1)

    def fail(asked: Asked) -> None:
        if asked.number == 2:
            raise RuntimeError("a traceback as text, and the connection's end")

    annotator.knobs.before_answer = fail
    with client(annotator, api_connections=1) as api:
        assert ids(api.sequences(READY)) == added
    assert annotator.paths() == ["/sequences/"] * 2


def test_a_kept_connection_that_is_reset_costs_one_more_try(monkeypatch: pytest.MonkeyPatch) -> None:
    """A request that is on its way while the server closes the connection of a 500."""
    monkeypatch.setattr(transport, "BACKOFF", wait_none())
    answers = [
        (200, {"access_token": "token"}),
        (500, "Traceback"),
        None,
        (200, {"items": [{"id": 1}], "total": 1}),
    ]
    with scripted(answers) as url, Annotator(url=url, login=USERNAME, password=PASSWORD).client() as api:
        assert ids(api.sequences(READY)) == [1]
    assert answers == []


@contextmanager
def scripted(answers: list[Any]) -> Iterator[str]:
    """A server's address; it gives each answer once, status and JSON, or resets the connection."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            answer = answers.pop(0)
            if answer is None:
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.close_connection = True
                return
            body = json.dumps(answer[1]).encode()
            self.send_response(answer[0])
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = _answer  # noqa: N815

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_retry_after_is_honoured(annotator: demo.Annotator) -> None:
    annotator.knobs.before_answer = first(1, Instead(429, {"Retry-After": "1"}))
    with client(annotator) as api:
        began = time.monotonic()
        assert api.sequences(READY) == []
    assert 1 <= time.monotonic() - began < 10


@pytest.mark.parametrize("status", [400, 404, 418, 422])
def test_what_will_not_pass_is_not_tried_again(annotator: demo.Annotator, status: int) -> None:
    annotator.knobs.before_answer = first(99, Instead(status))
    with client(annotator) as api, pytest.raises(RunError, match=f"/api/v1/sequences/: answered {status}"):
        api.sequences(READY)
    assert annotator.paths() == ["/sequences/"]


def test_connections_are_few_and_kept(annotator: demo.Annotator) -> None:
    annotator.add_many(1)
    annotator.knobs.latency = 0.002

    def wait_for_the_other(asked: Asked) -> None:
        if asked.path == "/sequences/":
            until(lambda: annotator.knobs.most_at_once >= 2)

    annotator.knobs.before_answer = wait_for_the_other
    with client(annotator, api_connections=2) as api, ThreadPoolExecutor(8) as threads:
        list(threads.map(api.sequences, [READY] * 40))
    assert (annotator.knobs.most_at_once, len(annotator.ports)) == (2, 2)


METHODS = ("POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "TRACE", "PROPFIND", "post")
READ = ("/sequences/", "/sequences/1", "/detections/", "/detections/1/url")
WRITTEN = ("/auth/login/", "/annotations/sequences/bulk", "/sequences/alert/skip", "/sequences/temporal-score")


def test_nothing_but_reading_leaves_the_client(annotator: demo.Annotator) -> None:
    with client(annotator) as api:
        http: httpx.Client = api._api
        for method in METHODS:
            for route in (*READ, *WRITTEN, "/auth/login"):
                if (method.upper(), route) != ("POST", "/auth/login"):
                    with pytest.raises(PermissionError, match="only ever read"):
                        http.request(method, f"/api/v1{route}")
        assert annotator.requests == []
        assert http.post("/api/v1/auth/login", json={}).status_code == 422


def test_reading_everything_is_one_login_and_gets(annotator: demo.Annotator) -> None:
    annotator.add_detections(annotator.add_many(1)[0], seconds(2))
    with client(annotator) as api:
        for row in api.sequences(READY):
            for detection in api.detections(row["id"]):
                api.frame(detection["id"])
    assert [(asked.method, asked.path) for asked in annotator.requests] == [
        ("POST", "/auth/login"),
        ("GET", "/sequences/"),
        ("GET", "/detections/"),
        ("GET", "/detections/1/url"),
        ("GET", "/detections/2/url"),
    ]
