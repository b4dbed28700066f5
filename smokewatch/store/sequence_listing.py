"""Sequences behind the fire-risk gate, page by page: what is shown, and what is held back. The gate is in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple, Protocol

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
    Shape,
    class_of,
    gated,
    holdable,
    in_alert,
    in_scope,
    passes,
    sequences_in,
)
from smokewatch.store.id_lists import OneOf
from smokewatch.store.plans import walked


class Begun(Protocol):
    """A sequence or an alert."""

    @property
    def started_at(self) -> datetime: ...
    @property
    def source(self) -> str: ...
    @property
    def id(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last item of a page: the next page begins behind it, whatever was added or labelled since."""

    started_at: datetime
    source: str
    id: int

    def __str__(self) -> str:
        return f"{self.started_at.isoformat().replace('+00:00', 'Z')}~{self.id}~{self.source}"

    @property
    def place(self) -> dict[str, Any]:
        """The parameters of what comes behind it."""
        return {"last_started_at": self.started_at, "last_source": self.source, "last_id": self.id}

    @classmethod
    def of(cls, item: Begun) -> Cursor:
        """Behind an item."""
        return cls(item.started_at, item.source, item.id)

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


class SequencePage(NamedTuple):
    """Sequences newest first, as alerts are."""

    items: list[GatedSequence]
    cursor: Cursor | None


def list_sequences(
    connection: Connection, listing: Listing, *, limit: int, after: Cursor | None = None
) -> SequencePage:
    """A page of the sequences that started in the period and pass, in an alert or not (see :func:`list_alerts`)."""
    return _sequence_page(connection, listing, limit, after, passing=True)


def list_held(connection: Connection, listing: Listing, *, limit: int, after: Cursor | None = None) -> SequencePage:
    """A page of the sequences that started in the period and are held back, in an alert or not.

    Production's gate asks before it validates: what it held back became no alert.
    """
    return _sequence_page(connection, listing, limit, after, passing=False)


def behind(table: sa.Table) -> list[Condition]:
    """What comes after a page's last item, whose :attr:`Cursor.place` are the parameters."""
    c = table.c
    last = sa.bindparam("last_started_at", type_=c.started_at.type)
    upto = sa.tuple_(c.source, c.id) <= sa.tuple_(sa.bindparam("last_source"), sa.bindparam("last_id", type_=c.id.type))
    # An index takes the first condition, and PostgreSQL knows that the second one leaves out hardly a row.
    return [c.started_at <= last, sa.not_((c.started_at == last) & upto)]


def page_limit(rows: int) -> sa.BindParameter[int]:
    """A page's LIMIT, in the statement itself: a plan for any limit would be one for a tenth of all rows."""
    return sa.bindparam(None, rows, sa.Integer, literal_execute=True)


def gated_facts(listing: Listing, tables: sa.FromClause, *more: sa.ColumnElement[Any]) -> sa.Select[Any]:
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


def gated_sequence(row: tuple[Any, ...], listing: Listing, alerts: tuple[int, ...] = ()) -> GatedSequence:
    *facts, named, passing = row
    fwi_class = None if named is None else FwiClass(named)
    threshold = None if fwi_class is None else listing.gate[fwi_class]
    return GatedSequence._make((*facts, fwi_class, threshold, bool(passing), alerts))


def _sequence_page(
    connection: Connection, listing: Listing, limit: int, after: Cursor | None, *, passing: bool
) -> SequencePage:
    query = _page_query(Shape.of(listing), limit + 1, passing, after is not None)
    with walked(connection):
        rows = connection.execute(query, listing.moments | (after.place if after else {})).all()
        alerts = _alerts_of(connection, [(row[0], row[1]) for row in rows[:limit]])
    items = [gated_sequence(tuple(row), listing, alerts.get((row[0], row[1]), ())) for row in rows[:limit]]
    return SequencePage(items, Cursor.of(items[-1]) if len(rows) > limit else None)


@lru_cache(maxsize=64)
def _page_query(shape: Shape, limit: int, passing: bool, continued: bool) -> sa.Select[Any]:
    """The statement, made here once: making it and its key in SQLAlchemy's cache takes longer than the rows."""
    s, listing = t.sequences.c, shape.listing
    judged = passes(listing) if passing else sa.not_(passes(listing))
    return (
        gated_facts(listing, gated(listing) if passing else holdable(listing))
        .where(*sequences_in(listing), *in_scope(listing), judged, *(behind(t.sequences) if continued else ()))
        .order_by(s.started_at.desc(), s.source, s.id)
        .limit(page_limit(limit))
    )


def _alerts_of(connection: Connection, sequences: Sequence[tuple[str, int]]) -> dict[tuple[str, int], tuple[int, ...]]:
    found: dict[tuple[str, int], tuple[int, ...]] = {}
    for source in sorted({source for source, _ in sequences}):
        for chunk in in_chunks(identity for each, identity in sequences if each == source):
            rows = connection.execute(_ALERTS, {"source": source, "ids": chunk}).all()
            for identity, alert in sorted(map(tuple, rows)):
                found[source, identity] = (*found.get((source, identity), ()), alert)
    return found


_ALERTS = (
    sa.select(t.alert_sequences.c.sequence_id, t.alert_sequences.c.alert_id)
    .join(t.alerts, in_alert())
    .where(t.alert_sequences.c.source == sa.bindparam("source"), OneOf(t.alert_sequences.c.sequence_id))
    .where(t.alerts.c.deleted_at.is_(None))
)
