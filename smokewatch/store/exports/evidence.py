"""What is known of sequences and why: recorded, stored, replayed, put together from the catalog."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from smokewatch.domain.detections import Detection
from smokewatch.domain.reporting import RecordedSequence, ReplayedWindow
from smokewatch.domain.verdicts import Match
from smokewatch.errors import StorageError
from smokewatch.store import tables as t
from smokewatch.store.catalog import Catalog, in_chunks
from smokewatch.store.replays import completed_answer, load_replays
from smokewatch.store.sequences import StoredSequence, load_sequences
from smokewatch.store.verdicts import DROPPED, current_verdicts


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sequence with its current verdict: replayed (``window``), dropped (``drop_reason``), or none yet (neither)."""

    sequence: RecordedSequence
    frame_sha256s: Mapping[str, str | None]
    """Bucket key -> SHA-256 of its bytes, None where they could not be had."""
    window: ReplayedWindow | None = None
    trigger_image: str | None = None
    """Whose trigger fields the window's answer has; None: its own."""
    model_version: str | None = None
    """As the release named it."""
    drop_reason: str | None = None


def load_evidence(catalog: Catalog, day: date) -> list[Evidence]:
    """The sequences that started on a UTC day, each as its current verdict saw it, under today's label.

    Raises:
        StorageError: when the catalog cannot be read, or an answer that a verdict names is gone.
    """
    with catalog.read() as connection:
        sequences = load_sequences(connection, first_day=day, last_day=day)
        verdicts: dict[tuple[str, int], RowMapping] = {}
        for chunk in in_chunks([(sequence.source, sequence.id) for sequence in sequences]):
            verdicts.update(current_verdicts(connection, chunk))
        names = {verdict[name] for verdict in verdicts.values() for name in ("full_ledger_key", "ledger_key")}
        replays = load_replays(connection, sorted(names - {None}))
        return [
            _evidence(connection, sequence, verdicts.get((sequence.source, sequence.id)), replays)
            for sequence in sequences
        ]


def _evidence(
    connection: Connection, stored: StoredSequence, verdict: RowMapping | None, replays: Mapping[str, RowMapping]
) -> Evidence:
    if verdict is None:
        return Evidence(recorded_sequence(stored, stored.detections, None), stored.frame_sha256s)
    detections, frame_sha256s = stored.detections, stored.frame_sha256s
    if verdict["revision"] != stored.revision:
        detections, frame_sha256s = _rows_of(connection, verdict)
    sequence = recorded_sequence(stored, detections, _outcome_of(connection, verdict))
    if verdict["verdict"] == DROPPED:
        return Evidence(sequence, frame_sha256s, drop_reason=verdict["drop_reason"])
    replay = replays.get(verdict["full_ledger_key"]) or replays.get(verdict["ledger_key"])
    if replay is None:
        raise StorageError(f"catalog: the answers behind {stored.key}'s verdict are gone: restore it from a copy")
    answer = completed_answer(replay)
    return Evidence(
        sequence,
        frame_sha256s,
        window=ReplayedWindow(
            answer=answer,
            frames=tuple(json.loads(replay["request"])["frames"]),
            matched_frames=verdict["matched_frames"] if verdict["verdict"] == Match.WINDOW else None,
        ),
        trigger_image=replay["trigger_image"],
        model_version=verdict["model_version"],
    )


def recorded_sequence(
    stored: StoredSequence, detections: tuple[Detection, ...], judged: RowMapping | None = None
) -> RecordedSequence:
    """A sequence under today's names and label, with the score and versions that were judged (None: today's)."""
    return RecordedSequence(
        source=stored.source,
        id=stored.id,
        organization_id=stored.organization_id,
        organization_name=stored.organization_name,
        camera_id=stored.camera_id,
        camera_name=stored.camera_name,
        started_at=stored.started_at,
        is_wildfire=stored.outcome.is_wildfire,
        score=judged["temporal_model_score"] if judged else stored.outcome.temporal_model_score,
        model_version=judged["temporal_model_version"] if judged else stored.outcome.temporal_model_version,
        api_version=judged["temporal_api_version"] if judged else stored.outcome.temporal_api_version,
        detections=detections,
    )


def _rows_of(connection: Connection, verdict: RowMapping) -> tuple[tuple[Detection, ...], dict[str, str | None]]:
    """The rows, and each key's content, at the revision that a verdict is about."""
    d = t.detections.c
    rows = connection.execute(
        sa.select(*(d[name] for name in Detection.__dataclass_fields__), d.frame_sha256)
        .where(
            d.source == verdict["source"], d.sequence_id == verdict["sequence_id"], d.revision == verdict["revision"]
        )
        .order_by(d.created_at, d.id)
    ).all()
    detections = tuple(Detection(*row[:-1]) for row in rows)
    return detections, {row.bucket_key: row.frame_sha256 for row in rows}


def _outcome_of(connection: Connection, verdict: RowMapping) -> RowMapping:
    """The outcome that a verdict is about."""
    o = t.outcomes.c
    here = (o.source == verdict["source"], o.sequence_id == verdict["sequence_id"], o.outcome == verdict["outcome"])
    return connection.execute(sa.select(t.outcomes).where(*here)).mappings().one()
