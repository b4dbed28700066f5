"""Frames on an S3 server."""

from __future__ import annotations

import hashlib

from smokewatch.store.frames import FrameLostError, FrameStore, frame_path, verified
from smokewatch.store.s3 import S3Folder


class FrameBucket(FrameStore):
    """Frames as objects. What the server acknowledged is durable, and never half-written."""

    def __init__(self, folder: S3Folder) -> None:
        self.folder = folder

    @classmethod
    def open(cls, location: str) -> FrameBucket:
        """Open the frames below ``s3://bucket/prefix``; the bucket must be there.

        Raises:
            UsageError: when it is not, or the server cannot be reached or refuses us.
        """
        return cls(S3Folder.open(location, name="SMOKEWATCH_FRAMES"))

    def put(self, content: bytes) -> str:
        sha256 = hashlib.sha256(content).hexdigest()
        self.folder.put_absent(frame_path(sha256), content)
        return sha256

    def read(self, sha256: str) -> bytes:
        place = f"{self.folder.location}/{frame_path(sha256)}"
        content = self.folder.read(frame_path(sha256))
        if content is None:
            raise FrameLostError(f"frame {place} is not there: restore it, or import its day again with --force")
        return verified(content, sha256, place)

    def sweep_partial(self, *, older_than_seconds: float) -> int:
        return 0  # an object is there as a whole, or not at all
