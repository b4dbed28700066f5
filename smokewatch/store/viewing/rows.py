"""Every sequence in one row, read with few queries, and how to notice that they changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from smokewatch.domain.answers import parse_answer
from smokewatch.domain.details import packaged_threshold
from smokewatch.domain.labels import Label, contradictory_labels, label_of
from smokewatch.errors import InvalidAnswerError
from smokewatch.store import tables as t
from smokewatch.store.catalog import in_chunks


class SequenceRow(NamedTuple):
    """A sequence at its current outcome, with its newest verdict. Times aware UTC, scores float64 or None."""

    source: str
    id: int
    organization_id: int
    camera_id: int
    started_at: datetime
    deleted_at: datetime | None
    revision: int
    is_wildfire: str | None
    score: float | None
    model_version: str | None
    api_version: str | None
    max_conf: float | None
    fwi_class: str | None
    """Of its camera on its day; None: nothing is known, and the gate lets it pass."""
    frames: int
    """Distinct bucket keys of the current revision."""
    verdict: str | None
    """``exact``, ``window``, ``unexplained`` or ``dropped``; None: never replayed."""
    drop_reason: str | None
    replayed_score: float | None
    full_score: float | None
    difference: float | None
    matched_frames: int | None
    ambiguous: bool | None
    ledger_key: str | None
    release_identity: str | None
    tubes: int | None
    """Kept tubes of the matched or nearest window; None where the answer does not say."""


_AT_ONCE = 10_000
_OF_VERDICT = len(SequenceRow._fields) - SequenceRow._fields.index("verdict")


@dataclass(frozen=True, slots=True)
class Everything:
    """What the catalog holds, as the table of sequences needs it."""

    rows: Sequence[SequenceRow]
    """Newest first: ``started_at`` descending, then source and id ascending."""
    organizations: Mapping[tuple[str, int], str]
    cameras: Mapping[tuple[str, int], str]
    """(source, camera id) -> name."""
    thresholds: Mapping[str, float | None]
    """Release identity -> its packaged threshold as one of its answers tells it, None where that says nothing."""
    contradictions: Mapping[tuple[str, int], Sequence[str]]
    """(source, id) -> keys of the sequences that say the opposite of the same frames, ascending."""


def catalog_state(connection: Connection) -> tuple[object, ...]:
    """A value that differs whenever :func:`load_everything` would: asked often, so it reads no wide row."""
    s, v = t.sequences.c, t.verdicts.c
    facts = sa.select(
        sa.func.count(),
        sa.func.sum(s.revision),
        sa.func.sum(s.outcome),
        sa.func.count(s.deleted_at),
        sa.func.max(s.imported_at),
    )
    named = [sa.select(sa.func.count(), sa.func.max(table.c.updated_at)) for table in (t.organizations, t.cameras)]
    newest = sa.select(sa.func.max(v.id))
    risk = sa.select(sa.func.count(), sa.func.max(t.risk_classes.c.asked_at))
    queries: tuple[sa.Select[Any], ...] = (facts, *named, newest, risk)
    return tuple(value for query in queries for value in connection.execute(query).one())


def load_everything(connection: Connection) -> Everything:
    """Read all of it in one state of the catalog."""
    rows = _rows(connection)
    named = {
        table.name: {
            (row.source, row.id): row.name
            for row in connection.execute(sa.select(table.c.source, table.c.id, table.c.name))
        }
        for table in (t.organizations, t.cameras)
    }
    return Everything(
        rows=rows,
        organizations=named["organizations"],
        cameras=named["cameras"],
        thresholds=_thresholds(connection, rows),
        contradictions=_contradictions(connection, rows),
    )


def _rows(connection: Connection) -> list[SequenceRow]:
    """Three plain queries put together here: half the time of one that joins and sorts the wide rows in SQL."""
    s, o, d = t.sequences.c, t.outcomes.c, t.detections.c
    counts = sa.select(d.source, d.sequence_id, d.revision, sa.func.count(d.bucket_key.distinct()))
    frames = {
        (source, identity, revision): count
        for source, identity, revision, count in connection.execute(
            counts.group_by(d.source, d.sequence_id, d.revision)
        ).all()  # in one go: a third of the time of row by row
    }
    r = t.risk_classes.c
    risk = {
        (source, camera, day): fwi_class
        for source, camera, day, fwi_class in connection.execute(
            sa.select(r.source, r.camera_id, r.day, r.fwi_class)
        ).all()
    }
    verdicts = _verdicts(connection)
    nothing: tuple[Any, ...] = (None,) * _OF_VERDICT
    rows = connection.execute(
        sa.select(
            *(s.source, s.id, s.organization_id, s.camera_id, s.started_at, s.deleted_at, s.revision),
            *(o.is_wildfire, o.temporal_model_score, o.temporal_model_version, o.temporal_api_version, o.max_conf),
        ).join_from(
            t.sequences, t.outcomes, (o.source == s.source) & (o.sequence_id == s.id) & (o.outcome == s.outcome)
        )
    )
    found = [
        SequenceRow._make(
            (
                *row,
                risk.get((row[0], row[3], row[4].date())),
                frames.get((row[0], row[1], row[6]), 0),
                *verdicts.get((row[0], row[1]), nothing),
            )
        )
        for row in rows.all()
    ]
    found.sort(key=itemgetter(0, 1))  # source, id
    found.sort(key=itemgetter(4), reverse=True)  # started_at; equal ones stay as they are
    return found


def _verdicts(connection: Connection) -> dict[tuple[str, int], tuple[Any, ...]]:
    """The newest verdict of each sequence: the fields of :class:`SequenceRow` from ``verdict`` on."""
    v, r, newest = t.verdicts.c, t.replays.c, _newest_verdicts()
    rows = connection.execute(
        sa.select(
            *(newest.c.source, newest.c.sequence_id),
            *(v.verdict, v.drop_reason, v.replayed_score, v.full_score, v.difference, v.matched_frames, v.ambiguous),
            *(v.ledger_key, v.release_identity, r.tubes),
        )
        .join_from(newest, t.verdicts, v.id == newest.c.verdict_id)
        .outerjoin(t.replays, r.key == v.ledger_key)
    )
    return {(row[0], row[1]): tuple(row[2:]) for row in rows.all()}


def _newest_verdicts() -> sa.Subquery:
    """The id of each sequence's newest verdict: columns source, sequence_id, verdict_id."""
    v = t.verdicts.c
    return (
        sa.select(v.source, v.sequence_id, sa.func.max(v.id).label("verdict_id"))
        .group_by(v.source, v.sequence_id)
        .subquery("newest")
    )


