"""A folder of small images that a test knows."""

from __future__ import annotations

import io
import os
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image

from smokewatch.domain.drift import DaySummary
from smokewatch.store.image_folders import FolderReport, read_folder

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
