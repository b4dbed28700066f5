"""What an import and a pull do alike: they count, leave sequences out for a reason, and keep frames as they come."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from logging import Logger
from typing import Any, Protocol, Self

from blocks.frame_urls import HostRefusedError
from smokewatch.domain.profiles import FrameProfile, Undecodable
from smokewatch.domain.sequences import SkipReason, frame_flag
from smokewatch.errors import RunError, StorageError
from smokewatch.store.frames import FrameStore, StoredFrame
from smokewatch.store.saving import skip_sequence
from tasks.profiling import Profiler, Profiling, count_profiles, profiles_of
from tasks.writing import Writer


class Counted:
    """Counts of a run's parts, added up: numbers, and numbers by name."""

    def as_dict(self) -> dict[str, Any]:
        """Plain numbers; names that were not counted are left out of these breakdowns."""
        counted = {name: dict(+value) for name, value in vars(self).items() if isinstance(value, Counter)}
        return {**vars(self), **counted}

    def add(self, other: Self) -> None:
        """Add another part's counts."""
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)


class SkippedError(Exception):
    """A sequence is left out this time, for a reason that people can count."""

    def __init__(self, reason: SkipReason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


def record_skip(
    writer: Writer, log: Logger, source: str, sequence_id: int, *, run_id: str, reason: SkipReason, detail: str
) -> None:
    """Record why a sequence was left out, in the catalog and in the log."""
    facts: dict[str, Any] = {"reason": reason, "detail": detail, "run_id": run_id, "now": datetime.now(UTC)}
    writer.write(lambda connection: skip_sequence(connection, source, sequence_id, **facts))
    sequence = {"run": run_id, "sequence": f"{source}_{sequence_id}"}
    log.info("skipped", extra=sequence | {"reason": reason, "detail": detail})


class FrameCounts(Protocol):
    """Where frames are counted."""

    frames: int
    bytes: int
    flagged: Counter[str]
    profiles: Counter[str]


class IncomingFrames:
    """The frames of one sequence, kept, counted, and profiled beside the rest."""

    def __init__(self, frames: FrameStore, profiler: Profiler, counts: FrameCounts, *, new: bool) -> None:
        """`new`: nothing of the sequence is known, so its frames are taken to be new as well."""
        self._frames, self._profiler, self._counts, self._new = frames, profiler, counts, new
        self._profilings: dict[str, Profiling] = {}

    @contextmanager
    def fetching(self) -> Iterator[None]:
        """What goes wrong with a frame leaves its sequence out.

        Raises:
            SkippedError: when a frame cannot be had.
            StorageError: when the store cannot take it.
        """
        try:
            yield
        except StorageError:
            raise
        except HostRefusedError as error:
            raise SkippedError(SkipReason.FRAME_HOST_REFUSED, str(error)) from error
        except RunError as error:
            raise SkippedError(SkipReason.FRAMES_FAILED, str(error)) from error

    def keep(self, content: bytes | None) -> StoredFrame | None:
        """A frame whose bytes are durable; None for one that does not exist."""
        if content is None:
            return None
        sha256 = self._frames.put(content)
        self._profilings[sha256] = self._profiler.submit(sha256, content, new=self._new)
        return StoredFrame(sha256, len(content), frame_flag(content))

    def count(self, frames: Iterable[StoredFrame | None]) -> None:
        """Count what was asked for: what came, and what does not exist."""
        for frame in frames:
            if frame is None:
                self._counts.flagged["frame_missing"] += 1
                continue
            self._counts.frames += 1
            self._counts.bytes += frame.size
            if frame.flag:
                self._counts.flagged[frame.flag] += 1

    def profiles(self) -> dict[str, FrameProfile | Undecodable]:
        """Wait for the profiles of what was kept, by SHA-256; of those whose content was known there is none."""
        found = profiles_of(self._profilings)
        self._counts.profiles += count_profiles(found)
        return found
