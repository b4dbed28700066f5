"""The store as the peer monitor's own store tree, ``01_raw/sequences``: what its import would have written."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

from smokewatch.store.catalog import Catalog
from smokewatch.store.exports.evidence import recorded_sequence
from smokewatch.store.exports.folder import ExportFolder
from smokewatch.store.exports.sequences import SequenceCounts, days_with_sequences, put_sequence
from smokewatch.store.frames import FrameReader
from smokewatch.store.sequences import load_sequences


def export_monitor(
    catalog: Catalog,
    frames: FrameReader,
    folder: Path,
    *,
    first_day: date | None,
    last_day: date | None,
    advance: Callable[[int, int], None] = lambda _done, _total: None,
) -> SequenceCounts:
    """Make a folder hold the stored sequences of UTC days, both included (None: no limit), and no others.

    Each is as production says it today: its newest rows, score and label, whatever was replayed.

    Args:
        catalog: where from.
        frames: where from.
        folder: where ``01_raw`` goes; the peer's ``--store`` is its ``01_raw/sequences``.
        first_day: of the days on which sequences started.
        last_day: of these.
        advance: told how many sequences are done, of how many.

    Raises:
        UsageError: when the folder cannot be used.
        RunError: when another export writes there, or the store or the folder fails.
    """
    counts = SequenceCounts()
    days = days_with_sequences(catalog, first_day, last_day)
    total = sum(days.values())
    with ExportFolder.open(folder) as export:
        for day in sorted(days):
            with catalog.read() as connection:
                found = load_sequences(connection, first_day=day, last_day=day)
            for stored in found:
                sequence = recorded_sequence(stored, stored.detections)
                put_sequence(export, frames, sequence, stored.frame_sha256s, counts)
                counts.sequences += 1
                advance(counts.sequences, total)
        counts.removed = export.finish()
    return counts
