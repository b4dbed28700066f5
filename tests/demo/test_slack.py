"""The pretend Slack answers as the real one does, and shows what it took."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from demo.slack import NO_SERVICE, RATE_LIMITED, Sink
from tests.demo.conftest import NO_TLS


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink("alerts") as running:
        yield running


def post(url: str, content: bytes) -> httpx.Response:
    return httpx.post(url, content=content, trust_env=False, verify=NO_TLS)


def test_a_message_is_taken_and_shown(sink: Sink) -> None:
    answer = post(sink.webhook("alerts"), b'{"text": "<fire>"}')
    assert (answer.status_code, answer.text) == (200, "ok")
    shown: list[dict[str, Any]] = httpx.get(f"{sink.url}/messages", trust_env=False, verify=NO_TLS).json()
    assert shown == [{"channel": "alerts", "body": {"text": "<fire>"}, "text": "<fire>"}]
    page = httpx.get(sink.url, trust_env=False, verify=NO_TLS).text
    assert "&lt;fire&gt;" in page
    assert "<fire>" not in page


@pytest.mark.parametrize(
    ("path", "content", "status", "said"),
    [
        ("alerts/secret-alerts", b"{", 400, "invalid_payload"),
        ("alerts/secret-alerts", b"[]", 400, "invalid_payload"),
        ("alerts/secret-alerts", b"{}", 400, "no_text"),
        ("alerts/secret-alerts", b'{"blocks": [{"type": "section", "text": {"text": ""}}]}', 400, "invalid_blocks"),
        ("alerts/wrong", b'{"text": "x"}', 403, "invalid_token"),
        ("gone/secret", b'{"text": "x"}', 404, "no_service"),
    ],
)
def test_what_it_refuses(sink: Sink, path: str, content: bytes, status: int, said: str) -> None:
    answer = post(f"{sink.url}/services/T0DEMO/{path}", content)
    assert (answer.status_code, answer.text) == (status, said)
    assert sink.messages == []


def test_answers_are_given_in_order_then_messages_are_taken(sink: Sink) -> None:
    sink.answer(RATE_LIMITED, None, NO_SERVICE)
    answers = [post(sink.webhook("alerts"), b'{"text": "x"}') for _ in range(4)]
    assert [each.status_code for each in answers] == [429, 200, 404, 200]
    assert answers[0].headers["Retry-After"] == "30"
    assert len(sink.messages) == 2
