"""A small production for tests: the demo's alert-api, an object server that can misbehave, days made up by hand."""

from __future__ import annotations

import hashlib
import json
import shlex
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from demo.alert_api import alerting, registry, tables
from demo.alert_api.app import Server
from demo.alert_api.services import Services, open_database
from demo.alert_api.window import predict_body
from demo.clock import Clock
from demo.gate import Asked as Asked
from demo.gate import Gate
from demo.gate import Instead as Instead
from tests import release_stub

DAY = date(2026, 8, 14)
PASSWORD = "correct horse battery staple"
_EXPIRED = b"<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>"
MORNING = datetime(2026, 8, 14, 6, tzinfo=UTC)


class ObjectServer:
    """Objects over plain HTTP, each URL good once it is made; `before_get` may look, wait, kill or answer instead."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.gets: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.extra_headers: dict[str, str] = {}
        self.latency = 0.0
        """Seconds before every answer."""
        self.most_at_once = 0
        """How many requests had to be answered at the same time."""
        self._at_once = 0
        self._counting = threading.Lock()
        self._generation = 0
        self.before_get: Callable[[int, str], tuple[int, bytes, int] | None] = lambda _number, _key: None
        store = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_GET(self) -> None:
                with store._counting:
                    store._at_once += 1
                    store.most_at_once = max(store.most_at_once, store._at_once)
                time.sleep(store.latency)
                key = self.path.split("?")[0].lstrip("/")
                with store._counting:  # no number is left out, none is given twice
                    store.gets.append(key)
                    number = len(store.gets)
                store.headers.append(dict(self.headers))
                content = store.objects.get(key)
                answer = store.before_get(number, key)
                if answer is None and not self.path.endswith(f"&Generation={store._generation}"):
                    answer = (403, _EXPIRED, len(_EXPIRED))
                if answer is None:
                    answer = (404, b"", 0) if content is None else (200, content, len(content))
                status, sent, announced = answer
                with store._counting:
                    store._at_once -= 1
                self.send_response(status)
                self.send_header("Content-Length", str(announced))
                for name, value in store.extra_headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(sent)
                self.close_connection |= len(sent) != announced

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.base = f"http://127.0.0.1:{self._server.server_port}"
        """Where its URLs lead to."""
        self._server.daemon_threads = True  # one waits on every connection that is kept
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def put(self, bucket: str, key: str, content: bytes) -> None:
        self.objects[f"{bucket}/{key}"] = content

    def get(self, bucket: str, key: str) -> bytes:
        return self.objects[f"{bucket}/{key}"]

    def exists(self, bucket: str, key: str) -> bool:
        return f"{bucket}/{key}" in self.objects

    def delete(self, bucket: str, key: str) -> None:
        self.objects.pop(f"{bucket}/{key}", None)

    def url(self, bucket: str, key: str) -> str:
        return f"{self.base}/{bucket}/{key}?Signature=secret-signature&Generation={self._generation}"

    def expire_urls(self) -> None:
        """Refuse every URL that was made until now, as S3 does."""
        self._generation += 1

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@dataclass
class Production:
    """alert-api with two organizations of one camera each; sequences are added as finished rows."""

    folder: Path
    objects: ObjectServer = field(default_factory=ObjectServer)
    url: str = ""
    cameras: list[int] = field(default_factory=list)
    stub: dict[str, str] = field(default_factory=dict)
    """How the release behaves: its environment, for every version."""
    requests: list[Asked] = field(default_factory=list)
    """What alert-api was asked, in order."""
    before_answer: Callable[[Asked], Instead | None] | None = None
    """May look, wait, or answer instead; runs in a thread."""
    most_at_once: int = 0
    """How many requests alert-api had to answer at the same time."""
    latency: float = 0.0
    """Seconds before every answer of alert-api."""
    _stack: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Production:
        self._stack.callback(self.objects.close)
        engine = open_database(self.folder / "alert-api.sqlite")
        self._stack.callback(engine.dispose)
        self.services = Services(engine, self.objects, Clock(MORNING + timedelta(days=1)))
        admins = registry.add_organization(self.services, "admins")
        registry.add_user(self.services, admins, "admin", PASSWORD, "admin")
        for number in (1, 2):
            organization = registry.add_organization(self.services, f"sdis-{number}")
            registry.add_user(self.services, organization, f"agent-{number}", PASSWORD, "agent")
            camera = registry.add_camera(self.services, organization, f"ridge-{number}", is_trustable=number == 1)
            registry.add_pose(self.services, camera, 45.0)
            self.cameras.append(camera)
        server = Server(self.services)
        server.app.add_middleware(Gate, gated=self)
        self.url = self._stack.enter_context(server).url
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def add(
        self,
        *,
        frames: int = 8,
        seen: int | None = None,
        camera: int = 0,
        hour: float = 2.0,
        api_version: str | None = "0.3.1",
        model_version: str | None = "0.2.0",
        contents: Sequence[bytes] | None = None,
        bbox: str = "[(0.400,0.500,0.480,0.560,0.600)]",
        score: float | None = None,
    ) -> int:
        """Add a sequence; production scored it when `seen` of its frames existed (None: never). Returns its id."""
        camera_id = self.cameras[camera]
        started = MORNING + timedelta(hours=hour)
        with self.services.writing() as connection:
            sequence_id: int = connection.execute(
                sa.insert(tables.sequences)
                .values(
                    camera_id=camera_id,
                    camera_azimuth=45.0,
                    started_at=started,
                    last_seen_at=started + timedelta(seconds=30 * (frames - 1)),
                    max_conf=0.6,
                )
                .returning(tables.sequences.c.id)
            ).scalar_one()
        if contents is None:
            contents = [jpeg(f"{sequence_id}/{number}") for number in range(frames)]
        for number, content in enumerate(contents):
            self.add_row(sequence_id, content, created_at=started + timedelta(seconds=30 * number), bbox=bbox)
        if seen is not None:
            value = self.score(sequence_id, seen=seen) if score is None else score
            self.change(
                sequence_id,
                temporal_model_score=value,
                temporal_api_version=api_version,
                temporal_model_version=model_version,
                is_validated=value > 0.45,
            )
        return sequence_id

    def add_row(
        self, sequence_id: int, content: bytes | None, *, created_at: datetime, bbox: str, key: str | None = None
    ) -> None:
        """Add a detection row, and its object unless `content` is None."""
        with self.services.writing() as connection:
            camera_id = connection.scalar(
                sa.select(tables.sequences.c.camera_id).where(tables.sequences.c.id == sequence_id)
            )
            digest = hashlib.sha256(content or b"").hexdigest()[:8]
            key = key or f"{camera_id}-{created_at:%Y%m%d%H%M%S}-{digest}.jpg"
            connection.execute(
                sa.insert(tables.detections).values(
                    camera_id=camera_id,
                    pose_id=camera_id,
                    sequence_id=sequence_id,
                    bucket_key=key,
                    bbox=bbox,
                    created_at=created_at,
                    recorded_at=created_at,
                )
            )
            if content is not None:
                self.objects.put(self.bucket(sequence_id), key, content)

    def change(self, sequence_id: int, **values: Any) -> None:
        """Change a sequence's row as production would."""
        with self.services.writing() as connection:
            connection.execute(tables.sequences.update().where(tables.sequences.c.id == sequence_id).values(**values))

    def add_user(self, login: str, role: str) -> None:
        """Add an account of the first camera's organization."""
        registry.add_user(self.services, 2, login, PASSWORD, role)

    def delete(self, sequence_id: int) -> None:
        """Delete a sequence as an admin would; its detections stay, without one."""
        d = tables.detections
        with self.services.writing() as connection:
            connection.execute(d.update().where(d.c.sequence_id == sequence_id).values(sequence_id=None))
            for table, column in ((tables.alert_sequences, "sequence_id"), (tables.sequences, "id")):
                connection.execute(table.delete().where(table.c[column] == sequence_id))

    def alert(self, sequence_id: int) -> int:
        """Put a sequence into an alert of its camera and time, as its validation would; the alert's id."""
        with self.services.writing() as connection:
            return alerting.attach(connection, sequence_id)

    def keys(self, sequence_id: int) -> list[str]:
        """The sequence's keys, a row each, in order of receipt."""
        return [row["bucket_key"] for row in self._rows(sequence_id)]

    def score(self, sequence_id: int, *, seen: int) -> float:
        """What the release gives once `seen` rows exist."""
        body = predict_body(self._rows(sequence_id)[:seen], self.bucket(sequence_id))
        assert body is not None
        request = json.loads(body)
        contents = [self.objects.get(request["bucket"], key) for key in request["frames"]]
        return release_stub.score(request.get("roi_xyxyn"), contents)

    def bucket(self, sequence_id: int) -> str:
        """The bucket of the sequence's organization: camera 1 belongs to organization 2."""
        with self.services.reading() as connection:
            camera = connection.scalar(
                sa.select(tables.sequences.c.camera_id).where(tables.sequences.c.id == sequence_id)
            )
        return self.services.bucket(int(camera or 0) + 1)

    def environment(self, **changed: str) -> dict[str, str]:
        """The settings of a smokewatch that looks at this production, its store beside it."""
        stub = {"STUB_CALLS": str(self.folder / "calls"), **self.stub}
        return {
            "ALERT_API_URL": self.url,
            "ALERT_API_LOGIN": "admin",
            "ALERT_API_PASSWORD": PASSWORD,
            "SMOKEWATCH_CATALOG_URL": f"sqlite:///{self.folder / 'store' / 'catalog.db'}",
            "SMOKEWATCH_FRAMES": str(self.folder / "store" / "frames"),
            "SMOKEWATCH_SERVER_NAME": "demo",
            "SMOKEWATCH_RUNTIME": "process",
            "SMOKEWATCH_RELEASE_COMMAND": shlex.join([sys.executable, release_stub.__file__]) + " {port}",
            "SMOKEWATCH_RELEASE_ENV": json.dumps(dict.fromkeys(("0.3.0", "0.3.1", "0.4.0"), stub)),
            "SMOKEWATCH_HEALTH_SECONDS": "120",
            "SMOKEWATCH_PREDICT_SECONDS": "120",
        } | changed

    def predictions(self) -> int:
        """How often the release was asked."""
        calls = self.folder / "calls"
        return len(calls.read_text().splitlines()) if calls.exists() else 0

    def _rows(self, sequence_id: int) -> list[dict[str, Any]]:
        d = tables.detections
        with self.services.reading() as connection:
            rows = connection.execute(
                sa.select(d).where(d.c.sequence_id == sequence_id).order_by(d.c.created_at, d.c.id)
            ).mappings()
            return [dict(row) | {"created_at": row["created_at"].isoformat()} for row in rows]


def jpeg(said: str) -> bytes:
    """Bytes with a JPEG's markers."""
    return b"\xff\xd8" + said.encode() + b"\xff\xd9"
