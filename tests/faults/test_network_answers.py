"""Whatever an outside API answers, people see one line, memory and time have bounds, and no token goes elsewhere.

What the APIs' own misbehaviour costs is tested where they are: `tests/importing/test_polite.py` (5xx, 429,
Retry-After, tokens, hosts), `tests/blocks/test_annotator_polite.py`, `tests/blocks/test_risk_api.py`,
`tests/docker/test_replay.py` (releases).
"""

from __future__ import annotations

import gzip
import socket
import threading
import time
import tracemalloc
from collections.abc import Callable
from datetime import date

import pytest
from tenacity import wait_none

from blocks import frame_urls, transport
from blocks.alert_api import AlertApi
from blocks.annotator import Annotator
from blocks.frame_urls import FrameFetcher
from blocks.risk_api import RiskApi
from blocks.transport import ATTEMPTS, Patience
from smokewatch.errors import RunError
from smokewatch.store.frame_bucket import FrameBucket
from smokewatch.store.frames import FrameLostError
from tasks.stacks import client as release_client
from tasks.stacks.client import NoAnswerError, ReleaseClient, TooSlowError
from tests.faults.hostile import Hostile, hostile, json_answer
from tests.marks import chaos

DAY = date(2026, 8, 14)
MIB = 1024**2
SHA256 = "0" * 64


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "BACKOFF", wait_none())


def alert_api(url: str) -> object:
    with AlertApi.model_validate({"url": url, "login": "me", "password": "hunter2"}).client() as api:
        return list(api.sequences_of(DAY))


def annotator(url: str) -> object:
    with Annotator.model_validate({"url": url, "login": "me", "password": "hunter2"}).client() as api:
        return api.sequences("ready_to_annotate")


def risk_api(url: str) -> object:
    with RiskApi.model_validate({"url": url, "login": "me", "password": "hunter2"}).client() as api:
        return api.scores(DAY)


def frame(url: str) -> object:
    fetcher = FrameFetcher(connections=1, hosts=["127.0.0.1"], api_address=lambda: None, patience=Patience())
    try:
        return fetcher.fetch(f"{url}/bucket/key?Signature=secret-signature")
    finally:
        fetcher.close()


Read = Callable[[str], object]
APIS = [alert_api, annotator, risk_api]
EVERY = [*APIS, frame]


def told(read: Read, server: Hostile) -> str:
    """The error's one line, which tells no secret."""
    with pytest.raises(RunError) as caught:
        read(server.url)
    line = str(caught.value)
    assert "\n" not in line
    assert len(line) < 500
    assert not any(secret in line for secret in ("hunter2", "a-token", "secret-signature"))
    return line


