"""A small alert-api over memory, and a temporal API that answers what a test tells it to."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from demo.alert_api import registry
from demo.alert_api.app import Server
from demo.alert_api.services import Services, open_database
from demo.clock import Clock
from demo.objects import MemoryFrames

MORNING = datetime(2026, 8, 14, 8, tzinfo=UTC)
JPEG = b"\xff\xd8\xff"
NO_TLS = ssl.create_default_context()
"""Made once: it is most of what a client costs."""


@dataclass
class World:
    """Two watching organizations with a camera of two poses each, and someone of every role."""

    services: Services
    url: str
    frames: MemoryFrames
    organizations: list[int]
    cameras: list[int]
    poses: list[list[int]]
    _clients: dict[str, httpx.Client] = field(default_factory=dict)
    _uploads: int = 0

    def http(self, login: str | None = None) -> httpx.Client:
        """A client logged in as `admin`, `agent-1`, `user-1`, `agent-2`, `camera-1` (its token) or nobody."""
        if login not in self._clients or login is None:
            client = httpx.Client(base_url=f"{self.url}/api/v1", trust_env=False, verify=NO_TLS)
            if login is not None and login.startswith("camera-"):
                camera = self.cameras[int(login[-1]) - 1]
                client.headers = self._bearer(self.http("admin").post(f"/cameras/{camera}/token"))
            elif login is not None:
                client.headers = self._bearer(client.post("/login/creds", data={"username": login, "password": "pw"}))
            self._clients[login or "nobody"] = client
            return client
        return self._clients[login]

    def upload(
        self, bboxes: str, *, camera: int = 1, pose: int = 1, frame: bytes | None = None, **form: str
    ) -> httpx.Response:
        """Post a frame of camera 1 or 2; other bytes every time unless `frame` is given."""
        self._uploads += 1
        content = JPEG + (frame if frame is not None else str(self._uploads).encode())
        return self.http(f"camera-{camera}").post(
            "/detections/",
            data={"bboxes": bboxes, "pose_id": str(self.poses[camera - 1][pose - 1]), **form},
            files={"file": ("frame.jpg", content, "image/jpeg")},
        )

    def film(
        self, count: int, box: str = "(.4,.5,.5,.6,.5)", *, every: float = 30.0, camera: int = 1, pose: int = 1
    ) -> int:
        """Upload `count` frames with one box, `every` seconds apart; the sequence of the last, 0 when it has none."""
        for number in range(count):
            if number:
                self.services.clock.advance(seconds=every)
            row = self.upload(f"[{box}]", camera=camera, pose=pose).raise_for_status().json()
        return int(row["sequence_id"] or 0)

    def day(self, login: str = "admin", **query: Any) -> list[dict[str, Any]]:
        """The listing of the day."""
        answer = self.http(login).get("/sequences/all/fromdate", params={"from_date": "2026-08-14", **query})
        rows: list[dict[str, Any]] = answer.raise_for_status().json()
        return rows

    def sequence(self, sequence_id: int) -> dict[str, Any]:
        """One sequence as the admin sees it."""
        answer: dict[str, Any] = self.http("admin").get(f"/sequences/{sequence_id}").raise_for_status().json()
        return answer

    def rows(self, sequence_id: int) -> list[dict[str, Any]]:
        """A sequence's rows by creation."""
        query: dict[str, str | int] = {"desc": "false", "limit": 100}
        answer = self.http("admin").get(f"/sequences/{sequence_id}/detections", params=query)
        rows: list[dict[str, Any]] = answer.raise_for_status().json()
        return rows

    def close(self) -> None:
        for client in self._clients.values():
            client.close()

    @staticmethod
    def _bearer(answer: httpx.Response) -> httpx.Headers:
        return httpx.Headers({"Authorization": f"Bearer {answer.raise_for_status().json()['access_token']}"})


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One running server for all tests: each world puts its own services into it."""
    engine = open_database(tmp_path_factory.mktemp("server") / "alert-api.sqlite")
    with Server(Services(engine, MemoryFrames(), Clock(MORNING))) as running:
        yield running
    engine.dispose()


@pytest.fixture
def world(tmp_path: Path, server: Server) -> Iterator[World]:
    frames = MemoryFrames()
    engine = open_database(tmp_path / "alert-api.sqlite")
    services = Services(engine, frames, Clock(MORNING), jwt_secret="a secret of at least thirty-two bytes")
    admins = registry.add_organization(services, "admins")
    registry.add_user(services, admins, "admin", "pw", "admin")
    organizations, cameras, poses = [admins], [], []
    for number in (1, 2):
        organization = registry.add_organization(services, f"sdis-{number}")
        organizations.append(organization)
        registry.add_user(services, organization, f"agent-{number}", "pw", "agent")
        registry.add_user(services, organization, f"user-{number}", "pw", "user")
        camera = registry.add_camera(services, organization, f"camera-{number}")
        cameras.append(camera)
        poses.append([registry.add_pose(services, camera, azimuth) for azimuth in (45.0, 120.5)])
    server.app.state.services = services
    world = World(services, server.url, frames, organizations, cameras, poses)
    yield world
    world.close()
    engine.dispose()


@dataclass
class ScriptedTemporal:
    """A temporal API on a free port that gives the next of `answers` (status, JSON or raw text) to each call."""

    url: str = ""
    answers: list[tuple[int, Any]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    during_call: list[Any] = field(default_factory=list)

    def scores(self, *probabilities: float | None) -> None:
        """Queue valid answers."""
        version = {"api": "0.3.1", "model": "0.2.0"}
        self.answers += [(200, {"is_smoke": True, "probability": it, "version": version}) for it in probabilities]


@pytest.fixture
def temporal() -> Iterator[ScriptedTemporal]:
    script = ScriptedTemporal()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            script.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            script.headers.append({**dict(self.headers), "path": self.path})
            for action in script.during_call:
                action()
            status, answer = script.answers.pop(0)
            content = (answer if isinstance(answer, str) else json.dumps(answer)).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    script.url = f"http://127.0.0.1:{server.server_port}"
    yield script
    server.shutdown()
    thread.join()
    server.server_close()
