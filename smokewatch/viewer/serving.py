"""Serving the page: one socket, one process, until Ctrl-C."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.config import LOGGING_CONFIG

from smokewatch.errors import UsageError

_CLOSING_SECONDS = 1


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens there; port 0: any free one.

    Raises:
        UsageError: when the port is taken, or the host is not this machine's.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)[0]
        listening = socket.socket(family, kind, protocol)
    except (OSError, UnicodeError) as error:
        raise UsageError(f"--host {host}: no address of this machine: {error}") from error
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(128)
    except (OSError, OverflowError) as error:
        listening.close()
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise UsageError(f"port {port} of {host} cannot be used ({reason}): choose another one with --port") from error
    return listening


def address_of(listening: socket.socket, host: str) -> str:
    """The page's address, as people open it."""
    port = listening.getsockname()[1]
    shown = f"[{host.strip('[]')}]" if ":" in host else host
    return f"http://{shown}:{port}/"


class Server(uvicorn.Server):
    """A server of the app; requests are not logged, for an address may hold a token."""

    def __init__(
        self, app: ASGIApp, *, when_ready: Callable[[], None] = lambda: None, log: dict[str, Any] = LOGGING_CONFIG
    ) -> None:
        config = uvicorn.Config(
            app,
            lifespan="on",
            ws="none",
            log_level="warning",
            access_log=False,
            log_config=log,
            server_header=False,
            timeout_graceful_shutdown=_CLOSING_SECONDS,
        )
        super().__init__(config)
        self._when_ready = when_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer, and tell that it does."""
        await super().startup(sockets)
        self._when_ready()


def serve(
    app: ASGIApp, listening: socket.socket, *, when_ready: Callable[[], None], log: dict[str, Any] = LOGGING_CONFIG
) -> None:
    """Serve until Ctrl-C, which ends it at once; `log` configures logging."""
    with contextlib.suppress(KeyboardInterrupt), listening:
        Server(app, when_ready=when_ready, log=log).run(sockets=[listening])
