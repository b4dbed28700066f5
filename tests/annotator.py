"""A small annotation API for tests: the demo's, with rows made up by hand or as they were recorded."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import sqlalchemy as sa

from demo.annotator import registry
from demo.annotator.annotating import add_annotation
from demo.annotator.app import Server
from demo.annotator.labels import Tracks
from demo.annotator.services import Services, open_database
from demo.annotator.tables import contributions, detections, sequence_annotations, sequences
from demo.clock import Clock
from demo.gate import PREFIX, Knobs
from demo.objects import FrameStore, MemoryFrames

GOLDEN = Path(__file__).parent / "golden"
NOW = datetime(2026, 11, 21, 8, tzinfo=UTC)
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Loads no certificates, which is most of what a client costs."""
USERNAME, PASSWORD = "reader", "correct horse battery staple"


class Annotator:
    """An annotation API that runs, and ways to fill it."""

    def __init__(self, services: Services, server: Server) -> None:
        self.services, self._server = services, server
        self.url = server.url

    @property
    def knobs(self) -> Knobs:
        """What it was asked, and how it answers late or badly."""
        return self._server.knobs

    @contextmanager
    def http(self, username: str = USERNAME, password: str = PASSWORD) -> Iterator[httpx.Client]:
        """A client that is logged in."""
        with httpx.Client(base_url=self.url + PREFIX, trust_env=False, verify=NO_TLS) as client:
            answer = client.post("/auth/login", json={"username": username, "password": password})
            client.headers["Authorization"] = f"Bearer {answer.raise_for_status().json()['access_token']}"
            yield client

    def add(self, *, frames: int = 4, stage: str | None = "ready_to_annotate", **values: Any) -> int:
        """Add a sequence of its own alert, by default of the queue; created at the clock's time. Its id."""
        with self.services.writing() as connection:
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
                registry.add_detection(
                    connection,
                    self.services,
                    sequence_id,
                    alert_api_id=number * 1000 + index,
                    recorded_at=recorded_at + timedelta(seconds=30 * index),
                    boxes=[(0.4, 0.5, 0.48, 0.56, 0.6)],
                    source=f"{number}/{index}",
                    content=b"\xff\xd8" + f"{number}/{index}".encode() + b"\xff\xd9",
                )
            if stage is not None:
                add_annotation(connection, self.services, sequence_id, "ready_to_annotate", Tracks(sequences_bbox=[]))
        if stage not in (None, "ready_to_annotate"):
            self.stage(sequence_id, stage)
        return sequence_id

    def stored(self, table: sa.Table, *where: Any) -> list[dict[str, Any]]:
        """A table's rows by id."""
        with self.services.reading() as connection:
            found = connection.execute(sa.select(table).where(*where).order_by(table.c.id))
            return [dict(row._mapping) for row in found]

    def stage(self, sequence_id: int, stage: str | None) -> None:
        """Put a sequence's annotation back or forth, past every rule."""
        a = sequence_annotations
        with self.services.writing() as connection:
            connection.execute(a.update().where(a.c.sequence_id == sequence_id).values(processing_stage=stage))

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
def running(folder: Path, frames: FrameStore | None = None) -> Iterator[Annotator]:
    """An annotation API with one user, its database in `folder`."""
    engine = open_database(folder / "annotator.sqlite")
    services = Services(
        engine, frames or MemoryFrames(), Clock(NOW), jwt_secret="a secret of thirty-two bytes at least"
    )
    registry.add_user(services, USERNAME, PASSWORD)
    with Server(services) as server:
        yield Annotator(services, server)
    engine.dispose()


def _value(name: str, value: Any) -> Any:
    return datetime.fromisoformat(value) if name.endswith("_at") and value is not None else value