def _thresholds(connection: Connection, rows: Sequence[SequenceRow]) -> dict[str, float | None]:
    """One answer a release is parsed: its package is the same for every request."""
    example = {row.ledger_key: row.release_identity for row in rows if row.release_identity and row.ledger_key}
    chosen = {identity: key for key, identity in example.items()}
    found: dict[str, float | None] = dict.fromkeys(chosen)
    identity_of = {key: identity for identity, key in chosen.items()}
    for chunk in in_chunks(identity_of):
        query = sa.select(t.replays.c.key, t.replays.c.answer).where(t.replays.c.key.in_(chunk))
        for row in connection.execute(query):
            try:
                found[identity_of[row.key]] = packaged_threshold(parse_answer(row.answer))
            except InvalidAnswerError:
                continue  # nothing is known from it; the sequence's own page tells that it is damaged
    return found


def _contradictions(connection: Connection, rows: Sequence[SequenceRow]) -> dict[tuple[str, int], list[str]]:
    """Two passes: which contents have labels of both kinds, then whose they are. Of real cameras there are few."""
    labels = {
        (row.source, row.id, row.revision): label
        for row in rows
        if (label := label_of(row.is_wildfire)) is not Label.UNKNOWN
    }
    disputed = _disputed(connection, labels)
    d = t.detections.c
    claims: dict[tuple[str, int, int], set[str]] = {}
    for chunk in in_chunks(disputed):
        held = sa.select(d.source, d.sequence_id, d.revision, d.frame_sha256).where(d.frame_sha256.in_(chunk))
        for source, identity, revision, sha256 in connection.execute(held):
            if (name := (source, identity, revision)) in labels:
                claims.setdefault(name, set()).add(sha256)
    by_key = {f"{name[0]}_{name[1]}": name for name in claims}
    found = contradictory_labels((key, labels[name], frozenset(claims[name])) for key, name in by_key.items())
    return {by_key[key][:2]: sorted(against) for key, against in found.items()}


def _disputed(connection: Connection, labels: Mapping[tuple[str, int, int], Label]) -> set[str]:
    """Contents with labels of both kinds; only those in several rows are read."""
    d = t.detections.c
    shared = sa.select(d.frame_sha256).group_by(d.frame_sha256).having(sa.func.count() > 1)
    # An expression, not the column: one pass over the table beats a look-up of every shared content by its index.
    several = (d.frame_sha256 + "").in_(shared)
    held = connection.execute(sa.select(d.source, d.sequence_id, d.revision, d.frame_sha256).where(several))
    said: dict[Label | None, set[str]] = {None: set(), Label.SMOKE: set(), Label.FALSE_POSITIVE: set()}
    for many in held.partitions(_AT_ONCE):
        for source, identity, revision, sha256 in many:
            said[labels.get((source, identity, revision))].add(sha256)
    return said[Label.SMOKE] & said[Label.FALSE_POSITIVE]
