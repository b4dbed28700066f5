"""The store in the peer's reporting layout: a folder that its viewer takes as DATA_ROOT."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from smokewatch.domain import reporting as layout
from smokewatch.domain.details import details_file
from smokewatch.domain.reporting import ReplayedWindow
from smokewatch.store.catalog import Catalog
from smokewatch.store.exports.evidence import Evidence, load_evidence
from smokewatch.store.exports.folder import ExportFolder
from smokewatch.store.exports.sequences import SequenceCounts, days_with_sequences, put_sequence
from smokewatch.store.frames import FrameReader


@dataclass
class Counts(SequenceCounts):
    """What an export wrote, and what it could not."""

    dropped: int = 0
    not_replayed: int = 0
    """Stored, but without a verdict yet: images and meta.json only."""


def export_reporting(
    catalog: Catalog,
    frames: FrameReader,
    folder: Path,
    *,
    first_day: date | None,
    last_day: date | None,
    production_threshold: float,
    advance: Callable[[int, int], None] = lambda _done, _total: None,
) -> Counts:
    """Make a folder show the stored sequences of UTC days, both included (None: no limit), and no others.

    A row shows the full window, as the peer replays it. Where that one lacks frames but another window gave the
    recorded score, there is no full answer to show: row and files are the matched window's, whose number of frames
    stands in ``matched_window_frames``. A sequence is shown as its verdict saw it (rows, score, versions), under
    today's label.

    Images, details/ and sequences/ are written before results.json, and what is stale is removed after it: a viewer
    finds what its results refer to, and a killed export leaves the earlier results.

    Args:
        catalog: where from.
        frames: where from; copied, so that editing a copy changes no evidence.
        folder: the viewer's DATA_ROOT.
        first_day: of the days on which sequences started.
        last_day: of these.
        production_threshold: alert-api's, for answers that do not tell their package's.
        advance: told how many sequences are done, of how many.

    Raises:
        UsageError: when the folder cannot be used.
        RunError: when another export writes there, or the store or the folder fails.
    """
    counts = Counts()
    reports: defaultdict[str, _Report] = defaultdict(_Report)
    days = days_with_sequences(catalog, first_day, last_day)
    done, total = 0, sum(days.values())
    with ExportFolder.open(folder) as export:
        for day in sorted(days):
            for evidence in load_evidence(catalog, day):
                put_sequence(export, frames, evidence.sequence, evidence.frame_sha256s, counts, root=f"{layout.DATA}/")
                if evidence.window is not None:
                    _put_window(export, evidence, evidence.window)
                reports[evidence.sequence.source].add(evidence, counts, production_threshold)
                done += 1
                advance(done, total)
        for source, report in reports.items():
            report.put(export, layout.report_folder(source))
        counts.removed = export.finish()
    return counts


@dataclass
class _Report:
    """A source's results until all are known; each entry begins with what sorts it."""

    rows: list[tuple[tuple[object, ...], dict[str, Any], dict[str, Any]]] = field(default_factory=list)
    """With its row and its model_config.json."""
    drops: list[tuple[tuple[object, ...], dict[str, Any]]] = field(default_factory=list)

    def add(self, evidence: Evidence, counts: Counts, production_threshold: float) -> None:
        sequence, window = evidence.sequence, evidence.window
        if window is not None:
            row = layout.result_row(sequence, window, production_threshold=production_threshold)
            config = layout.model_config(sequence, window.answer, model_version=evidence.model_version)
            enriched = {"trigger_image": evidence.trigger_image} if evidence.trigger_image else {}
            self.rows.append((layout.replay_order(sequence), row, config | enriched))
            counts.sequences += 1
        elif evidence.drop_reason is not None:
            reason = evidence.drop_reason
            self.drops.append((layout.drop_order(sequence, reason), {"sequence_id": sequence.key, "reason": reason}))
            counts.dropped += 1
        else:
            counts.not_replayed += 1

    def put(self, export: ExportFolder, folder: str) -> None:
        rows = sorted(self.rows, key=lambda entry: entry[0])
        config = rows[0][2] if rows else {}
        # The first row's, but for the image: one enriched row anywhere is enough to name it.
        images = (other["trigger_image"] for _, _, other in rows if "trigger_image" in other)
        if image := next(images, None):
            config = config | {"trigger_image": image}
        export.put_json(f"{folder}/model_config.json", config)
        export.put_json(f"{folder}/dropped.json", [drop for _, drop in sorted(self.drops, key=lambda entry: entry[0])])
        export.put_json(f"{folder}/results.json", [row for _, row, _ in rows])


def _put_window(export: ExportFolder, evidence: Evidence, window: ReplayedWindow) -> None:
    folder, key = layout.report_folder(evidence.sequence.source), evidence.sequence.key
    export.put_json(f"{folder}/details/{key}.json", details_file(window.answer))
    export.put_json(f"{folder}/sequences/{key}.json", layout.sequence_file(evidence.sequence, window))
