"""The latest triage in the peer's reporting layout: its rows, its worklists, and the queue's images beside them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from smokewatch.domain import triage_report as layout
from smokewatch.domain.backlog import SOURCE, BacklogFrame, BacklogSequence
from smokewatch.domain.details import details_file
from smokewatch.domain.worklists import review_file, unlabeled_file
from smokewatch.errors import UsageError
from smokewatch.store import tables as t
from smokewatch.store.backlog import waiting
from smokewatch.store.catalog import Catalog, in_chunks
from smokewatch.store.exports.folder import ExportFolder
from smokewatch.store.exports.sequences import SequenceCounts, put_images
from smokewatch.store.frames import FrameReader
from smokewatch.store.triage import StoredTriage, answers_of, load_triage
from smokewatch.store.triage_results import results_of, results_parquet

_Frames = list[tuple[BacklogFrame, str | None]]


@dataclass
class TriageCounts(SequenceCounts):
    """What an export wrote of a triage."""

    review: int = 0
    unlabeled: int = 0
    dropped: int = 0
    unscored: int = 0
    """Waiting, but neither scored nor dropped yet: images and meta.json only."""


def export_triage(
    catalog: Catalog,
    frames: FrameReader,
    folder: Path,
    *,
    advance: Callable[[int, int], None] = lambda _done, _total: None,
) -> TriageCounts:
    """Make a folder show the sequences that wait in the annotator's queue, and what the latest triage says of them.

    Of several models, a row's details are those of the one that gave its score. The store is read as it is at one
    moment. Everything that results.json refers to is written before it, and what is stale is removed after it, as
    :func:`smokewatch.store.exports.reporting.export_reporting` does.

    Args:
        catalog: where from.
        frames: where from; copied, so that editing a copy changes no evidence.
        folder: the viewer's DATA_ROOT.
        advance: told how many sequences are done, of how many.

    Raises:
        UsageError: when the folder cannot be used, or nothing was triaged yet.
        RunError: when another export writes there, or the store or the folder fails.
    """
    with catalog.read() as connection:
        stored = load_triage(connection)
        if stored is None:
            raise UsageError("nothing is triaged yet: run smokewatch pull, then smokewatch triage")
        with ExportFolder.open(folder) as export:
            counts = TriageCounts(dropped=len(stored.drops), unscored=stored.unscored)
            queue = [each.sequence for each in waiting(connection)]
            _put_queue(export, connection, frames, queue, {each.id for each in stored.sequences}, counts, advance)
            put_details(export, connection, stored)
            put_report(export, stored, counts)
            counts.removed = export.finish()
    return counts


def put_report(export: ExportFolder, stored: StoredTriage, counts: TriageCounts) -> None:
    """Have the rows and worklists there, results.json last."""
    threshold = stored.triage.threshold
    results = results_of(stored)
    review, unlabeled = review_file(stored.backlog, threshold), unlabeled_file(stored.backlog, threshold)
    configs = [model.config for model in stored.triage.models]
    drops = layout.dropped_file((sequence, reason) for sequence, reason, _ in stored.drops)
    table = results_parquet(results)
    export.put_json(f"{layout.REPORT}/model_config.json", layout.model_config(configs, threshold))
    export.put_json(f"{layout.REPORT}/dropped.json", drops)
    export.put_json(f"{layout.REPORT}/review.json", review)
    export.put_json(f"{layout.REPORT}/unlabeled.json", unlabeled)
    export.put(f"{layout.REPORT}/results.parquet", hashlib.sha256(table).hexdigest(), lambda: table)
    export.put_json(f"{layout.REPORT}/results.json", results.rows())
    counts.sequences, counts.review, counts.unlabeled = len(stored.sequences), review["count"], unlabeled["count"]


def _put_queue(
    export: ExportFolder,
    connection: Connection,
    frames: FrameReader,
    queue: Sequence[BacklogSequence],
    scored: set[int],
    counts: TriageCounts,
    advance: Callable[[int, int], None],
) -> None:
    """Images of all that wait, each followed by its meta.json: who finds that finds the images."""
    for done, (sequence, found) in enumerate(_with_frames(connection, queue), start=1):
        folder = layout.sequence_folder(sequence)
        put_images(export, frames, folder, ((frame.id, sha256) for frame, sha256 in found), counts)
        listed = [frame for frame, _ in found]
        export.put_json(f"{folder}/meta.json", layout.meta_file(sequence, listed))
        if sequence.id in scored:
            named = layout.sequence_file(sequence, listed)
            export.put_json(f"{layout.REPORT}/sequences/{sequence.key}.json", named)
        advance(done, len(queue))


def put_details(export: ExportFolder, connection: Connection, stored: StoredTriage) -> None:
    """Have details/ there, of the model that gave each score. Lanes that share their frames share an answer."""
    for place, model in enumerate(stored.triage.models):
        keys: dict[str, list[str]] = {}
        for row in np.flatnonzero(stored.results.model == place).tolist():
            keys.setdefault(stored.results.inputs_sha256[row], []).append(stored.sequences[row].key)
        for sha256, answer in answers_of(connection, model.identity, keys):
            details = details_file(answer)
            for key in keys[sha256]:
                export.put_json(f"{layout.REPORT}/details/{key}.json", details)


def _with_frames(
    connection: Connection, sequences: Iterable[BacklogSequence]
) -> Iterator[tuple[BacklogSequence, _Frames]]:
    f = t.backlog_frames.c
    query = sa.select(f.id, f.sequence_id, f.recorded_at, f.bucket_key, f.frame_sha256).order_by(f.position)
    for chunk in in_chunks(sequences):
        found: dict[int, _Frames] = {each.id: [] for each in chunk}
        for row in connection.execute(query.where(f.source == SOURCE, f.sequence_id.in_(found))):
            found[row.sequence_id].append((BacklogFrame(*row[:-1]), row.frame_sha256))
        yield from ((each, found[each.id]) for each in chunk)
