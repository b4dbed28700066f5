"""Everything that is kept of one sequence: inputs, outcomes, verdicts, alerts and the answers behind them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from smokewatch.store import tables as t
from smokewatch.store.catalog import in_chunks
from smokewatch.store.replays import load_replays


@dataclass(frozen=True, slots=True)
class SequenceRecord:
    """One sequence. Rows are mappings of the columns that their query names; times are aware UTC."""

    facts: RowMapping
    """The sequence with its organization's name and its camera; names and camera facts may be None."""
    detections: Sequence[RowMapping]
    """See :func:`frame_rows`."""
    profiles: Mapping[str, RowMapping]
    """SHA-256 -> width, height, undecodable (the reason), of the frames that a decoder has seen."""
    outcomes: Sequence[RowMapping]
    """Oldest first; the last one is today's."""
    verdicts: Sequence[RowMapping]
    """Oldest first, full rows; the last one is the current verdict."""
    alerts: Sequence[RowMapping]
    """That it is in: id, started_at."""
    replays: Mapping[str, RowMapping]
    """By ledger key: what the newest verdict names (see :func:`load_replays`)."""


def load_sequence(connection: Connection, source: str, identity: int) -> SequenceRecord | None:
    """What is kept of a sequence, None when it is not in the catalog."""
    facts = connection.execute(_facts(source, identity)).mappings().one_or_none()
    if facts is None:
        return None
    v, o = t.verdicts.c, t.outcomes.c
    outcomes = sa.select(t.outcomes).where(o.source == source, o.sequence_id == identity).order_by(o.outcome)
    judged = sa.select(t.verdicts).where(v.source == source, v.sequence_id == identity).order_by(v.id)
    verdicts = connection.execute(judged).mappings().all()
    keys = {verdicts[-1][name] for name in ("ledger_key", "full_ledger_key")} if verdicts else set()
    detections = frame_rows(connection, source, identity)
    return SequenceRecord(
        facts=facts,
        detections=detections,
        profiles=_profiles(connection, {row["frame_sha256"] for row in detections} - {None}),
        outcomes=connection.execute(outcomes).mappings().all(),
        verdicts=verdicts,
        alerts=connection.execute(_alerts(source, identity)).mappings().all(),
        replays=load_replays(connection, sorted(keys - {None})),
    )


def frame_rows(connection: Connection, source: str, identity: int) -> Sequence[RowMapping]:
    """The current revision's rows in creation order, with their frames' sizes and flags; empty where it is unknown.

    Frames that only the newest verdict's revision had come after them: its windows may have held them.
    """
    s, d, f, v = t.sequences.c, t.detections.c, t.frames.c, t.verdicts.c
    here = (d.source == source, d.sequence_id == identity)
    current = sa.select(s.revision).where(s.source == source, s.id == identity).scalar_subquery()
    judged = (
        sa.select(v.revision)
        .where(v.source == source, v.sequence_id == identity)
        .order_by(v.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    known = sa.select(d.bucket_key).where(*here, d.revision == current)
    rows = (
        sa.select(d.id, d.bucket_key, d.bbox, d.created_at, d.frame_sha256, f.size, f.flag)
        .add_columns((d.revision == current).label("current"))
        .outerjoin_from(t.detections, t.frames, f.sha256 == d.frame_sha256)
        .where(*here, (d.revision == current) | ((d.revision == judged) & d.bucket_key.not_in(known)))
    )
    ordered = rows.order_by(sa.desc("current"), d.created_at, d.id)
    return connection.execute(ordered).mappings().all()


def _facts(source: str, identity: int) -> sa.Select[tuple[object, ...]]:
    s, o, c = t.sequences.c, t.organizations.c, t.cameras.c
    return (
        sa.select(
            t.sequences,
            o.name.label("organization_name"),
            c.name.label("camera_name"),
            *(c.lat, c.lon, c.angle_of_view, c.is_trustable),
        )
        .select_from(t.sequences)
        .outerjoin(t.organizations, (o.source == s.source) & (o.id == s.organization_id))
        .outerjoin(t.cameras, (c.source == s.source) & (c.id == s.camera_id))
        .where(s.source == source, s.id == identity)
    )


def _profiles(connection: Connection, sha256s: Iterable[str]) -> dict[str, RowMapping]:
    """Sizes do not depend on the decoder; of several decoders any one's word is taken."""
    p = t.frame_profiles.c
    facts = [sa.func.max(column).label(column.name) for column in (p.width, p.height, p.undecodable)]
    return {
        row["sha256"]: row
        for chunk in in_chunks(sha256s)
        for row in connection.execute(
            sa.select(p.sha256, *facts).where(p.sha256.in_(chunk)).group_by(p.sha256)
        ).mappings()
    }


def _alerts(source: str, identity: int) -> sa.Select[tuple[object, ...]]:
    a, link = t.alerts.c, t.alert_sequences.c
    return (
        sa.select(a.id, a.started_at)
        .join_from(t.alert_sequences, t.alerts, (a.source == link.source) & (a.id == link.alert_id))
        .where(link.source == source, link.sequence_id == identity, link.gone_at.is_(None))
        .order_by(a.started_at, a.id)
    )
