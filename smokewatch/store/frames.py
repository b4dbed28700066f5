"""Frames: exact bytes, once per content, under ``ab/<sha256>`` in a local folder or below an ``s3://`` prefix."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Protocol

from smokewatch.domain.sequences import FrameFlag
from smokewatch.errors import RunError, UsageError


class FrameLostError(RunError):
    """A frame's bytes are gone or altered; nothing else is wrong with the store."""


@dataclass(frozen=True, slots=True)
class StoredFrame:
    """A frame whose bytes are durable."""

    sha256: str
    size: int
    flag: FrameFlag | None


class FrameReader(Protocol):
    """Where frames can be read."""

    def read(self, sha256: str) -> bytes:
        """A frame's exact bytes, checked against their name.

        Raises:
            FrameLostError: when they are missing or altered.
            StorageError: when the store cannot be read at all.
        """


class FrameStore(ABC):
    """Frames, named by the SHA-256 of their bytes. May be shared between threads.

    A frame that :meth:`put` returned is durable.
    """

    @classmethod
    def open(cls, location: str) -> FrameStore:
        """Open the frames in a folder, creating it, or below ``s3://bucket/prefix`` (see :mod:`smokewatch.store.s3`).

        Raises:
            UsageError: when the location cannot be used.
        """
        if location.startswith("s3://"):
            from smokewatch.store.frame_bucket import FrameBucket

            return FrameBucket.open(location)
        if "://" in location:
            raise UsageError("SMOKEWATCH_FRAMES: expected a local folder or s3://bucket/prefix")
        from smokewatch.store.frame_folder import FrameFolder

        return FrameFolder.open(location)

    @abstractmethod
    def put(self, content: bytes) -> str:
        """Keep bytes; the same content is stored once, by any number of writers.

        Returns:
            The content's SHA-256, hex.

        Raises:
            StorageError: when the store cannot take it.
        """

    @abstractmethod
    def read(self, sha256: str) -> bytes:
        """See :class:`FrameReader`."""

    @abstractmethod
    def sweep_partial(self, *, older_than_seconds: float) -> int:
        """Delete what killed writers left half-written; returns how many."""


def frame_path(sha256: str) -> str:
    """Where a frame is, relative to the folder or the prefix."""
    return f"{sha256[:2]}/{sha256}"


def verified(content: bytes, sha256: str, place: str) -> bytes:
    """The content, if it is what its name says.

    Raises:
        FrameLostError: when it is not.
    """
    if hashlib.sha256(content).hexdigest() != sha256:
        raise FrameLostError(f"frame {place} was altered: delete it, import its day again with --force")
    return content
