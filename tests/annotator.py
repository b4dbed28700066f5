"""A small annotation API for tests: the demo's over an object server, with rows made up by hand or as recorded."""

from __future__ import annotations

import json
import ssl
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import sqlalchemy as sa
from starlette.types import ASGIApp, Receive, Scope, Send

from demo.annotator import registry
from demo.annotator.annotating import add_annotation
from demo.annotator.app import Server
from demo.annotator.labels import Tracks
from demo.annotator.services import Services, open_database
from demo.annotator.tables import contributions, detections, sequence_annotations, sequences
from demo.clock import Clock
from demo.gate import PREFIX, Asked, Instead, Knobs
from tests.production import ObjectServer, jpeg

GOLDEN = Path(__file__).parent / "golden"
NOW = datetime(2026, 11, 21, 8, tzinfo=UTC)
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Loads no certificates, which is most of what a client costs."""
USERNAME, PASSWORD = "reader", "correct horse battery staple"
READY = "ready_to_annotate"


class _Peers:
    """Remembers from which ports a server was asked: one for each connection."""

    def __init__(self, app: ASGIApp, ports: set[int]) -> None:
        self._app, self._ports = app, ports

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._ports.add(scope["client"][1])
        await self._app(scope, receive, send)


class Annotator:
    """An annotation API that runs, and ways to fill it."""

    def __init__(self, services: Services, server: Server, objects: ObjectServer) -> None:
        self.services, self._server, self.objects = services, server, objects
        self.url = server.url
        self.ports: set[int] = set()
        """One for each connection to it."""
        server.app.add_middleware(_Peers, ports=self.ports)

    @property
    def knobs(self) -> Knobs:
        """What it was asked, and how it answers late or badly."""
        return self._server.knobs

    @property
    def requests(self) -> list[Asked]:
        """What it was asked, in order."""
        return self.knobs.requests

    def paths(self) -> list[str]:
        """What was asked for, logins left out."""
        return [asked.path for asked in self.requests if asked.path != "/auth/login"]

    def logins(self) -> int:
        """How often somebody signed in."""
        return [asked.path for asked in self.requests].count("/auth/login")

    def environment(self, **changed: str) -> dict[str, str]:
        """The settings that lead to it."""
        account = {"ANNOTATOR_API_LOGIN": USERNAME, "ANNOTATOR_API_PASSWORD": PASSWORD}
        return {"ANNOTATOR_API_URL": self.url, **account} | changed

    @contextmanager
    def http(self, username: str = USERNAME, password: str = PASSWORD) -> Iterator[httpx.Client]:
        """A client that is logged in."""
        with httpx.Client(base_url=self.url + PREFIX, trust_env=False, verify=NO_TLS) as client:
            answer = client.post("/auth/login", json={"username": username, "password": password})
            client.headers["Authorization"] = f"Bearer {answer.raise_for_status().json()['access_token']}"
            yield client

    def add(self, *, frames: int = 4, stage: str | None = READY, **values: Any) -> int:
        """Add a sequence of its own alert, by default of the queue; created at the clock's time. Its id."""
        with self.services.writing() as connection:
            return self._add(connection, frames, stage, values)

    def add_many(self, count: int, *, frames: int = 0, stage: str | None = READY, tied: bool = False) -> list[int]:
        """Add sequences, created a second apart or all in one instant; their ids."""
        added = []
        with self.services.writing() as connection:
            for _ in range(count):
                if not tied:
                    self.services.clock.advance(seconds=1)
                added.append(self._add(connection, frames, stage, {}))
        return added

    def _add(self, connection: sa.Connection, frames: int, stage: str | None, values: dict[str, Any]) -> int:
        number = connection.execute(sa.select(sa.func.count()).select_from(sequences)).scalar_one() + 1
        recorded_at = values.setdefault("recorded_at", NOW - timedelta(days=1, minutes=number))
        columns = {
            "source_api": "pyronear_french",
            "alert_api_id": number,
            "platform_alert_id": number,
            "last_seen_at": recorded_at + timedelta(seconds=30 * frames),
            "camera_name": "ridge-1",
            "camera_id": 1,
            "lat": 44.7,
            "lon": 4.5,
            "organisation_name": "sdis-1",
            "organisation_id": 2,
        }
        sequence_id = registry.add_sequence(connection, self.services, **{**columns, **values})
        for index in range(frames):
            at = recorded_at + timedelta(seconds=30 * index)
            self._add_detection(connection, sequence_id, index, at, jpeg(f"{number}/{index}"))
        if stage is not None:
            add_annotation(connection, self.services, sequence_id, READY, Tracks(sequences_bbox=[]))
        if stage not in (None, READY):
            self._stage(connection, [sequence_id], stage)
        return sequence_id

    def add_detections(self, sequence_id: int, times: list[datetime]) -> list[int]:
        """A detection for each time of receipt, its object's bytes the time's text; ids."""
        with self.services.writing() as connection:
            return [
                self._add_detection(connection, sequence_id, 500 + index, at, str(at).encode())
                for index, at in enumerate(times)
            ]

    def _add_detection(
        self, connection: sa.Connection, sequence_id: int, index: int, at: datetime, content: bytes
    ) -> int:
        return registry.add_detection(
            connection,
            self.services,
            sequence_id,
            alert_api_id=sequence_id * 1000 + index,
            recorded_at=at,
            boxes=[(0.4, 0.5, 0.48, 0.56, 0.6)],
            source=f"{sequence_id}/{index}",
            content=content,
        )

    def change(self, sequence_id: int, **values: Any) -> None:
        """Change a sequence's row."""
        with self.services.writing() as connection:
            connection.execute(sequences.update().where(sequences.c.id == sequence_id).values(**values))

    def keys(self, sequence_id: int) -> list[str]:
        """The places of a sequence's objects, the oldest first."""
        rows = self.stored(detections, detections.c.sequence_id == sequence_id)
        ordered = sorted(rows, key=lambda row: (row["recorded_at"], row["id"]))
        return [f"{self.services.bucket}/{row['bucket_key']}" for row in ordered]

    def stored(self, table: sa.Table, *where: Any) -> list[dict[str, Any]]:
        """A table's rows by id."""
        with self.services.reading() as connection:
            found = connection.execute(sa.select(table).where(*where).order_by(table.c.id))
            return [dict(row._mapping) for row in found]

    def stage(self, sequence_ids: int | list[int], stage: str | None) -> None:
        """Put annotations back or forth, past every rule."""
        with self.services.writing() as connection:
            self._stage(connection, [sequence_ids] if isinstance(sequence_ids, int) else sequence_ids, stage)

    @staticmethod
    def _stage(connection: sa.Connection, sequence_ids: list[int], stage: str | None) -> None:
        a = sequence_annotations
        connection.execute(a.update().where(a.c.sequence_id.in_(sequence_ids)).values(processing_stage=stage))

    def as_recorded(self) -> list[dict[str, Any]]:
        """Fill in the recorded sequences with their annotations; detections are as far known as tracks name them."""
        recorded: list[dict[str, Any]] = json.loads((GOLDEN / "annotator_sequences.json").read_text())
        for number, name in ((3, "annotator"), (4, "another")):
            with self.services.writing() as connection:
                connection.execute(
                    sa.text("INSERT INTO users VALUES (:id, :name, 'pw', 1, 0, 0)"), {"id": number, "name": name}
                )
        with self.services.writing() as connection:
            for row in recorded:
                columns = {name: _value(name, value) for name, value in row.items() if name != "annotation"}
                connection.execute(sa.insert(sequences).values(**columns))
                if row["annotation"] is not None:
                    self._annotate(connection, row["annotation"])
        return recorded

    @staticmethod
    def _annotate(connection: sa.Connection, annotation: dict[str, Any]) -> None:
        unstored = ("contributors", "group_propagation_warning")
        columns = {name: _value(name, value) for name, value in annotation.items() if name not in unstored}
        for track in columns["annotation"]["sequences_bbox"]:
            for index, box in enumerate(track["bboxes"]):
                prediction = {"xyxyn": box["xyxyn"], "confidence": 0.6, "class_name": "smoke"}
                connection.execute(
                    sa.insert(detections).values(
                        id=box["detection_id"],
                        sequence_id=annotation["sequence_id"],
                        alert_api_id=box["detection_id"],
                        recorded_at=NOW + timedelta(seconds=index),
                        created_at=NOW,
                        bucket_key=f"detections/{box['detection_id']}.jpg",
                        algo_predictions={"predictions": [prediction]},
                    )
                )
        connection.execute(sa.insert(sequence_annotations).values(**columns))
        for person in annotation["contributors"]:
            connection.execute(sa.insert(contributions).values(annotation_id=annotation["id"], user_id=person["id"]))


@contextmanager
def running(folder: Path) -> Iterator[Annotator]:
    """An annotation API with one account that may read and one that left, its database in `folder`."""
    engine = open_database(folder / "annotator.sqlite")
    with closing(ObjectServer()) as objects:
        services = Services(engine, objects, Clock(NOW), jwt_secret="a secret of thirty-two bytes at least")
        registry.add_user(services, USERNAME, PASSWORD)
        registry.add_user(services, "left", PASSWORD, is_active=False)
        server = Server(services)
        annotator = Annotator(services, server, objects)
        with server:
            yield annotator
    engine.dispose()


def first(count: int, instead: Instead, path: str = "/sequences/") -> Callable[[Asked], Instead | None]:
    """The first `count` answers on a path are another."""
    seen: list[Asked] = []

    def answer(asked: Asked) -> Instead | None:
        if asked.path == path:
            seen.append(asked)
        return instead if asked.path == path and len(seen) <= count else None

    return answer


def _value(name: str, value: Any) -> Any:
    return datetime.fromisoformat(value) if name.endswith("_at") and value is not None else value
