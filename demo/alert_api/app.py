"""The alert-api app and a server for it on this machine."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Awaitable, Callable
from types import TracebackType

import uvicorn
from fastapi import FastAPI, Request, Response

from demo.alert_api import routes_access, routes_alerts, routes_detections, routes_sequences
from demo.alert_api.services import Services

PREFIX = "/api/v1"


def create_app(services: Services) -> FastAPI:
    """The app over these services.

    Debug is on, as where this contract was observed: an unexpected error answers 500 with its traceback as text and
    the connection is closed.
    """
    app = FastAPI(title="Pyronear alert API", debug=True, openapi_url=f"{PREFIX}/openapi.json", docs_url="/docs")
    app.state.services = services
    for routes in (routes_access, routes_sequences, routes_detections, routes_alerts):
        app.include_router(routes.router, prefix=PREFIX)

    @app.get("/status")
    def status() -> dict[str, str]:
        return {"status": "ok"}

    @app.middleware("http")
    async def add_process_time(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        started = time.perf_counter()
        response = await call_next(request)
        response.headers["X-Process-Time"] = str(time.perf_counter() - started)
        return response

    return app


class Server:
    """An alert-api served on a free port of 127.0.0.1 by a thread of this process, from `with` to its end."""

    def __init__(self, services: Services) -> None:
        # The protocol is named: asyncio turns Nagle's algorithm off (40 ms an answer) only where it reads TCP.
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        """The base without `/api/v1`."""
        self.app = create_app(services)
        """Another `app.state.services` changes what is served."""
        config = uvicorn.Config(self.app, log_config=None, access_log=False, lifespan="off")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), daemon=True)

    def __enter__(self) -> Server:
        self._thread.start()
        while not self._server.started:
            if not self._thread.is_alive():
                raise RuntimeError(f"alert-api did not start on {self.url}")
            time.sleep(0.005)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.should_exit = True
        self._thread.join()
        self._socket.close()
