"""What stands in front of a pretend server for a test: it sees every request, and may answer late or badly."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import parse_qsl

from starlette.types import ASGIApp, Message, Receive, Scope, Send

PREFIX = "/api/v1"


@dataclass(frozen=True)
class Asked:
    """A request that reached the server."""

    number: int
    method: str
    path: str
    """Below ``/api/v1``."""
    query: dict[str, str]
    """The last value of each name."""


@dataclass(frozen=True)
class Instead:
    """What the server answers when it does not answer."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"{}"
    announced: int | None = None
    """Content-Length, when another than the body's: the connection breaks."""


class Gated(Protocol):
    """What the gate reads and writes: a test changes it while the server runs."""

    requests: list[Asked]
    """What the server was asked, in order."""
    before_answer: Callable[[Asked], Instead | None] | None
    """May look, wait, or answer instead; runs in a thread."""
    most_at_once: int
    """How many requests the server had to answer at the same time."""
    latency: float
    """Seconds before every answer."""


@dataclass
class Knobs:
    """A :class:`Gated` of its own."""

    requests: list[Asked] = field(default_factory=list)
    before_answer: Callable[[Asked], Instead | None] | None = None
    most_at_once: int = 0
    latency: float = 0.0


class Gate:
    """In front of an app, as ASGI middleware."""

    def __init__(self, app: ASGIApp, gated: Gated) -> None:
        self._app, self._gated, self._at_once = app, gated, 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        gated = self._gated
        query = dict(parse_qsl(scope["query_string"].decode()))
        asked = Asked(len(gated.requests) + 1, scope["method"], scope["path"].removeprefix(PREFIX), query)
        gated.requests.append(asked)
        self._at_once += 1
        gated.most_at_once = max(gated.most_at_once, self._at_once)

        async def send_counting(message: Message) -> None:
            if message["type"] == "http.response.body" and not message.get("more_body"):
                self._at_once -= 1
            await send(message)

        await asyncio.sleep(gated.latency)
        before = gated.before_answer
        instead = None if before is None else await asyncio.to_thread(before, asked)
        await self._answer(instead, scope, receive, send_counting)

    async def _answer(self, instead: Instead | None, scope: Scope, receive: Receive, send: Send) -> None:
        if instead is None:
            await self._app(scope, receive, send)
            return
        length = len(instead.body) if instead.announced is None else instead.announced
        headers = [(name.lower().encode(), value.encode()) for name, value in instead.headers.items()]
        headers.append((b"content-length", str(length).encode()))
        await send({"type": "http.response.start", "status": instead.status, "headers": headers})
        await send({"type": "http.response.body", "body": instead.body})
