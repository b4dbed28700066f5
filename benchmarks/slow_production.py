"""A production of its own process, far away: every answer of alert-api and of the object store comes late.

    python -m benchmarks.slow_production FOLDER SEQUENCES FRAMES LARGE LATENCY

Prints the settings that lead to it as one JSON line, then stays until its standard input ends.
"""

from __future__ import annotations

import hashlib
import io
import json
import sys
from datetime import timedelta
from pathlib import Path

import numpy as np
import sqlalchemy as sa
from PIL import Image

from benchmarks.far_objects import FarObjects
from demo.alert_api import tables
from tests.production import MORNING, Production

WIDTH, HEIGHT = 640, 360


def serve(folder: Path, *, sequences: int, frames: int, large: bool, latency: float) -> None:
    """Fill a production with a day and serve it."""
    with Production(folder) as production:
        fill(production, sequences, frames, large)
        production.latency = latency
        with FarObjects(production.objects.objects, latency=latency) as far:
            production.objects.base = far.url
            sys.stdout.write(json.dumps(production.environment()) + "\n")
            sys.stdout.flush()
            sys.stdin.read()


def fill(production: Production, sequences: int, frames: int, large: bool) -> None:
    """A day of sequences, each frame other bytes: 640x360 JPEGs, or only a JPEG's markers."""
    pictures = [picture(seed) for seed in range(16)] if large else [b"\xff\xd8\xff\xd9"]
    rows, detections = [], []
    for number in range(sequences):
        started = MORNING + timedelta(seconds=60_000 * number / sequences)
        camera = production.cameras[number % 2]
        last = started + timedelta(seconds=30 * (frames - 1))
        rows.append({"id": number + 1, "camera_id": camera, "camera_azimuth": 45.0, "started_at": started})
        rows[-1] |= {"last_seen_at": last, "max_conf": 0.6, "is_validated": False}
        for frame in range(frames):
            content = marked(pictures[(number + frame) % len(pictures)], f"{number}/{frame}")
            at = started + timedelta(seconds=30 * frame)
            key = f"{camera}-{at:%Y%m%d%H%M%S}-{hashlib.sha256(content).hexdigest()[:8]}.jpg"
            row = {"camera_id": camera, "pose_id": camera, "sequence_id": number + 1, "bucket_key": key}
            detections.append(row | {"bbox": "[(0.4,0.5,0.48,0.56,0.6)]", "created_at": at, "recorded_at": at})
            production.objects.put(production.services.bucket(camera + 1), key, content)
    with production.services.writing() as connection:
        connection.execute(sa.insert(tables.sequences), rows)
        connection.execute(sa.insert(tables.detections), detections)


def picture(seed: int) -> bytes:
    """A JPEG that is as large as a landscape's: 30 to 60 KB."""
    dice = np.random.default_rng(seed)
    coarse = Image.fromarray(dice.integers(0, 256, (HEIGHT // 4, WIDTH // 4, 3), dtype=np.uint8))
    file = io.BytesIO()
    coarse.resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC).save(file, "JPEG", quality=55)
    return file.getvalue()


def marked(jpeg: bytes, text: str) -> bytes:
    """The same picture with a comment: other bytes."""
    comment = text.encode()
    return jpeg[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment + jpeg[2:]


if __name__ == "__main__":
    place, *numbers, delay = sys.argv[1:]
    many, each, big = map(int, numbers)
    serve(Path(place), sequences=many, frames=each, large=bool(big), latency=float(delay))
