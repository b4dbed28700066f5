"""A frame's bytes, named by a sequence and a number that the catalog resolves."""

from __future__ import annotations

from sqlalchemy.engine import RowMapping
from starlette.requests import Request
from starlette.responses import Response

from smokewatch.store.frames import FrameLostError, FrameReader
from smokewatch.viewer.problems import ProblemError
from smokewatch.viewer.replies import REVALIDATED, known

_FOREVER = "private, max-age=31536000, immutable"
_SNIFFED = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}


def frame_reply(
    request: Request, frames: FrameReader, rows: list[RowMapping], *, again: str = "import its day again"
) -> Response:
    """The bytes of a frame; with ``?sha256=`` of exactly these they never change.

    Args:
        request: its address may name the content that it expects.
        frames: where the bytes are.
        rows: the frame's rows.
        again: how the bytes are had again.

    Raises:
        ProblemError: 404, when the bytes were never had or are lost; it says which.
        StorageError: when the store cannot be read.
    """
    sha256 = rows[0]["frame_sha256"]
    if sha256 is None:
        raise ProblemError(404, "this frame's bytes could not be had", again)
    asked = request.query_params.get("sha256")
    headers = {"ETag": f'"{sha256}"', "Cache-Control": _FOREVER if asked == sha256 else REVALIDATED}
    if known(request, sha256):
        return Response(status_code=304, headers=headers)
    try:
        content = frames.read(sha256)
    except FrameLostError as error:
        raise ProblemError(404, f"this frame's bytes are lost: {error}", again) from error
    return Response(content, media_type=_media_type(content), headers=headers)


def _media_type(content: bytes) -> str:
    """Only what these bytes are for certain: a browser must never take a frame for a page."""
    return next((kind for magic, kind in _SNIFFED.items() if content.startswith(magic)), "application/octet-stream")
