"""A pretend Slack: incoming webhooks that record what they are told, with Slack's own answers."""

from __future__ import annotations

import html
import json
import threading
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, PlainTextResponse

from demo.gate import Gate, Instead, Knobs
from demo.serving import AppServer

OK = "ok"


@dataclass(frozen=True)
class Posted:
    """A message that was taken."""

    channel: str
    body: dict[str, Any]
    headers: dict[str, str]

    @property
    def text(self) -> str:
        """As people read it."""
        blocks = [str(block.get("text", {}).get("text", "")) for block in self.body.get("blocks", [])]
        return "\n".join([str(self.body.get("text", "")), *blocks])


@dataclass
class Channels:
    """What the sink knows: its webhooks, and what was posted to them, in order."""

    tokens: dict[str, str] = field(default_factory=dict)
    """Channel -> the last part of its webhook's address."""
    messages: list[Posted] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


class Sink(AppServer):
    """A Slack served on a free port of 127.0.0.1 by a thread of this process, from `with` to its end."""

    def __init__(self, *channels: str) -> None:
        self.channels = Channels({channel: f"secret-{channel}" for channel in channels})
        super().__init__(create_app(self.channels))
        self.knobs = Knobs()
        """What it was asked, and how it answers late or badly."""
        self.app.add_middleware(Gate, gated=self.knobs)

    @property
    def messages(self) -> list[Posted]:
        """What was posted, in order."""
        return self.channels.messages

    def webhook(self, channel: str) -> str:
        """A channel's webhook."""
        return f"{self.url}/services/T0DEMO/{channel}/{self.channels.tokens[channel]}"

    def answer(self, *answers: Instead | None) -> None:
        """Give these answers to the next messages, in order, instead of taking them; None: take it."""
        left = list(answers)
        self.knobs.before_answer = lambda asked: left.pop(0) if left and asked.method == "POST" else None


RATE_LIMITED_A_MOMENT = Instead(429, {"Retry-After": "1"}, b"rate_limited")
RATE_LIMITED = Instead(429, {"Retry-After": "30", "Content-Type": "text/plain"}, b"rate_limited")
ACTION_PROHIBITED = Instead(403, {}, b"action_prohibited")
NO_SERVICE = Instead(404, {}, b"no_service")
ROLLUP_ERROR = Instead(500, {}, b"rollup_error")
"""Slack's answers, as an incoming webhook gives them."""


def create_app(channels: Channels) -> FastAPI:
    """The app over these channels."""
    app = FastAPI(title="Slack")

    @app.post("/services/{team}/{channel}/{token}")
    async def post(request: Request, team: str, channel: str, token: str) -> PlainTextResponse:
        if channel not in channels.tokens:
            return PlainTextResponse("no_service", 404)
        if token != channels.tokens[channel]:
            return PlainTextResponse("invalid_token", 403)
        try:
            body = json.loads(await request.body())
        except ValueError:
            return PlainTextResponse("invalid_payload", 400)
        if not isinstance(body, dict):
            return PlainTextResponse("invalid_payload", 400)
        if not body.get("text") and not body.get("blocks"):
            return PlainTextResponse("no_text", 400)
        if not _valid(body.get("blocks", [])):
            return PlainTextResponse("invalid_blocks", 400)
        with channels.lock:
            channels.messages.append(Posted(channel, body, dict(request.headers)))
        return PlainTextResponse(OK)

    @app.get("/messages")
    def messages() -> list[dict[str, Any]]:
        """Everything that was posted."""
        with channels.lock:
            return [{"channel": each.channel, "body": each.body, "text": each.text} for each in channels.messages]

    @app.get("/", response_class=HTMLResponse)
    def page() -> str:
        """The same for people, newest first."""
        with channels.lock:
            told = [(html.escape(each.channel), html.escape(each.text)) for each in reversed(channels.messages)]
        shown = [f"<h3>#{channel}</h3><pre>{text}</pre>" for channel, text in told]
        body = "".join(shown) or "<p>Nothing yet.</p>"
        return f"<!doctype html><meta charset=utf-8><title>Slack</title>{body}"

    return app


def _valid(blocks: object) -> bool:
    """What Slack asks of sections: at most 50, a text of 1 to 3000 characters each."""
    if not isinstance(blocks, list) or len(blocks) > 50:
        return False
    texts = [block.get("text", {}).get("text", "") for block in blocks if isinstance(block, dict)]
    return len(texts) == len(blocks) and all(isinstance(text, str) and 0 < len(text) <= 3000 for text in texts)
