"""One sequence of the queue: its rows, its frames, its place in the store; what goes wrong with it stays with it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from smokewatch.domain.backlog import BacklogFrame, BacklogSequence, KnownBacklogSequence, must_read_frames
from smokewatch.domain.sequences import SkipReason
from smokewatch.errors import MalformedRowError, RunError
from smokewatch.store.backlog import PulledFrames, Saved, known_backlog_frames, save_pulled
from smokewatch.store.frames import StoredFrame
from tasks.incoming import IncomingFrames, SkippedError
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
    except SkippedError as skipped:
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


class _Reading:
    """Reading a sequence's frames."""

    def __init__(
        self, puller: Puller, candidate: Candidate, counts: PullCounts, frame_pool: ThreadPoolExecutor
    ) -> None:
        self._puller, self._candidate, self._frame_pool = puller, candidate, frame_pool
        self._incoming = IncomingFrames(puller.frames, puller.profiler, counts, new=False)

    def frames(self) -> PulledFrames:
        """Every frame; those with bytes are durable."""
        rows = self._rows()
        known: dict[str, StoredFrame] = {}
        # A key is never given to other bytes, so known frames are kept; --force fetches them again.
        if self._candidate.known is not None and not self._puller.force:
            with self._puller.catalog.read() as connection:
                known = known_backlog_frames(connection, self._candidate.listed.id)
        fetched = self._fetch([row for row in rows if row.bucket_key not in known])
        frames = [(row, fetched[row.id] if row.id in fetched else known[row.bucket_key]) for row in rows]
        return PulledFrames(frames, self._incoming.profiles())

    def _rows(self) -> list[BacklogFrame]:
        sequence_id = self._candidate.listed.id
        try:
            rows = [BacklogFrame.from_annotator(row) for row in self._puller.api.detections(sequence_id)]
        except MalformedRowError as error:
            raise SkippedError(SkipReason.MALFORMED_ROW, str(error)) from error
        except RunError as error:
            raise SkippedError(SkipReason.REQUEST_FAILED, str(error)) from error
        if not rows:
            raise SkippedError(SkipReason.NO_DETECTIONS, "the annotator lists the sequence without any frame")
        for row in rows:
            if row.sequence_id != sequence_id:
                said = f"detection {row.id} is of sequence {row.sequence_id}, and {sequence_id} was asked for"
                raise SkippedError(SkipReason.MALFORMED_ROW, said)
        return rows

    def _fetch(self, rows: list[BacklogFrame]) -> dict[int, StoredFrame | None]:
        """The frames of these rows by detection, None for those that do not exist."""
        with self._incoming.fetching():
            fetched = list(self._frame_pool.map(self._fetch_one, rows))
        self._incoming.count(fetched)
        return {row.id: frame for row, frame in zip(rows, fetched, strict=True)}

    def _fetch_one(self, row: BacklogFrame) -> StoredFrame | None:
        return self._incoming.keep(self._puller.api.frame(row.id))