def endless(server: Hostile, connection: socket.socket) -> None:
    server.send(connection, b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
    for _ in range(1000):
        server.send(connection, b" " * MIB)


@pytest.mark.parametrize("read", EVERY)
def test_of_a_gigabyte_no_more_than_the_limit_is_read(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "LARGEST_ANSWER", MIB)
    monkeypatch.setattr(frame_urls, "LARGEST_FRAME", MIB)
    with hostile(b"") as server:
        server.answer = lambda connection: endless(server, connection)
        assert "more than 1 MiB" in told(read, server)
        assert len(server.asked) == 1
        assert server.sent < 32 * MIB  # what the kernel holds on its way


@pytest.mark.chaos
@pytest.mark.parametrize("read", EVERY)
def test_memory_has_the_limits_bound(read: Read) -> None:
    with hostile(b"") as server:
        server.answer = lambda connection: endless(server, connection)
        tracemalloc.start()
        assert "more than" in told(read, server)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert most < 3 * max(transport.LARGEST_ANSWER, frame_urls.LARGEST_FRAME)


@pytest.mark.parametrize("read", APIS)
def test_an_answer_that_unpacks_to_a_gigabyte_is_given_up(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "LARGEST_ANSWER", MIB)
    bomb = gzip.compress(bytes(2 * MIB))
    with hostile(json_answer(bomb, headers="Content-Encoding: gzip\r\n")) as server:
        assert "more than 1 MiB" in told(read, server)


@pytest.mark.parametrize("read", EVERY)
def test_an_answer_that_comes_byte_by_byte_is_given_up(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    def drip(connection: socket.socket) -> None:
        # Only now: the login before it may take its time.
        monkeypatch.setattr(transport, "LONGEST_ANSWER", 0.05)
        monkeypatch.setattr(frame_urls, "LONGEST_FRAME", 0.05)
        server.send(connection, b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
        while True:
            server.send(connection, b" ")
            time.sleep(0.01)

    with hostile(drip) as server:
        assert "no end after" in told(read, server)
        assert len(server.asked) == 1


HALVES = {
    "shorter than announced": json_answer(b"[", announced=1000),
    "a chunk cut off": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\n[",
    "no last chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n[]\r\n",
    "headers cut off": b"HTTP/1.1 200 OK\r\nContent-Le",
    "nothing": b"",
    "no HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 220 smtp ready\r\n\r\n",
    "headers without an end": b"HTTP/1.1 200 OK\r\n" + b"X-A: " + b"a" * 300_000,
    "broken compression": json_answer(b"no gzip at all", headers="Content-Encoding: gzip\r\n"),
    "503 SlowDown": json_answer(b"<Error><Code>SlowDown</Code></Error>", status="503 Slow Down"),
}


@pytest.mark.parametrize("answer", HALVES.values(), ids=HALVES)
@pytest.mark.parametrize("read", [alert_api, chaos(annotator), chaos(risk_api), frame])
def test_half_an_answer_is_none_and_is_asked_for_again(read: Read, answer: bytes) -> None:
    if read is frame and b"gzip" in answer:
        return  # bytes come as they are stored: nothing is unpacked
    with hostile(answer) as server:
        told(read, server)
        assert len(server.asked) == ATTEMPTS


GARBAGE = {
    "a page": b"<html>Welcome to nginx!</html>",
    "half a document": b'[{"id": 1',
    "no UTF-8": b'[{"id": "\xff\xfe"}]',
    "nested deeply": b"[" * 200_000,
    "a number with too many digits": b"[" + b"9" * 5000 + b"]",
    "of another shape": b'{"items": {"total": 1}}',
}


@pytest.mark.parametrize("body", GARBAGE.values(), ids=GARBAGE)
@pytest.mark.parametrize("read", [alert_api, chaos(annotator), chaos(risk_api)])
def test_garbage_is_told_from_an_answer(read: Read, body: bytes) -> None:
    with hostile(json_answer(body, headers="Content-Type: text/html\r\n")) as server:
        assert "expected a JSON" in told(read, server)
        assert len(server.asked) == 1


@pytest.mark.parametrize("status", ["301 Moved", "307 Temporary Redirect"])
@pytest.mark.parametrize("read", [alert_api, annotator, risk_api, frame])
def test_no_redirect_is_followed_and_no_token_goes_elsewhere(read: Read, status: str) -> None:
    with hostile(json_answer(b"[]")) as other, hostile(b"") as server:
        server.answer = json_answer(b"", status=status, headers=f"Location: {other.url}/api/v1/\r\n")
        assert f"answered {status[:3]}" in told(read, server)
        assert (len(server.asked), other.asked) == (1, [])


@pytest.mark.parametrize("after", ["99999999999999999999", "9" * 400, "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_nobody_waits_for_ever(after: str) -> None:
    with hostile(json_answer(b"", status="429 Too Many Requests", headers=f"Retry-After: {after}\r\n")) as server:
        assert "keeps answering 429 and asks to wait" in told(alert_api, server)
        assert len(server.asked) == 1


@pytest.mark.parametrize("answer", HALVES.values(), ids=HALVES)
def test_half_an_answer_of_a_release_is_none(answer: bytes) -> None:
    if b" 503 " in answer:
        return  # an answer, with a status of its own
    with hostile(answer) as server:
        client = ReleaseClient(server.url, predict_seconds=5)
        with pytest.raises(NoAnswerError) as caught:
            client.predict(b"{}")
        client.close()
    assert "\n" not in str(caught.value)


def test_a_releases_answer_has_an_end_in_size_and_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(release_client, "_MAX_ANSWER_BYTES", MIB)
    with hostile(b"") as server:
        server.answer = lambda connection: endless(server, connection)
        client = ReleaseClient(server.url, predict_seconds=5)
        with pytest.raises(NoAnswerError, match="larger than"):
            client.predict(b"{}")
        client.close()
        assert server.sent < 32 * MIB


DRIPS = {
    "headers": b"HTTP/1.1 200 OK\r\nX-Endless: ",
    "informational answers": b"HTTP/1.1 102 Processing\r\n\r\n",
    "a body": b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n",
    "a body without length": b"HTTP/1.1 200 OK\r\n\r\n",
}


@pytest.mark.parametrize("what", DRIPS)
def test_a_release_that_answers_byte_by_byte_is_cut_off(what: str) -> None:
    given_up = threading.Event()

    def drip(connection: socket.socket) -> None:
        connection.sendall(DRIPS[what])
        more = DRIPS[what] if "informational" in what else b"1"
        for _ in range(100):
            if given_up.wait(0.05):
                return
            connection.sendall(more)

    with hostile(drip) as server:
        client = ReleaseClient(server.url, predict_seconds=0.5)
        try:
            with pytest.raises(TooSlowError, match=r"within 0\.5 s"):
                client.predict(b"{}")
        finally:
            given_up.set()
            client.close()


LISTING = json_answer(b'<?xml version="1.0"?><ListBucketResult><Name>frames</Name></ListBucketResult>')


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (json_answer(b"other bytes than it is named by"), FrameLostError),
        (json_answer(b"", announced=1000), RunError),
        (json_answer(b"<Error><Code>SlowDown</Code></Error>", status="503 Slow Down"), RunError),
        (json_answer(b"<html>", status="400 Bad Request"), RunError),
    ],
    ids=["wrong bytes", "half an object", "SlowDown", "no S3 server"],
)
def test_a_store_that_gives_other_bytes_is_told(
    answer: bytes, error: type[RunError], monkeypatch: pytest.MonkeyPatch
) -> None:
    with hostile(LISTING) as server:
        for name, value in {
            "AWS_ENDPOINT_URL": server.url,
            "AWS_ACCESS_KEY_ID": "me",
            "AWS_SECRET_ACCESS_KEY": "hunter2",
            "AWS_REGION": "eu-west-3",
        }.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr("smokewatch.store.s3._BACKOFF_SECONDS", 0.0)
        frames = FrameBucket.open("s3://frames/x")
        server.answer = answer
        with pytest.raises(error) as caught:
            frames.read(SHA256)
    assert "\n" not in str(caught.value)
    assert "hunter2" not in str(caught.value)
