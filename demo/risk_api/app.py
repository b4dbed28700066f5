"""The risk-api app and a server for it on this machine."""

from __future__ import annotations

from fastapi import FastAPI

from demo.gate import Gate, Knobs
from demo.risk_api import routes
from demo.risk_api.services import Services
from demo.serving import AppServer


def create_app(services: Services) -> FastAPI:
    """The app over these services."""
    app = FastAPI(title="Pyronear risk API")
    app.state.services = services
    app.include_router(routes.health)
    app.include_router(routes.router)
    return app


class Server(AppServer):
    """A risk-api served on a free port of 127.0.0.1 by a thread of this process, from `with` to its end."""

    def __init__(self, services: Services) -> None:
        super().__init__(create_app(services))
        self.knobs = Knobs()
        """What it was asked, and how it answers late or badly."""
        self.app.add_middleware(Gate, gated=self.knobs)
