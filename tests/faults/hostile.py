"""A server that answers with any bytes at all, as slowly as it likes, and remembers what it was asked."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from socketserver import BaseRequestHandler, ThreadingTCPServer

Answer = bytes | Callable[[socket.socket], None]
"""What follows a request: bytes, or whatever is done to the connection. It is closed afterwards."""


class Hostile:
    """A running server. Logins are answered well, everything else as it is told."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.asked: list[bytes] = []
        """Every request but logins: line and headers."""
        self.sent = 0
        """Bytes of answers that connections took."""
        outer = self

        class Handler(BaseRequestHandler):
            def handle(self) -> None:
                with suppress(OSError):
                    outer._serve(self.request)

        class Server(ThreadingTCPServer):
            daemon_threads = True

        self._server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def send(self, connection: socket.socket, content: bytes) -> None:
        """Send, and count it."""
        connection.sendall(content)
        self.sent += len(content)

    def close(self) -> None:
        """End it; connections that are still held end with the test."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _serve(self, connection: socket.socket) -> None:
        connection.settimeout(30)
        request = b""
        while b"\r\n\r\n" not in request:
            part = connection.recv(65536)
            if not part:
                return
            request += part
        head, _, body = request.partition(b"\r\n\r\n")
        length = next(
            (int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0
        )
        while len(body) < length:
            body += connection.recv(65536)
        if b"/login" in head.split(b"\r\n")[0]:
            connection.sendall(json_answer(b'{"access_token": "a-token"}'))
            return
        self.asked.append(head)
        if callable(self.answer):
            self.answer(connection)
        else:
            self.send(connection, self.answer)


def json_answer(body: bytes, *, status: str = "200 OK", headers: str = "", announced: int | None = None) -> bytes:
    """An answer whole, or with another Content-Length than its own."""
    length = len(body) if announced is None else announced
    head = f"HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n{headers}\r\n"
    return head.encode() + body


@contextmanager
def hostile(answer: Answer) -> Iterator[Hostile]:
    """A server, for as long as the test needs it."""
    server = Hostile(answer)
    try:
        yield server
    finally:
        server.close()
