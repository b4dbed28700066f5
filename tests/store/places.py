"""What is really in a store of frames, and damage to it, past the store's own code."""

from __future__ import annotations

from io import BytesIO

from smokewatch.store.frame_bucket import FrameBucket
from smokewatch.store.frame_folder import FrameFolder
from smokewatch.store.frames import FrameStore, frame_path
from tests.servers import BUCKET, S3


class Place:
    """Where a store of frames has its bytes."""

    def __init__(self, frames: FrameStore, s3: S3 | None) -> None:
        self._frames = frames
        self._client = s3.address.client() if s3 else None

    def contents(self) -> dict[str, bytes]:
        """Every byte that is kept, by path."""
        if isinstance(self._frames, FrameFolder):
            folder = self._frames.folder
            return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        assert self._client is not None
        found = {}
        for each in self._client.list_objects(BUCKET, self._prefix, recursive=True):
            name = str(each.object_name)
            found[name.removeprefix(self._prefix)] = self._client.get_object(BUCKET, name).data
        return found

    def damage(self, sha256: str, content: bytes | None) -> None:
        """Replace a frame's bytes, or remove them."""
        if isinstance(self._frames, FrameFolder):
            path = self._frames.path(sha256)
            path.unlink()
            if content is not None:
                path.write_bytes(content)
            return
        assert self._client is not None
        self._client.remove_object(BUCKET, self._prefix + frame_path(sha256))
        if content is not None:
            self._client.put_object(BUCKET, self._prefix + frame_path(sha256), BytesIO(content), len(content))

    @property
    def _prefix(self) -> str:
        assert isinstance(self._frames, FrameBucket)
        return self._frames.folder.location.removeprefix(f"s3://{BUCKET}/") + "/"
