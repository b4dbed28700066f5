"""What the fire-risk gate judges, in SQL: the sequences and alerts that are asked for, beside their classes."""

from __future__ import annotations

from collections.abc import Collection, Hashable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from smokewatch.domain.labels import DETAILS
from smokewatch.domain.risk import PRODUCTION_GATE, FwiClass, Gate
from smokewatch.store import tables as t
from smokewatch.store.risk import on_camera_and_day, passes_listing

LATEST = timedelta(hours=24)
"""How far the latest alerts reach back, as alert-api's ``unlabeled/latest``."""
NO_CLASS = "none"
"""Names the days and cameras without a class, where classes are chosen."""
Condition = sa.ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class Listing:
    """What is listed, and which gate it passes. None: no limit."""

    start: datetime | None = None
    """Aware UTC; the first moment."""
    end: datetime | None = None
    """The first moment that is too late."""
    organizations: Collection[tuple[str, int]] | None = None
    """(source, id) each."""
    classes: Collection[str] | None = None
    """Only sequences of cameras and days with these classes, :data:`NO_CLASS` among them."""
    unlabeled: bool = False
    """Only sequences that nobody labelled yet, and their alerts."""
    gate: Gate = field(default_factory=lambda: PRODUCTION_GATE)
    override: FwiClass | None = None
    """alert-api's ``risk_score``: the class of every camera on every day."""

    @property
    def moments(self) -> dict[str, datetime | None]:
        """The parameters of its statements that are no part of its :class:`Shape`."""
        return {"start": self.start, "end": self.end}


@dataclass(frozen=True, slots=True)
class Shape:
    """A listing as a key: of one shape are those whose statements differ in :attr:`Listing.moments` alone."""

    listing: Listing = field(compare=False)
    """The first one of this shape."""
    key: Hashable

    @classmethod
    def of(cls, listing: Listing) -> Shape:
        """The shape of a listing."""
        organizations, classes = listing.organizations, listing.classes
        key = (
            *(listing.start is None, listing.end is None),
            *(None if organizations is None else tuple(organizations), None if classes is None else tuple(classes)),
            *(listing.unlabeled, tuple(listing.gate.items()), listing.override),
        )
        return cls(listing, key)


def gated(listing: Listing) -> sa.FromClause:
    """Sequences at their current outcome, beside the class of their camera and day where one is needed."""
    s = t.sequences.c
    current = t.sequences.join(t.outcomes, _current_outcome())
    if listing.override is not None:
        return current
    return current.outerjoin(t.risk_classes, on_camera_and_day(s.source, s.camera_id, s.started_at))


def holdable(listing: Listing) -> sa.FromClause:
    """Of the same, those whose class asks for a confidence: nothing else is held back.

    The class is joined first: on most days hardly a camera has such a one, and no outcome is read there.
    """
    s, r = t.sequences.c, t.risk_classes.c
    if listing.override is not None:
        return gated(listing)
    asking = {each.value for each, threshold in listing.gate.items() if threshold is not None}
    if listing.classes is not None:
        asking &= {*listing.classes}
    # No class at all: nothing is read.
    judged = r.fwi_class.in_(sorted(asking)) if asking else sa.false()
    classed = t.sequences.join(t.risk_classes, on_camera_and_day(s.source, s.camera_id, s.started_at) & judged)
    return classed.join(t.outcomes, _current_outcome())


def linked(listing: Listing) -> sa.FromClause:
    """The same, beside the alerts that they are in."""
    s, link = t.sequences.c, t.alert_sequences.c
    return sa.join(t.alert_sequences, gated(listing), (s.source == link.source) & (s.id == link.sequence_id))


def in_alert() -> Condition:
    """Whether a link is the alert's, and still holds."""
    a, link = t.alerts.c, t.alert_sequences.c
    return (link.source == a.source) & (link.alert_id == a.id) & link.gone_at.is_(None)


def passes(listing: Listing) -> Condition:
    """Whether the listing's gate lets a sequence pass; never null."""
    return passes_listing(t.outcomes.c.max_conf, listing.gate, listing.override)


def class_of(listing: Listing) -> sa.ColumnElement[Any]:
    """The class that a sequence is judged by, as text; null: none."""
    return t.risk_classes.c.fwi_class if listing.override is None else sa.literal(listing.override.value, sa.Text)


def in_scope(listing: Listing) -> list[Condition]:
    """What a sequence must be like, but for its period and its organization."""
    said = t.outcomes.c.is_wildfire
    found: list[Condition] = [t.sequences.c.deleted_at.is_(None)]
    if listing.unlabeled:
        found.append(said.is_(None) | said.not_in(DETAILS))
    if listing.classes is not None:
        named = class_of(listing)
        chosen = named.in_(sorted(listing.classes))
        found.append(chosen | named.is_(None) if NO_CLASS in listing.classes else chosen)
    return found


def alerts_in(listing: Listing) -> list[Condition]:
    """Which alerts are listed, whatever the gate says."""
    return _listed(t.alerts, listing)


def sequences_in(listing: Listing) -> list[Condition]:
    """Which sequences are listed, in an alert or not, whatever the gate says."""
    return _listed(t.sequences, listing)


def _current_outcome() -> Condition:
    s, o = t.sequences.c, t.outcomes.c
    return (o.source == s.source) & (o.sequence_id == s.id) & (o.outcome == s.outcome)


def _listed(table: sa.Table, listing: Listing) -> list[Condition]:
    c = table.c
    found: list[Condition] = [c.deleted_at.is_(None)]
    if listing.start is not None:
        found.append(c.started_at >= sa.bindparam("start", listing.start))
    if listing.end is not None:
        found.append(c.started_at < sa.bindparam("end", listing.end))
    if listing.organizations is not None:
        # An index gives one organization's rows in order. Of several, walking all by time and stopping is faster than
        # sorting them: an expression keeps the index out.
        source = c.source if len(listing.organizations) == 1 else c.source + ""
        chosen = ((source == name) & (c.organization_id == each) for name, each in sorted(listing.organizations))
        found.append(sa.or_(sa.false(), *chosen))
    return found
