"""A folder of small images that a test knows."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image

from smokewatch.domain.detections import Detection
from smokewatch.domain.drift import DaySummary
from smokewatch.domain.sequences import ListedSequence, Outcome
from smokewatch.store.catalog import Catalog
from smokewatch.store.frames import StoredFrame
from smokewatch.store.image_folders import FolderReport, read_folder
from smokewatch.store.saving import Inputs, save_sequence
from tests.rows import START, wire_row

FORMATS = {".png": "PNG", ".bmp": "BMP", ".tiff": "TIFF", ".tif": "TIFF", ".webp": "WEBP", ".jpg": "JPEG"}


def encoded(
    suffix: str, *, value: int = 128, size: tuple[int, int] = (16, 12), taken: str = "", offset: str = ""
) -> bytes:
    """An image of one blue-less colour; with EXIF's DateTimeOriginal where `taken` is given."""
    exif = Image.Exif()
    if taken:
        inner = exif.get_ifd(ExifTags.IFD.Exif)
        inner[ExifTags.Base.DateTimeOriginal] = taken
        if offset:
            inner[ExifTags.Base.OffsetTimeOriginal] = offset
    more: dict[str, object] = {"exif": exif} if taken else {}
    more |= {"lossless": True} if suffix == ".webp" else {}
    buffer = io.BytesIO()
    Image.new("RGB", size, (value, value, 0)).save(buffer, FORMATS[suffix.lower()], **more)
    return buffer.getvalue()


def put(folder: Path, path: str, content: bytes | None = None, *, mtime: str = "2026-03-01T10:00:00") -> Path:
    """A file below a folder: `content`, or an image; changed last at a UTC time."""
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(encoded(file.suffix) if content is None else content)
    seconds = datetime.fromisoformat(mtime).replace(tzinfo=UTC).timestamp()
    os.utime(file, (seconds, seconds))
    return file


def read(folder: Path, **options: object) -> tuple[list[DaySummary], FolderReport]:
    """The days of a folder, and what was told of it."""
    reports: list[FolderReport] = []
    days = read_folder(folder, report=reports.append, **options)  # type: ignore[arg-type]
    (report,) = reports
    return days, report


def means(day: DaySummary) -> dict[str, float]:
    """The mean of red by camera, over all hours."""
    weights = day.frames / np.maximum(day.frames.sum(axis=1, keepdims=True), 1)
    return dict(zip(day.cameras, (day.image_means[..., 0] * weights).sum(axis=1).tolist(), strict=True))


def store_sequence(catalog: Catalog, identity: int, contents: Sequence[bytes], *, score: float | None) -> None:
    """A sequence of these frames, or a change of it: more frames, another score."""
    started = START.replace(tzinfo=UTC)
    rows = [Detection.from_alert_api(wire_row(number, f"{number}.jpg")) for number in range(1, len(contents) + 1)]
    stored: dict[str, StoredFrame | None] = {
        row.bucket_key: StoredFrame(hashlib.sha256(content).hexdigest(), len(content), None)
        for row, content in zip(rows, contents, strict=True)
    }
    outcome = Outcome(None, score, "0.2.0", "0.3.1", None, 0.6, started)
    listed = ListedSequence(identity, 1, 1, 0.0, None, None, started, len(rows), outcome)
    with catalog.write() as connection:
        save_sequence(
            connection, "alert-api", listed, organization_id=2, inputs=Inputs(rows, stored), now=listed.started_at
        )
