"""Frames as small pictures for reports."""

from __future__ import annotations

import io
from collections.abc import Iterable

from PIL import Image

from smokewatch.store.decoding import MAX_PIXELS
from smokewatch.store.frames import FrameLostError, FrameReader

THUMBNAIL_BYTES = 8 * 1024
_EDGES, _QUALITIES = (240, 160, 96), (75, 50, 30)


def thumbnails_of(frames: FrameReader, sha256s: Iterable[str]) -> dict[str, bytes]:
    """Small JPEGs, each at most 8 KB; of frames that are lost or cannot be decoded there is none."""
    found = {sha256: _thumbnail(frames, sha256) for sha256 in sha256s}
    return {sha256: small for sha256, small in found.items() if small is not None}


def _thumbnail(frames: FrameReader, sha256: str) -> bytes | None:
    try:
        content = frames.read(sha256)
    except FrameLostError:
        return None
    try:
        with Image.open(io.BytesIO(content), formats=("JPEG", "PNG")) as image:
            if image.width * image.height > MAX_PIXELS:
                return None
            image.draft("RGB", (2 * _EDGES[0], 2 * _EDGES[0]))
            small = image.convert("RGB")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return None
    for edge in _EDGES:
        small.thumbnail((edge, edge))
        for quality in _QUALITIES:
            buffer = io.BytesIO()
            small.save(buffer, "JPEG", quality=quality, optimize=True)
            if buffer.tell() <= THUMBNAIL_BYTES:
                return buffer.getvalue()
    return None
