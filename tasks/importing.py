"""Reading production's sequences into the store."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from prefect import task
from prefect.cache_policies import NO_CACHE

from blocks.alert_api import AlertApiClient, NotFoundError
from smokewatch.domain.boxes import first_box
from smokewatch.domain.detections import Detection
from smokewatch.domain.sequences import KnownSequence, ListedSequence, SkipReason, frame_flag, must_read
from smokewatch.errors import MalformedRowError, RunError, StorageError
from smokewatch.store import tables as t
from smokewatch.store.catalog import Catalog, upsert
from smokewatch.store.frames import FrameStore, StoredFrame
from smokewatch.store.saving import Inputs, save_sequence, skip_sequence
from smokewatch.store.sequences import known_frames, known_sequences
from tasks.progress import Progress

SOURCE = "alert-api"
_SEQUENCES_AT_ONCE = 4  # alert-api scans a table for every detections call: few at a time
_FRAMES_AT_ONCE = 16


@dataclass(frozen=True)
class Importer:
    """What every part of an import works with."""

    api: AlertApiClient
    catalog: Catalog
    frames: FrameStore
    run_id: str
    force: bool = False


@dataclass
class ImportCounts:
    """What an import did. ``skipped`` and ``flagged`` count by name."""

    listed: int = 0
    imported: int = 0
    revised: int = 0
    outcomes: int = 0
    unchanged: int = 0
    frames: int = 0
    bytes: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    flagged: Counter[str] = field(default_factory=Counter)

    def as_dict(self) -> dict[str, Any]:
        """Plain numbers; names that were not counted are left out of the two breakdowns."""
        counted = {name: dict(+value) for name, value in vars(self).items() if isinstance(value, Counter)}
        return {**vars(self), **counted}

    def add(self, other: ImportCounts) -> None:
        """Add another part's counts."""
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)


@task(name="read-cameras", task_run_name="read-cameras", cache_policy=NO_CACHE)
def read_cameras(importer: Importer) -> dict[int, int]:
    """Store organizations and cameras; returns camera id -> organization id."""
    now = datetime.now(UTC)
    cameras = importer.api.cameras()
    organizations = importer.api.organizations()
    for row in [*cameras, *(organizations or [])]:
        if not isinstance(row.get("id"), int) or not isinstance(row.get("name"), str):
            raise RunError(f"a camera or organization has no id or name, only {sorted(row)}: is it an alert-api?")
    rows = [{"source": SOURCE, "id": row["id"], "name": row["name"], "updated_at": now} for row in organizations or []]
    unnamed = {row["organization_id"] for row in cameras} - {row["id"] for row in rows}
    with importer.catalog.write() as connection:
        upsert(connection, t.organizations, rows)
        # Organizations are admin-only: without them names stay what they were, or say which id they stand for.
        stand_ins = [{"source": SOURCE, "id": each, "name": f"org-{each}", "updated_at": now} for each in unnamed]
        upsert(connection, t.organizations, stand_ins, update=[])
        upsert(connection, t.cameras, [_camera(row) | {"updated_at": now} for row in cameras])
    return {row["id"]: row["organization_id"] for row in cameras}


@task(name="import-day", task_run_name="import-{day}", cache_policy=NO_CACHE)
def import_day(importer: Importer, day: date, organization_of: dict[int, int]) -> ImportCounts:
    """Import the sequences that started on a UTC day.

    Every sequence is committed by itself, its frames' bytes first: whatever ends this task, what was committed is
    whole and is not read again.

    Raises:
        RunError: when the day cannot be listed.
        StorageError: when the store cannot take it.
    """
    counts = ImportCounts()
    rows = list(importer.api.sequences_of(day))
    counts.listed = len(rows)
    listed = [sequence for row in rows if (sequence := _read_row(importer, row, counts)) is not None]
    with importer.catalog.read() as connection:
        known = known_sequences(connection, SOURCE, [sequence.id for sequence in listed])
    to_save = [sequence for sequence in listed if importer.force or _changed(known.get(sequence.id), sequence)]
    counts.unchanged = len(listed) - len(to_save)
    with (
        Progress("import-progress", f"import {day}", len(to_save)) as progress,
        ThreadPoolExecutor(_FRAMES_AT_ONCE, "frames") as frame_pool,
        ThreadPoolExecutor(_SEQUENCES_AT_ONCE, "sequences") as pool,
    ):
        futures = [
            pool.submit(
                _import_one,
                importer,
                sequence,
                organization_of.get(sequence.camera_id),
                read=importer.force or must_read(known.get(sequence.id), sequence, now=datetime.now(UTC)),
                frame_pool=frame_pool,
            )
            for sequence in to_save
        ]
        try:
            for future in as_completed(futures):
                counts.add(future.result())
                progress.advance()
        except BaseException:
            for each in (pool, frame_pool):
                each.shutdown(wait=False, cancel_futures=True)
            raise
    return counts


