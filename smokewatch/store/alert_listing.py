"""Alerts behind the fire-risk gate, page by page: what is shown, and what is held back. The gate is in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from smokewatch.store import tables as t
from smokewatch.store.catalog import in_chunks
from smokewatch.store.gated import Listing, Shape, alerts_in, in_alert, in_scope, linked, passes
from smokewatch.store.id_lists import OneOf
from smokewatch.store.plans import walked
from smokewatch.store.sequence_listing import (
    Cursor,
    GatedSequence,
    behind,
    gated_facts,
    gated_sequence,
    page_limit,
)


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
    shape = Shape.of(listing)
    query = _page_query(shape, limit + 1, after is not None)
    with walked(connection):
        rows = connection.execute(query, listing.moments | (after.place if after else {})).all()
        held = _sequences_of(connection, listing, shape, [(row[0], row[1]) for row in rows[:limit]])
    items = []
    for row in rows[:limit]:
        of_alert = held.get((row[0], row[1]), [])
        kept = tuple(each for each in of_alert if each.passes)
        items.append(GatedAlert._make((*row, kept, len(of_alert) - len(kept))))
    return AlertPage(items, Cursor.of(items[-1]) if len(rows) > limit else None)


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


@lru_cache(maxsize=64)
def _page_query(shape: Shape, limit: int, continued: bool) -> sa.Select[Any]:
    """The statement, made here once, as the other listing's."""
    a, g, listing = t.alerts.c, t.organizations.c, shape.listing
    passing = sa.select(sa.literal(1)).select_from(linked(listing)).where(in_alert(), *in_scope(listing))
    return (
        sa.select(a.source, a.id, a.organization_id, g.name, a.lat, a.lon, a.started_at, a.last_seen_at)
        .select_from(t.alerts.outerjoin(t.organizations, (g.source == a.source) & (g.id == a.organization_id)))
        .where(*alerts_in(listing), *(behind(t.alerts) if continued else ()))
        .where(passing.where(passes(listing)).correlate(t.alerts).exists())
        .order_by(a.started_at.desc(), a.source, a.id)
        .limit(page_limit(limit))
    )


def _sequences_of(
    connection: Connection, listing: Listing, shape: Shape, alerts: Sequence[tuple[str, int]]
) -> dict[tuple[str, int], list[GatedSequence]]:
    """The alerts' sequences that are in the listing's scope, held back or not, oldest first."""
    query = _sequences_query(shape)
    found: dict[tuple[str, int], list[GatedSequence]] = {}
    for source in {source for source, _ in alerts}:
        for chunk in in_chunks(identity for each, identity in alerts if each == source):
            for *row, alert in connection.execute(query, {"source": source, "ids": chunk}).all():
                found.setdefault((source, alert), []).append(gated_sequence(tuple(row), listing, (alert,)))
    return {alert: sorted(each, key=lambda one: (one.started_at, one.id)) for alert, each in found.items()}


@lru_cache(maxsize=64)
def _sequences_query(shape: Shape) -> sa.Select[Any]:
    link, listing = t.alert_sequences.c, shape.listing
    return gated_facts(listing, linked(listing), link.alert_id).where(
        link.source == sa.bindparam("source"), OneOf(link.alert_id), link.gone_at.is_(None), *in_scope(listing)
    )
