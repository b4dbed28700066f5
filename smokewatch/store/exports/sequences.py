"""The peer's store tree: a folder a sequence, with its meta.json and an image for each detection."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial

import sqlalchemy as sa

from smokewatch.domain.reporting import RecordedSequence, image_file, meta_file
from smokewatch.store import tables as t
from smokewatch.store.catalog import Catalog
from smokewatch.store.exports.folder import ExportFolder
from smokewatch.store.frames import FrameLostError, FrameReader


@dataclass
class SequenceCounts:
    """What an export wrote of sequences, and what it could not."""

    sequences: int = 0
    """That are shown: rows of results.json, where there is one."""
    frames: int = 0
    """Images in the folder."""
    frames_written: int = 0
    """Of these, not there before."""
    frames_missing: int = 0
    """Images whose bytes could not be had from production, or are lost."""
    removed: int = 0
    """Files of earlier exports that this one has no more."""


def put_sequence(
    export: ExportFolder,
    frames: FrameReader,
    sequence: RecordedSequence,
    frame_sha256s: Mapping[str, str | None],
    counts: SequenceCounts,
    *,
    root: str = "",
) -> None:
    """Have a sequence's images there, and then its meta.json: who finds that finds the images.

    Args:
        export: where to.
        frames: where from.
        sequence: with its detections.
        frame_sha256s: bucket key -> SHA-256 of its bytes, None where they could not be had.
        counts: counted there.
        root: where the tree begins, relative to the export, with its slash.
    """
    folder = f"{root}{sequence.stored}"
    images = ((each.id, frame_sha256s[each.bucket_key]) for each in sequence.detections)
    put_images(export, frames, folder, images, counts)
    export.put_json(f"{folder}/meta.json", meta_file(sequence))


def put_images(
    export: ExportFolder,
    frames: FrameReader,
    folder: str,
    images: Iterable[tuple[int, str | None]],
    counts: SequenceCounts,
) -> None:
    """Have a sequence's images there.

    Args:
        export: where to.
        frames: where from.
        folder: the sequence's, relative to the export.
        images: detections with the SHA-256 of their frame, None where it could not be had.
        counts: counted there.
    """
    for detection_id, sha256 in images:
        if sha256 is None:
            counts.frames_missing += 1
            continue
        try:
            written = export.put(f"{folder}/{image_file(detection_id)}", sha256, partial(frames.read, sha256))
        except FrameLostError:
            counts.frames_missing += 1
            continue
        counts.frames += 1
        counts.frames_written += written


def days_with_sequences(catalog: Catalog, first: date | None, last: date | None) -> Mapping[date, int]:
    """UTC days on which sequences started, both included (None: no limit) -> how many."""
    with catalog.read() as connection:
        days = Counter(started.date() for started in connection.scalars(sa.select(t.sequences.c.started_at)))
    return {day: n for day, n in days.items() if (first is None or first <= day) and (last is None or day <= last)}
