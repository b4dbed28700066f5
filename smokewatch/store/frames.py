"""Frames: exact bytes, once per content, under ``ab/<sha256>``."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import secrets
import time
from dataclasses import dataclass
from pathlib import Path

from smokewatch.domain.sequences import FrameFlag
from smokewatch.errors import RunError, StorageError, UsageError

_PARTIAL = "partial"


class FrameLostError(RunError):
    """A frame's bytes are gone or altered; nothing else is wrong with the store."""


@dataclass(frozen=True, slots=True)
class StoredFrame:
    """A frame whose bytes are durable."""

    sha256: str
    size: int
    flag: FrameFlag | None


class FrameStore:
    """A local folder of frames, named by the SHA-256 of their bytes.

    A frame that :meth:`put` returned is durable: written aside, synced, renamed, its folder synced.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def open(cls, location: str) -> FrameStore:
        """Open the frames at a folder, creating it.

        Raises:
            UsageError: when the location is no local folder that can be written.
        """
        if "://" in location:
            raise UsageError(f"SMOKEWATCH_FRAMES={location!r}: expected a local folder")
        folder = Path(location)
        try:
            (folder / _PARTIAL).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(f"SMOKEWATCH_FRAMES={location!r} cannot be written: {error.strerror}") from error
        return cls(folder)

    def path(self, sha256: str) -> Path:
        """Where a frame's bytes are, whether or not they exist."""
        return self.folder / sha256[:2] / sha256

    def put(self, content: bytes) -> str:
        """Keep bytes; the same content is stored once, by any number of writers.

        Returns:
            The content's SHA-256, hex.

        Raises:
            StorageError: when the folder cannot take it (full disk).
        """
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
        """A frame's exact bytes, checked against their name.

        Raises:
            FrameLostError: when they are missing or altered.
        """
        try:
            content = self.path(sha256).read_bytes()
        except OSError as error:
            raise FrameLostError(
                f"frame {self.path(sha256)}: {error.strerror}: restore it, or import its day again with --force"
            ) from error
        if hashlib.sha256(content).hexdigest() != sha256:
            raise FrameLostError(f"frame {self.path(sha256)} was altered: delete it, import its day again with --force")
        return content

    def sweep_partial(self, *, older_than_seconds: float) -> int:
        """Delete half-written files that a killed writer left; returns how many."""
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
