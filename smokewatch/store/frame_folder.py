"""Frames in a local folder."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import itertools
import os
import secrets
import time
from pathlib import Path

from smokewatch.errors import StorageError, UsageError
from smokewatch.store.frames import FrameLostError, FrameStore, frame_path, verified

_PARTIAL = "partial"
_RANDOM = secrets.token_hex(8)
_NUMBERS = itertools.count()


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
        # Plain strings and the fewest system calls: at each of them, an import's many threads wait for each other.
        target = f"{self.folder}/{frame_path(sha256)}"
        partial = f"{self.folder}/{_PARTIAL}/{sha256}.{_RANDOM}.{os.getpid()}.{next(_NUMBERS)}"
        try:
            if os.path.exists(target):
                _sync_folder(os.path.dirname(target))  # another writer may not have come to it yet
                return sha256
            _write_durably(partial, content)
            try:
                os.rename(partial, target)
            except FileNotFoundError:
                os.makedirs(os.path.dirname(target), exist_ok=True)
                _sync_folder(str(self.folder))
                os.rename(partial, target)
            _sync_folder(os.path.dirname(target))
        except OSError as error:
            with contextlib.suppress(OSError):
                os.unlink(partial)
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


def _write_durably(path: str, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
    try:
        rest = memoryview(content)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sync_folder(folder: str) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
