"""A small annotator for tests: the demo's, with an object server, its sequences made up by hand."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from starlette.types import ASGIApp, Receive, Scope, Send

from blocks.annotator import Annotator, AnnotatorClient
from demo.annotator import registry, tables
from demo.annotator.annotating import add_annotation
from demo.annotator.app import Server
from demo.annotator.labels import Tracks
from demo.annotator.services import Services, open_database
from demo.clock import Clock
from demo.gate import Asked, Instead, Knobs
from tests.production import PASSWORD, ObjectServer

MORNING = datetime(2026, 11, 21, 6, tzinfo=UTC)
READER = "reader"
READY = "ready_to_annotate"
START = datetime(2026, 11, 19, 12, tzinfo=UTC)


class Peers:
    """Remembers from which ports a server was asked: one for each connection."""

    def __init__(self, app: ASGIApp, ports: set[int]) -> None:
        self._app, self._ports = app, ports

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._ports.add(scope["client"][1])
        await self._app(scope, receive, send)


@dataclass
class RunningAnnotator:
    """An annotator with one account that may read."""

    folder: Path
    objects: ObjectServer = field(default_factory=ObjectServer)
    url: str = ""
    knobs: Knobs = field(default_factory=Knobs)
    """What it was asked, and how it answers late or badly."""
    ports: set[int] = field(default_factory=set)
    """One for each connection to it."""
    _stack: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> RunningAnnotator:
        self._stack.callback(self.objects.close)
        engine = open_database(self.folder / "annotator.sqlite")
        self._stack.callback(engine.dispose)
        self.services = Services(engine, self.objects, Clock(MORNING))
        registry.add_user(self.services, READER, PASSWORD)
        registry.add_user(self.services, "left", PASSWORD, is_active=False)
        server = Server(self.services)
        server.app.add_middleware(Peers, ports=self.ports)
        self.knobs = server.knobs
        self.url = self._stack.enter_context(server).url
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def add(self, count: int, *, stage: str | None = "ready_to_annotate", tied: bool = False) -> list[int]:
        """Sequences at a stage (None: without annotation), imported a second apart, or all in one instant; ids."""
        added = []
        with self.services.writing() as connection:
            for _ in range(count):
                if not tied:
                    self.services.clock.advance(seconds=1)
                now = self.services.clock.now()
                last = connection.scalar(sa.select(sa.func.max(tables.sequences.c.id))) or 0
                sequence_id = registry.add_sequence(
                    connection,
                    self.services,
                    source_api="pyronear_french",
                    alert_api_id=last + 1,
                    platform_alert_id=last + 1,
                    recorded_at=now - timedelta(days=2),
                    last_seen_at=now - timedelta(days=2),
                    camera_name="cam-mont-02",
                    camera_id=2,
                    lat=44.6,
                    lon=4.62,
                    organisation_name="sdis-07-ardeche",
                    organisation_id=2,
                )
                if stage is not None:
                    add_annotation(connection, self.services, sequence_id, stage, Tracks(sequences_bbox=[]))
                added.append(sequence_id)
        return added

    def add_detections(self, sequence_id: int, times: list[datetime]) -> list[int]:
        """A detection for each time of capture, its object's bytes the time's text; ids."""
        with self.services.writing() as connection:
            return [
                registry.add_detection(
                    connection,
                    self.services,
                    sequence_id,
                    alert_api_id=number,
                    recorded_at=each,
                    boxes=[],
                    content=str(each).encode(),
                )
                for number, each in enumerate(times)
            ]

    def annotate(self, sequence_ids: list[int]) -> None:
        """People are done with these sequences."""
        a = tables.sequence_annotations
        with self.services.writing() as connection:
            connection.execute(a.update().where(a.c.sequence_id.in_(sequence_ids)).values(processing_stage="annotated"))

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


def client(annotator: RunningAnnotator, **fields: object) -> AnnotatorClient:
    """A client of the account that may read; `fields` of its block changed."""
    values = {"url": annotator.url, "login": READER, "password": PASSWORD} | fields
    return Annotator.model_validate(values).client()


def first(count: int, instead: Instead, path: str = "/sequences/") -> Callable[[Asked], Instead | None]:
    """The first `count` answers on a path are another."""
    seen: list[Asked] = []

    def answer(asked: Asked) -> Instead | None:
        if asked.path == path:
            seen.append(asked)
        return instead if asked.path == path and len(seen) <= count else None

    return answer


def ids(rows: list[dict[str, Any]]) -> list[int]:
    """Ascending."""
    return sorted(row["id"] for row in rows)


def seconds(count: int) -> list[datetime]:
    """Times of capture."""
    return [START + timedelta(seconds=number) for number in range(count)]
