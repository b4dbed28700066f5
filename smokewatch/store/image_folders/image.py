"""One image of a folder: read, decoded, counted; what is kept of it is small."""

from __future__ import annotations

import hashlib
import io
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image

from smokewatch.domain.drift.observations import image_statistics, is_night
from smokewatch.domain.profiles import FrameProfile, Undecodable, UndecodableReason
from smokewatch.store.classifiers.pixels import pixels_of
from smokewatch.store.decoding import profile_frame
from smokewatch.store.image_folders.names import Cameras, TimeSource, day_in_folders, time_in_name
from smokewatch.store.image_folders.walking import FORMATS

MAX_BYTES = 200_000_000
"""Larger than any image of `smokewatch.store.decoding.MAX_PIXELS` in 8-bit RGBA; a larger file is not read."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a predictions file says of an image."""

    camera: str | None = None
    time: float | None = None
    """Seconds since 1970-01-01 UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where and when an image is from."""

    path: str
    """Below the folder, with slashes."""
    camera: str
    seen_at: float
    """Seconds since 1970-01-01 UTC."""
    source: TimeSource


@dataclass(frozen=True, slots=True, eq=False)
class ReadImage:
    """An image with a profile."""

    place: Place
    decoder: str
    size: tuple[int, int]
    """Width and height."""
    statistics: NDArray[np.float64]
    """(4, 4) as :class:`smokewatch.domain.drift.Frames`."""
    night: bool
    shares: NDArray[np.float64]
    """(4, 256) share of pixels by channel and value."""
    sha256: bytes
    """Of the file's bytes."""
    pixels: NDArray[np.uint8] | None
    """(height, width, 3) as a classifier wants them."""


@dataclass(frozen=True, slots=True)
class UnreadImage:
    """An image without a profile."""

    path: str
    place: Place | None
    """None: the file vanished, and with it its time."""
    reason: UndecodableReason
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageReader:
    """Reads images of one folder; from many threads."""

    folder: Path
    cameras: Cameras
    told: Callable[[str], Told]
    """What predictions say of a path."""
    pixels: tuple[int, int] | None
    """Width and height that a classifier wants; None: none does."""

    def read(self, path: str) -> ReadImage | UnreadImage:
        """Read an image.

        Raises:
            UsageError: when its path names no camera.
        """
        try:
            file = os.stat(self.folder / path, follow_symlinks=False)
        except OSError as error:
            return UnreadImage(path, None, UndecodableReason.BROKEN, f"cannot be read: {error.strerror}")
        reason, detail, content = UndecodableReason.BROKEN, "no regular file", b""
        if file.st_size > MAX_BYTES:
            reason, detail = UndecodableReason.TOO_LARGE, f"{file.st_size:,} bytes are over {MAX_BYTES:,}"
        elif stat.S_ISREG(file.st_mode):
            try:
                content, detail = (self.folder / path).read_bytes(), ""
            except OSError as error:
                detail = f"cannot be read: {error.strerror}"
        place = self._place(path, file.st_mtime, content)
        if detail:
            return UnreadImage(path, place, reason, detail)
        profile = profile_frame(content, formats=FORMATS)
        if isinstance(profile, Undecodable):
            return UnreadImage(path, place, profile.reason, profile.detail)
        return self._kept(place, profile, content)

    def _kept(self, place: Place, profile: FrameProfile, content: bytes) -> ReadImage:
        counts = profile.counts[None]
        return ReadImage(
            place,
            profile.basis.decoder,
            (profile.basis.width, profile.basis.height),
            image_statistics(counts)[0],
            bool(is_night(counts)[0]),
            profile.counts / profile.counts.sum(axis=1, keepdims=True),
            hashlib.sha256(content).digest(),
            None if self.pixels is None else pixels_of(content, self.pixels, formats=FORMATS),
        )

    def _place(self, path: str, mtime: float, content: bytes) -> Place:
        told = self.told(path)
        seen_at, source = _time(path, mtime, content) if told.time is None else (told.time, TimeSource.PREDICTIONS)
        return Place(path=path, camera=told.camera or self.cameras.of(path), seen_at=seen_at, source=source)


def exif_time(content: bytes) -> datetime | None:
    """EXIF's DateTimeOriginal, aware UTC; without an offset it is taken for UTC. None without one."""
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as image:
            exif = image.getexif().get_ifd(ExifTags.IFD.Exif)
        taken = datetime.strptime(
            f"{exif[ExifTags.Base.DateTimeOriginal]}{exif.get(ExifTags.Base.OffsetTimeOriginal, '+00:00')}",
            "%Y:%m:%d %H:%M:%S%z",
        )
        return taken.astimezone(UTC)
    except Exception:  # noqa: BLE001 - anything may come of such bytes; the next source of a time is asked, and counted
        return None


def _time(path: str, mtime: float, content: bytes) -> tuple[float, TimeSource]:
    named = time_in_name(path.rsplit("/", 1)[-1])
    if named is not None:
        return named.timestamp(), TimeSource.NAME
    day, taken = day_in_folders(path), exif_time(content)
    if day is None:
        return (mtime, TimeSource.MTIME) if taken is None else (taken.timestamp(), TimeSource.EXIF)
    source = TimeSource.FOLDER_AND_MTIME if taken is None else TimeSource.FOLDER_AND_EXIF
    hour = (datetime.fromtimestamp(mtime, UTC) if taken is None else taken).timetz()
    return datetime.combine(day, hour).timestamp(), source
