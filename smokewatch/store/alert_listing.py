"""Alerts behind the fire-risk gate, page by page: what is shown, and what is held back. The gate is in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from smokewatch.domain.risk import FwiClass
from smokewatch.domain.times import parse_utc
from smokewatch.errors import MalformedRowError, UsageError
from smokewatch.store import tables as t
from smokewatch.store.catalog import in_chunks
from smokewatch.store.gated import (
    Condition,
    Listing,
    alerts_in,
    class_of,
    gated,
    in_alert,
    in_scope,
    linked,
    passes,
    sequences_in,
)


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last item of a page: the next page begins behind it, whatever was added or labelled since."""

    started_at: datetime
    source: str
    id: int

    def __str__(self) -> str:
        return f"{self.started_at.isoformat().replace('+00:00', 'Z')}~{self.id}~{self.source}"

    @classmethod
    def parse(cls, text: str) -> Cursor:
        """Read one that a page gave.

        Raises:
            UsageError: when it is no cursor.
        """
        time, *rest = text.split("~", 2)
        try:
            identity, source = rest
            if not -(2**63) <= int(identity) < 2**63 or "\x00" in source:
                raise ValueError(identity)
            return cls(parse_utc(time, where="cursor"), source, int(identity))
        except (ValueError, MalformedRowError):
            raise UsageError(f"{text[:80]!r} is no cursor: give one that a page ended with") from None


class GatedSequence(NamedTuple):
    """A sequence at its current outcome, and what the gate says of it. Times aware UTC."""

    source: str
    id: int
    organization_id: int
    organization: str | None
    """Its name; None: never listed."""
    camera_id: int
    camera: str | None
    started_at: datetime
    azimuth: float | None
    """Degrees from north: of the smoke, where it is not known of the camera."""
    score: float | None
    is_validated: bool | None
    is_wildfire: str | None
    max_conf: float | None
    fwi_class: FwiClass | None
    """Of its camera and day, or the override; None: nothing is known, and it passes."""
    threshold: float | None
    """The least ``max_conf`` that its class asks for."""
    passes: bool
    alerts: tuple[int, ...]
    """Ids of the alerts that it is in."""

    @property
    def key(self) -> str:
        """``<source>_<id>``."""
        return f"{self.source}_{self.id}"


class GatedAlert(NamedTuple):
    """An alert with the sequences that the gate lets pass, at least one. Times aware UTC."""

    source: str
    id: int
    organization_id: int
    organization: str | None
    lat: float | None
    lon: float | None
    started_at: datetime
    last_seen_at: datetime
    sequences: tuple[GatedSequence, ...]
    """Oldest first."""
    left_out: int
    """How many of its sequences are held back."""


class AlertPage(NamedTuple):
    """Alerts newest first: ``started_at`` descending, then source and id ascending."""

    items: list[GatedAlert]
    cursor: Cursor | None
    """Of the next page; None: this is the last."""


class HeldPage(NamedTuple):
    """Sequences that the gate holds back, newest first as alerts are."""

    items: list[GatedSequence]
    cursor: Cursor | None


def list_alerts(connection: Connection, listing: Listing, *, limit: int, after: Cursor | None = None) -> AlertPage:
    """A page of the alerts that started in the period and keep a sequence behind the gate.

    Each sequence is judged by its camera's class of the UTC day on which it began. Sequences that are not stored,
    deleted, or gone from the alert have no part in it.

    Args:
        connection: a read transaction.
        listing: which ones.
        limit: alerts a page, 1 or more.
        after: the cursor of the page before.
    """
    a, g = t.alerts.c, t.organizations.c
    passing = sa.select(sa.literal(1)).select_from(linked(listing)).where(in_alert(), *in_scope(listing))
    rows = connection.execute(
        sa.select(a.source, a.id, a.organization_id, g.name, a.lat, a.lon, a.started_at, a.last_seen_at)
        .select_from(t.alerts.outerjoin(t.organizations, (g.source == a.source) & (g.id == a.organization_id)))
        .where(*alerts_in(listing), *_behind(t.alerts, after))
        .where(passing.where(passes(listing)).correlate(t.alerts).exists())
        .order_by(a.started_at.desc(), a.source, a.id)
        .limit(limit + 1)
    ).all()
    shown = [tuple(row) for row in rows[:limit]]
    held = _sequences_of(connection, listing, [(row[0], row[1]) for row in shown])
    items = []
    for row in shown:
        of_alert = held.get((row[0], row[1]), [])
        kept = tuple(each for each in of_alert if each.passes)
        items.append(GatedAlert._make((*row, kept, len(of_alert) - len(kept))))
    return AlertPage(items, _cursor(items[-1]) if len(rows) > limit else None)


