"""An object store that is far away and takes hardly any of this machine's CPU, which is the client's to use."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping
from types import TracebackType
from typing import Self


class FarObjects:
    """Serves objects by their path over kept connections, each answer late; in a thread, from `with` to its end."""

    def __init__(self, objects: Mapping[str, bytes], *, latency: float) -> None:
        """`objects`: ``bucket/key`` -> content; `latency`: seconds before every answer."""
        self._objects, self._latency = objects, latency
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self.url = ""

    def __enter__(self) -> Self:
        self._thread.start()
        serving = self._loop.create_server(lambda: _Connection(self._objects, self._latency), "127.0.0.1", 0)
        self._server = asyncio.run_coroutine_threadsafe(serving, self._loop).result()
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._loop.call_soon_threadsafe(self._server.close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


class _Connection(asyncio.Protocol):
    """One client's requests, which come one after another and have no body."""

    def __init__(self, objects: Mapping[str, bytes], latency: float) -> None:
        self._objects, self._latency = objects, latency
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        while b"\r\n\r\n" in self._received:
            head, _, self._received = self._received.partition(b"\r\n\r\n")
            asyncio.get_running_loop().call_later(self._latency, self._answer, head)

    def _answer(self, head: bytes) -> None:
        path = head.split(b" ", 2)[1].partition(b"?")[0].decode().lstrip("/")
        content = self._objects.get(path)
        status = b"404 Not Found" if content is None else b"200 OK"
        body = content or b""
        self._transport.write(b"HTTP/1.1 %b\r\nContent-Length: %d\r\n\r\n" % (status, len(body)) + body)
