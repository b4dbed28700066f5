"""The alert-api app and a server for it on this machine."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Request, Response

from demo.alert_api import routes_access, routes_alerts, routes_detections, routes_sequences
from demo.alert_api.services import Services
from demo.serving import AppServer

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


class Server(AppServer):
    """An alert-api served on a free port of 127.0.0.1 by a thread of this process, from `with` to its end."""

    def __init__(self, services: Services) -> None:
        super().__init__(create_app(services))
