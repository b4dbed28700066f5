"""Frames in a local folder."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import secrets
import time
from pathlib import Path

from smokewatch.errors import StorageError, UsageError
from smokewatch.store.frames import FrameLostError, FrameStore, frame_path, verified

_PARTIAL = "partial"


class FrameFolder(FrameStore):
    """Frames as files: written aside, synced, renamed, their folder synced."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def open(cls, location: str) -> FrameFolder:
        """Open the frames in a folder, creating it.

        Raises:
            UsageError: when it is no folder that can be written.
        """
        folder = Path(location)
        try:
            (folder / _PARTIAL).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(f"SMOKEWATCH_FRAMES={location!r} cannot be written: {error.strerror}") from error
        return cls(folder)

    def path(self, sha256: str) -> Path:
        """Where a frame's bytes are, whether or not they exist."""
        return self.folder / frame_path(sha256)

    def put(self, content: bytes) -> str:
        sha256 = hashlib.sha256(content).hexdigest()
        target = self.path(sha256)
        partial = self.folder / _PARTIAL / f"{sha256}.{secrets.token_hex(4)}"
        try:
            if target.exists():
                _sync_folder(target.parent)  # another writer may not have come to it yet
                return sha256
            with partial.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            if not target.parent.exists():
                target.parent.mkdir(exist_ok=True)
                _sync_folder(self.folder)
            partial.rename(target)
            _sync_folder(target.parent)
        except OSError as error:
            partial.unlink(missing_ok=True)
            hint = (
                "free some space and run again; nothing stored is lost"
                if error.errno == errno.ENOSPC
                else "check the folder"
            )
            raise StorageError(f"frames {self.folder}: {error.strerror}: {hint}") from error
        return sha256

    def read(self, sha256: str) -> bytes:
        try:
            content = self.path(sha256).read_bytes()
        except OSError as error:
            raise FrameLostError(
                f"frame {self.path(sha256)}: {error.strerror}: restore it, or import its day again with --force"
            ) from error
        return verified(content, sha256, str(self.path(sha256)))

    def sweep_partial(self, *, older_than_seconds: float) -> int:
        limit = time.time() - older_than_seconds
        swept = 0
        for path in (self.folder / _PARTIAL).iterdir():
            with contextlib.suppress(FileNotFoundError):  # its writer was faster
                if path.stat().st_mtime < limit:
                    path.unlink()
                    swept += 1
        return swept


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