def _changed(known: KnownSequence | None, listed: ListedSequence) -> bool:
    return known is None or known.listed != listed or must_read(known, listed, now=datetime.now(UTC))


def _read_row(importer: Importer, row: dict[str, Any], counts: ImportCounts) -> ListedSequence | None:
    try:
        return ListedSequence.from_alert_api(row)
    except MalformedRowError as error:
        identity = row.get("id")
        if isinstance(identity, int):
            _skip(importer, identity, SkipReason.MALFORMED_ROW, str(error))
        counts.skipped[SkipReason.MALFORMED_ROW] += 1
        return None


def _import_one(
    importer: Importer,
    listed: ListedSequence,
    organization_id: int | None,
    *,
    read: bool,
    frame_pool: ThreadPoolExecutor,
) -> ImportCounts:
    """Import one sequence; what goes wrong with it is its own skip reason."""
    counts = ImportCounts()
    try:
        if organization_id is None:
            raise _SkippedError(SkipReason.CAMERA_UNKNOWN, f"camera {listed.camera_id} is not listed by the server")
        inputs = _read_inputs(importer, listed, counts, frame_pool) if read else None
        with importer.catalog.write() as connection:
            change = save_sequence(
                connection,
                SOURCE,
                listed,
                organization_id=organization_id,
                inputs=inputs,
                now=datetime.now(UTC),
            )
    except _SkippedError as skipped:
        _skip(importer, listed.id, skipped.reason, str(skipped))
        counts.skipped[skipped.reason] += 1
    else:
        counts.imported += change.new
        counts.revised += change.revised
        counts.outcomes += change.outcome
        counts.unchanged += not (change.new or change.revised or change.outcome)
    return counts


class _SkippedError(Exception):
    def __init__(self, reason: SkipReason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


def _read_inputs(
    importer: Importer, listed: ListedSequence, counts: ImportCounts, frame_pool: ThreadPoolExecutor
) -> Inputs:
    try:
        rows = importer.api.detections_of(listed.id)
        detections = [Detection.from_alert_api(row) for row in rows]
    except NotFoundError as error:
        raise _SkippedError(SkipReason.SEQUENCE_VANISHED, str(error)) from error
    except MalformedRowError as error:
        raise _SkippedError(SkipReason.MALFORMED_ROW, str(error)) from error
    except RunError as error:
        raise _SkippedError(SkipReason.REQUEST_FAILED, str(error)) from error
    if listed.detections_count is not None and len(detections) < listed.detections_count:
        # Rows of equal time may change places between two pages.
        said = f"the server lists {listed.detections_count} rows and gave {len(detections)}"
        raise _SkippedError(SkipReason.REQUEST_FAILED, said)
    if not detections:
        raise _SkippedError(SkipReason.NO_DETECTIONS, "the server lists the sequence without any detection")
    counts.flagged["malformed_bbox"] += sum(row.bbox != "[]" and first_box(row.bbox) is None for row in detections)
    urls = {row["bucket_key"]: row.get("url") for row in reversed(rows)}
    with importer.catalog.read() as connection:
        known = known_frames(connection, SOURCE, listed.id)
    # A key is never given to other bytes by production, so known frames are kept; --force fetches them again.
    wanted = {key: url for key, url in urls.items() if importer.force or key not in known}
    try:
        fetched = dict(zip(wanted, frame_pool.map(lambda url: _fetch(importer, url), wanted.values()), strict=True))
    except StorageError:
        raise
    except RunError as error:
        raise _SkippedError(SkipReason.FRAMES_FAILED, str(error)) from error
    new = [frame for frame in fetched.values() if frame is not None]
    counts.frames += len(new)
    counts.bytes += sum(frame.size for frame in new)
    counts.flagged.update(frame.flag for frame in new if frame.flag)
    counts.flagged["frame_missing"] += len(fetched) - len(new)
    frames = {key: fetched.get(key) or known.get(key) for key in urls}
    return Inputs(detections, frames)


def _fetch(importer: Importer, url: object) -> StoredFrame | None:
    content = importer.api.frame(url) if isinstance(url, str) else None
    if content is None:
        return None
    return StoredFrame(importer.frames.put(content), len(content), frame_flag(content))


def _skip(importer: Importer, sequence_id: int, reason: SkipReason, detail: str) -> None:
    with importer.catalog.write() as connection:
        skip_sequence(
            connection,
            SOURCE,
            sequence_id,
            reason=reason,
            detail=detail,
            run_id=importer.run_id,
            now=datetime.now(UTC),
        )


def _camera(row: dict[str, Any]) -> dict[str, Any]:
    names = ("organization_id", "name", "lat", "lon", "angle_of_view", "is_trustable")
    return {"source": SOURCE, "id": row["id"], **{name: row.get(name) for name in names}}
