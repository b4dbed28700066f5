"""One sequence: its rows, its frames, its place in the store; what goes wrong with it stays with it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from blocks.alert_api import NotFoundError
from blocks.frame_urls import UrlExpiredError
from smokewatch.domain.boxes import first_box
from smokewatch.domain.detections import Detection
from smokewatch.domain.risk import MaxConfCheck, check_max_conf
from smokewatch.domain.sequences import KnownSequence, ListedSequence, SkipReason, must_read
from smokewatch.errors import MalformedRowError, RunError
from smokewatch.store.frames import StoredFrame
from smokewatch.store.saving import Inputs, save_sequence
from smokewatch.store.sequences import known_frames
from tasks.importing.importer import SOURCE, ImportCounts, Importer
from tasks.incoming import IncomingFrames, SkippedError


@dataclass(frozen=True, slots=True)
class Candidate:
    """A listed sequence beside what the store remembers of it."""

    listed: ListedSequence
    known: KnownSequence | None
    seen_at: datetime
    """When the server was asked for it, aware UTC."""

    def must_read(self, *, force: bool) -> bool:
        """Whether its detections and frames have to be read."""
        return force or must_read(self.known, self.listed, now=self.seen_at)

    def must_save(self, *, force: bool) -> bool:
        """Whether anything has to be done: an unchanged sequence costs its listing row only."""
        return (
            self.known is None or self.known.deleted or self.known.listed != self.listed or self.must_read(force=force)
        )


def import_one(
    importer: Importer, candidate: Candidate, organization_id: int | None, frame_pool: ThreadPoolExecutor
) -> ImportCounts:
    """Import one sequence, its frames' bytes first; what goes wrong with it is its own skip reason.

    Raises:
        StorageError: when the store cannot take it.
    """
    counts = ImportCounts()
    listed = candidate.listed
    try:
        if organization_id is None:
            raise SkippedError(SkipReason.CAMERA_UNKNOWN, f"camera {listed.camera_id} is not listed by the server")
        inputs = (
            _Reading(importer, candidate, counts, frame_pool).inputs()
            if candidate.must_read(force=importer.force)
            else None
        )
    except SkippedError as skipped:
        importer.skip(counts, listed.id, skipped.reason, str(skipped))
        return counts
    change = importer.writer.write(
        lambda connection: save_sequence(
            connection, SOURCE, listed, organization_id=organization_id, inputs=inputs, now=candidate.seen_at
        )
    )
    counts.imported += change.new
    counts.revised += change.revised
    counts.outcomes += change.outcome
    counts.unchanged += not (change.new or change.revised or change.outcome)
    return counts


class _Reading:
    """Reading a sequence's inputs."""

    def __init__(
        self, importer: Importer, candidate: Candidate, counts: ImportCounts, frame_pool: ThreadPoolExecutor
    ) -> None:
        self._importer, self._candidate, self._counts, self._frame_pool = importer, candidate, counts, frame_pool
        self._incoming = IncomingFrames(importer.frames, importer.profiler, counts, new=candidate.known is None)

    def inputs(self) -> Inputs:
        """Rows and frames; every frame that is returned is durable."""
        read_at = datetime.now(UTC)
        rows = self._rows()
        try:
            detections = [Detection.from_alert_api(row) for row in rows]
        except MalformedRowError as error:
            raise SkippedError(SkipReason.MALFORMED_ROW, str(error)) from error
        if not detections:
            raise SkippedError(SkipReason.NO_DETECTIONS, "the server lists the sequence without any detection")
        self._counts.flagged["malformed_bbox"] += sum(
            row.bbox != "[]" and first_box(row.bbox) is None for row in detections
        )
        outcome = self._candidate.listed.outcome
        check = check_max_conf(outcome.max_conf, detections, last_seen_at=outcome.last_seen_at)
        self._counts.flagged[f"max_conf_{check}_rows"] += check is not MaxConfCheck.SAME
        keys = dict.fromkeys(row.bucket_key for row in detections)
        known: dict[str, StoredFrame] = {}
        if self._candidate.known is not None:
            with self._importer.catalog.read() as connection:
                known = known_frames(connection, SOURCE, self._candidate.listed.id)
        # A key is never given to other bytes by production, so known frames are kept; --force fetches them again.
        wanted = {key for key in keys if self._importer.force or key not in known}
        fetched = self._fetch_all(_urls(rows), wanted)
        frames = {key: fetched.get(key) or known.get(key) for key in keys}
        return Inputs(detections, frames, read_at, self._incoming.profiles())

    def _rows(self) -> list[dict[str, Any]]:
        listed = self._candidate.listed
        expected = listed.detections_count or 0
        try:
            rows = self._importer.api.detections_of(listed.id, at_least=expected)
        except NotFoundError as error:
            raise SkippedError(SkipReason.SEQUENCE_VANISHED, str(error)) from error
        except RunError as error:
            raise SkippedError(SkipReason.REQUEST_FAILED, str(error)) from error
        if len(rows) < expected:
            said = f"the server lists {expected} rows and gave {len(rows)}"
            raise SkippedError(SkipReason.REQUEST_FAILED, said)
        return rows

    def _fetch_all(self, urls: dict[str, object], wanted: set[str]) -> dict[str, StoredFrame | None]:
        """The frames of these keys, None for those that do not exist. Expired URLs are asked for again, once."""
        with self._incoming.fetching():
            fetched = self._fetch(urls, wanted)
            expired = {key for key, frame in fetched.items() if isinstance(frame, UrlExpiredError)}
            if expired:
                fetched |= self._fetch(_urls(self._rows()), expired)
            for frame in fetched.values():
                if isinstance(frame, UrlExpiredError):
                    raise frame
        frames = {key: frame for key, frame in fetched.items() if not isinstance(frame, UrlExpiredError)}
        self._incoming.count(frames.values())
        return frames

    def _fetch(self, urls: dict[str, object], keys: set[str]) -> dict[str, StoredFrame | UrlExpiredError | None]:
        chosen = [key for key in urls if key in keys]
        return dict(zip(chosen, self._frame_pool.map(self._fetch_one, (urls[key] for key in chosen)), strict=True))

    def _fetch_one(self, url: object) -> StoredFrame | UrlExpiredError | None:
        try:
            content = self._importer.api.frame(url) if isinstance(url, str) else None
        except UrlExpiredError as error:
            return error
        return self._incoming.keep(content)


def _urls(rows: list[dict[str, Any]]) -> dict[str, object]:
    """Bucket key -> presigned URL, the newest that was given."""
    return {row["bucket_key"]: row.get("url") for row in rows}
