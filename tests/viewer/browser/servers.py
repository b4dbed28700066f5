"""A viewer's server that stops and comes back at the same address."""

from __future__ import annotations

import threading
from typing import Any

from smokewatch.store.catalog import Catalog
from smokewatch.store.frames import FrameReader
from smokewatch.viewer.app import create_app
from smokewatch.viewer.serving import Server, listen
from tests.viewer.stores import FRONT_END, PRODUCTION_THRESHOLD


class Stoppable:
    """One server; stopped, nothing listens at its address."""

    def __init__(self, catalog: Catalog, frames: FrameReader, **options: Any) -> None:
        self._app = create_app(catalog, frames, production_threshold=PRODUCTION_THRESHOLD, static=FRONT_END, **options)
        self._port = 0
        self.start()

    @property
    def address(self) -> str:
        """Where it is."""
        return f"http://localhost:{self._port}"

    def start(self) -> None:
        """Answer at the address, the first time at a free one."""
        self._listening = listen("localhost", self._port)
        self._port = self._listening.getsockname()[1]
        self._server = Server(self._app)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._listening]})
        self._thread.start()

    def stop(self) -> None:
        """End; harmless where it has ended."""
        self._server.should_exit = True
        self._thread.join()
        self._listening.close()