def list_held(connection: Connection, listing: Listing, *, limit: int, after: Cursor | None = None) -> HeldPage:
    """A page of the sequences that started in the period and are held back, in an alert or not.

    Production's gate asks before it validates: what it held back became no alert.
    """
    s = t.sequences.c
    rows = connection.execute(
        _facts(listing, gated(listing))
        .where(*sequences_in(listing), *in_scope(listing), sa.not_(passes(listing)), *_behind(t.sequences, after))
        .order_by(s.started_at.desc(), s.source, s.id)
        .limit(limit + 1)
    ).all()
    found = [_sequence(tuple(row), listing) for row in rows[:limit]]
    alerts = _alerts_of(connection, [(each.source, each.id) for each in found])
    items = [each._replace(alerts=alerts.get((each.source, each.id), ())) for each in found]
    return HeldPage(items, _cursor(items[-1]) if len(rows) > limit else None)


def organization_names(connection: Connection) -> dict[tuple[str, int], str]:
    """(source, id) -> name of every organization, by source and name."""
    g = t.organizations.c
    rows = connection.execute(sa.select(g.source, g.id, g.name).order_by(g.source, g.name, g.id))
    return {(row.source, row.id): row.name for row in rows}


def newest_day(connection: Connection) -> date | None:
    """The UTC day on which the newest alert or sequence began; None: nothing is stored."""
    tables = (t.alerts, t.sequences)
    newest = [connection.scalar(sa.select(sa.func.max(table.c.started_at))) for table in tables]
    return max((each.date() for each in newest if each is not None), default=None)


def _behind(table: sa.Table, after: Cursor | None) -> list[Condition]:
    """What comes after a page's last item."""
    if after is None:
        return []
    c = table.c
    further = sa.tuple_(c.source, c.id) > sa.tuple_(sa.literal(after.source), sa.literal(after.id, sa.BigInteger))
    # The first condition alone is one that an index takes.
    return [c.started_at <= after.started_at, (c.started_at < after.started_at) | further]


def _facts(listing: Listing, tables: sa.FromClause, *more: sa.ColumnElement[Any]) -> sa.Select[Any]:
    """The fields of :class:`GatedSequence` up to its class, then whether it passes, then `more`."""
    s, o, g, c = t.sequences.c, t.outcomes.c, t.organizations.c, t.cameras.c
    return sa.select(
        *(s.source, s.id, s.organization_id, g.name, s.camera_id, c.name, s.started_at),
        sa.func.coalesce(s.sequence_azimuth, s.camera_azimuth),
        *(o.temporal_model_score, o.is_validated, o.is_wildfire, o.max_conf, class_of(listing)),
        passes(listing).label("passes"),
        *more,
    ).select_from(
        tables.outerjoin(t.organizations, (g.source == s.source) & (g.id == s.organization_id)).outerjoin(
            t.cameras, (c.source == s.source) & (c.id == s.camera_id)
        )
    )


def _sequence(row: tuple[Any, ...], listing: Listing, alerts: tuple[int, ...] = ()) -> GatedSequence:
    *facts, named, passing = row
    fwi_class = None if named is None else FwiClass(named)
    threshold = None if fwi_class is None else listing.gate[fwi_class]
    return GatedSequence._make((*facts, fwi_class, threshold, bool(passing), alerts))


def _sequences_of(
    connection: Connection, listing: Listing, alerts: Sequence[tuple[str, int]]
) -> dict[tuple[str, int], list[GatedSequence]]:
    """The alerts' sequences that are in the listing's scope, held back or not, oldest first."""
    link, s = t.alert_sequences.c, t.sequences.c
    found: dict[tuple[str, int], list[GatedSequence]] = {}
    for source in sorted({source for source, _ in alerts}):
        for chunk in in_chunks(identity for each, identity in alerts if each == source):
            query = _facts(listing, linked(listing), link.alert_id).where(
                link.source == source, link.alert_id.in_(chunk), link.gone_at.is_(None), *in_scope(listing)
            )
            for *row, alert in connection.execute(query.order_by(s.started_at, s.id)).all():
                found.setdefault((source, alert), []).append(_sequence(tuple(row), listing, (alert,)))
    return found


def _alerts_of(connection: Connection, sequences: Sequence[tuple[str, int]]) -> dict[tuple[str, int], tuple[int, ...]]:
    link, a = t.alert_sequences.c, t.alerts.c
    found: dict[tuple[str, int], tuple[int, ...]] = {}
    for source in sorted({source for source, _ in sequences}):
        for chunk in in_chunks(identity for each, identity in sequences if each == source):
            query = (
                sa.select(link.sequence_id, link.alert_id)
                .join(t.alerts, (a.source == link.source) & (a.id == link.alert_id))
                .where(
                    link.source == source, link.sequence_id.in_(chunk), link.gone_at.is_(None), a.deleted_at.is_(None)
                )
            )
            for identity, alert in sorted(map(tuple, connection.execute(query).all())):
                found[source, identity] = (*found.get((source, identity), ()), alert)
    return found


def _cursor(item: GatedAlert | GatedSequence) -> Cursor:
    return Cursor(item.started_at, item.source, item.id)
