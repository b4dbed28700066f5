"""An annotator of its own process, far away: every answer of it and of its object store comes late.

    python -m benchmarks.slow_annotator FOLDER SEQUENCES FRAMES LARGE LATENCY

Prints the settings that lead to it as one JSON line, then stays until its standard input ends.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from fastapi import FastAPI, Response

from benchmarks.slow_production import marked, picture
from demo.annotator import registry, tables
from demo.annotator.app import Server
from demo.annotator.services import Services, open_database
from demo.clock import Clock
from demo.objects import MemoryFrames
from demo.serving import AppServer

LOGIN, PASSWORD = "reader", "correct horse battery staple"
NOW = datetime(2026, 11, 21, 8, tzinfo=UTC)
_BATCH = 20
"""Sequences imported in one instant: among them, the listing has no order."""


class SlowFrames(MemoryFrames):
    """Frames in memory; the URLs lead to :func:`slow_objects`."""

    def __init__(self) -> None:
        super().__init__()
        self.served_at = ""

    def url(self, bucket: str, key: str) -> str:
        return f"{self.served_at}/{bucket}/{key}"


def slow_objects(frames: SlowFrames, latency: float) -> FastAPI:
    """An app that serves frames, each `latency` seconds late."""
    app = FastAPI(title="objects", openapi_url=None)

    @app.get("/{bucket}/{key:path}")
    async def get(bucket: str, key: str) -> Response:
        await asyncio.sleep(latency)
        return Response(frames.get(bucket, key))

    return app


def serve(folder: Path, *, sequences: int, frames: int, large: bool, latency: float) -> None:
    """Fill an annotator with a queue and serve it, its smokewatch's store beside it."""
    objects = SlowFrames()
    services = Services(open_database(folder / "annotator.sqlite"), objects, Clock(NOW))
    registry.add_user(services, LOGIN, PASSWORD)
    fill(services, sequences, frames, large)
    with AppServer(slow_objects(objects, latency)) as store, Server(services) as server:
        objects.served_at, server.knobs.latency = store.url, latency
        settings = {
            "ANNOTATOR_API_URL": server.url,
            "ANNOTATOR_API_LOGIN": LOGIN,
            "ANNOTATOR_API_PASSWORD": PASSWORD,
            "SMOKEWATCH_CATALOG_URL": f"sqlite:///{folder / 'store' / 'catalog.db'}",
            "SMOKEWATCH_FRAMES": str(folder / "store" / "frames"),
        }
        sys.stdout.write(json.dumps(settings) + "\n")
        sys.stdout.flush()
        sys.stdin.read()


def fill(services: Services, sequences: int, frames: int, large: bool) -> None:
    """A queue of sequences, each frame other bytes: 640x360 JPEGs, or only a JPEG's markers."""
    pictures = [picture(seed) for seed in range(16)] if large else [b"\xff\xd8\xff\xd9"]
    rows, detections, annotations = [], [], []
    for number in range(1, sequences + 1):
        recorded = NOW - timedelta(minutes=2 * sequences) + timedelta(minutes=number)
        imported = NOW - timedelta(hours=1) + timedelta(seconds=number // _BATCH)
        about = {"camera_name": "ridge-1", "camera_id": 1, "organisation_name": "sdis-1", "organisation_id": 2}
        about |= {"source_api": "pyronear_french", "alert_api_id": number, "platform_alert_id": number}
        times = {"recorded_at": recorded, "last_seen_at": recorded + timedelta(minutes=4), "created_at": imported}
        rows.append({"id": number, "lat": 44.7, "lon": 4.5, **about, **times})
        flags = {"has_smoke": True, "has_false_positives": False, "false_positive_types": [], "smoke_types": []}
        stage = {"processing_stage": "ready_to_annotate", "annotation": {"sequences_bbox": []}}
        annotations.append({"sequence_id": number, "created_at": imported, **flags, **stage})
        for frame in range(frames):
            content = marked(pictures[(number + frame) % len(pictures)], f"{number}/{frame}")
            at = recorded + timedelta(seconds=30 * frame)
            key = f"detections/sequence_{number}/{at:%Y%m%d_%H%M%S}_{hashlib.sha256(content).hexdigest()[:8]}.jpg"
            row = {"sequence_id": number, "alert_api_id": number * 100 + frame, "bucket_key": key}
            detections.append(
                row | {"recorded_at": at, "created_at": imported, "algo_predictions": {"predictions": []}}
            )
            services.frames.put(services.bucket, key, content)
    with services.writing() as connection:
        for table, every in (
            (tables.sequences, rows),
            (tables.detections, detections),
            (tables.sequence_annotations, annotations),
        ):
            connection.execute(sa.insert(table), every)


if __name__ == "__main__":
    place, *numbers, delay = sys.argv[1:]
    many, each, big = map(int, numbers)
    serve(Path(place), sequences=many, frames=each, large=bool(big), latency=float(delay))
