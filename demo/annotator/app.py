"""The annotation API's app and a server for it on this machine."""

from __future__ import annotations

from fastapi import FastAPI

from demo.annotator import routes_access, routes_annotations, routes_detections, routes_sequences
from demo.annotator.services import Services
from demo.gate import PREFIX, Gate, Knobs
from demo.serving import AppServer


def create_app(services: Services) -> FastAPI:
    """The app over these services.

    Debug is on, as where this contract was observed: an unexpected error answers 500 with its traceback as text and
    the connection is closed without a word of it.
    """
    app = FastAPI(title="Pyronear annotation API", debug=True, openapi_url=f"{PREFIX}/openapi.json", docs_url="/docs")
    app.state.services = services
    for routes in (routes_access, routes_sequences, routes_detections, routes_annotations):
        app.include_router(routes.router, prefix=PREFIX)

    @app.get("/status")
    def status() -> dict[str, str]:
        return {"status": "ok"}

    return app


class Server(AppServer):
    """An annotation API served on a free port of 127.0.0.1 by a thread of this process, from `with` to its end."""

    def __init__(self, services: Services) -> None:
        super().__init__(create_app(services))
        self.knobs = Knobs()
        """What it was asked, and how it answers late or badly."""
        self.app.add_middleware(Gate, gated=self.knobs)
