"""One sequence of the queue: its rows, its frames, its place in the store; what goes wrong with it stays with it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from blocks.frame_urls import HostRefusedError
from smokewatch.domain.backlog import BacklogFrame, BacklogSequence, KnownBacklogSequence, must_read_frames
from smokewatch.domain.sequences import SkipReason, frame_flag
from smokewatch.errors import MalformedRowError, RunError, StorageError
from smokewatch.store.backlog import PulledFrames, Saved, known_backlog_frames, save_pulled
from smokewatch.store.frames import StoredFrame
from tasks.profiling import Profiling, count_profiles, profiles_of
from tasks.pulling.puller import PullCounts, Puller


@dataclass(frozen=True, slots=True)
class Candidate:
    """A listed sequence beside what the store remembers of it."""

    listed: BacklogSequence
    known: KnownBacklogSequence | None
    seen_at: datetime
    """When the queue was asked, aware UTC."""

    def must_read(self, *, force: bool) -> bool:
        """Whether its rows and frames have to be read."""
        return force or must_read_frames(self.known, self.listed)

    def changed(self) -> bool:
        """Whether its listing row is another one than before."""
        return self.known is not None and self.known.sequence != self.listed


def pull_one(puller: Puller, candidate: Candidate, frame_pool: ThreadPoolExecutor) -> PullCounts:
    """Pull one sequence, its frames' bytes first; what goes wrong with it is its own skip reason.

    Raises:
        StorageError: when the store cannot take it.
    """
    counts = PullCounts()
    listed = candidate.listed
    try:
        reads = candidate.must_read(force=puller.force)
        pulled = _Reading(puller, candidate, counts, frame_pool).frames() if reads else None
    except _SkippedError as skipped:
        puller.skip(listed.id, skipped.reason, str(skipped))
        counts.skipped[skipped.reason] += 1
        return counts
    saved = puller.writer.write(
        lambda connection: save_pulled(connection, listed, stage=puller.stage, pulled=pulled, now=candidate.seen_at)
    )
    counts.pulled += saved is Saved.PULLED
    counts.updated += saved is Saved.UPDATED
    counts.unchanged += saved is Saved.UNCHANGED
    return counts


class _SkippedError(Exception):
    def __init__(self, reason: SkipReason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


class _Reading:
    """Reading a sequence's frames."""

    def __init__(
        self, puller: Puller, candidate: Candidate, counts: PullCounts, frame_pool: ThreadPoolExecutor
    ) -> None:
        self._puller, self._candidate, self._counts, self._frame_pool = puller, candidate, counts, frame_pool
        self._profilings: dict[str, Profiling] = {}

    def frames(self) -> PulledFrames:
        """Every frame; those with bytes are durable."""
        rows = self._rows()
        known: dict[str, StoredFrame] = {}
        # A key is never given to other bytes, so known frames are kept; --force fetches them again.
        if self._candidate.known is not None and not self._puller.force:
            with self._puller.catalog.read() as connection:
                known = known_backlog_frames(connection, self._candidate.listed.id)
        fetched = self._fetch([row for row in rows if row.bucket_key not in known])
        profiles = profiles_of(self._profilings)
        self._counts.profiles += count_profiles(profiles)
        frames = [(row, fetched[row.id] if row.id in fetched else known[row.bucket_key]) for row in rows]
        return PulledFrames(frames, profiles)

    def _rows(self) -> list[BacklogFrame]:
        sequence_id = self._candidate.listed.id
        try:
            rows = [BacklogFrame.from_annotator(row) for row in self._puller.api.detections(sequence_id)]
        except MalformedRowError as error:
            raise _SkippedError(SkipReason.MALFORMED_ROW, str(error)) from error
        except RunError as error:
            raise _SkippedError(SkipReason.REQUEST_FAILED, str(error)) from error
        if not rows:
            raise _SkippedError(SkipReason.NO_DETECTIONS, "the annotator lists the sequence without any frame")
        for row in rows:
            if row.sequence_id != sequence_id:
                said = f"detection {row.id} is of sequence {row.sequence_id}, and {sequence_id} was asked for"
                raise _SkippedError(SkipReason.MALFORMED_ROW, said)
        return rows

    def _fetch(self, rows: list[BacklogFrame]) -> dict[int, StoredFrame | None]:
        """The frames of these rows by detection, None for those that do not exist."""
        try:
            fetched = list(self._frame_pool.map(self._fetch_one, rows))
        except StorageError:
            raise
        except HostRefusedError as error:
            raise _SkippedError(SkipReason.FRAME_HOST_REFUSED, str(error)) from error
        except RunError as error:
            raise _SkippedError(SkipReason.FRAMES_FAILED, str(error)) from error
        new = [frame for frame in fetched if frame is not None]
        self._counts.frames += len(new)
        self._counts.bytes += sum(frame.size for frame in new)
        self._counts.flagged.update(frame.flag for frame in new if frame.flag)
        self._counts.flagged["frame_missing"] += len(fetched) - len(new)
        return {row.id: frame for row, frame in zip(rows, fetched, strict=True)}

    def _fetch_one(self, row: BacklogFrame) -> StoredFrame | None:
        content = self._puller.api.frame(row.id)
        if content is None:
            return None
        sha256 = self._puller.frames.put(content)
        self._profilings[sha256] = self._puller.profiler.submit(sha256, content)
        return StoredFrame(sha256, len(content), frame_flag(content))
