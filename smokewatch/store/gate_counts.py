"""What the fire-risk gate holds back, counted in SQL by organization and class."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from smokewatch.domain.gate_cost import GateCount
from smokewatch.domain.labels import DETAILS, Label, label_of
from smokewatch.domain.risk import FwiClass
from smokewatch.store import tables as t
from smokewatch.store.gated import (
    Listing,
    alerts_in,
    class_of,
    gated,
    holdable,
    in_alert,
    in_scope,
    linked,
    passes,
    sequences_in,
)

_RANKS = (None, *FwiClass)
_SHOWN = 10
"""Above every rank: an alert's number tells its rank, and whether it is shown."""


class LeftOut(NamedTuple):
    """What a listing of alerts does not show: :attr:`GateCount.alerts_held` and :attr:`GateCount.held`."""

    counts: list[GateCount]
    """By source, organization and class; only what is held back, of sequences only those in the listed alerts."""
    without_sequences: int
    """Alerts of the period of which no sequence is stored: the gate has nothing to judge."""


def count_left_out(connection: Connection, listing: Listing) -> LeftOut:
    """Count what :func:`smokewatch.store.alert_listing.list_alerts` leaves out: alerts, and sequences of alerts.

    A sequence that is in two alerts counts once.
    """
    s = t.sequences.c
    counts: dict[tuple[str, int, int], GateCount] = {}
    alerts = _counted(connection, _alerts(listing))
    for (source, organization, judged), number in alerts.items():
        if judged is not None and judged < _SHOWN:
            _add(counts, source, organization, judged, alerts_held=number)
    each = (
        sa.select(s.source, s.id, s.organization_id, _rank(listing).label("rank"))
        .select_from(sa.join(t.alerts, linked(listing), in_alert()))
        .where(*alerts_in(listing), *in_scope(listing), sa.not_(passes(listing)))
        .distinct()
        .subquery()
    )
    held = sa.select(each.c.source, each.c.organization_id, each.c.rank)
    for (source, organization, rank), number in _counted(connection, held).items():
        _add(counts, source, organization, rank, held=number)
    everything = replace(listing, unlabeled=False, classes=None)
    if everything != listing:
        alerts = _counted(connection, _alerts(everything))
    unknown = sum(number for (*_, judged), number in alerts.items() if judged is None)
    return LeftOut(_ordered(counts), unknown)


def count_held(connection: Connection, listing: Listing) -> list[GateCount]:
    """Count what :func:`smokewatch.store.alert_listing.list_sequences` leaves out: :attr:`GateCount.held`."""
    counts: dict[tuple[str, int, int], GateCount] = {}
    held = (
        sa.select(t.sequences.c.source, t.sequences.c.organization_id, _rank(listing))
        .select_from(holdable(listing))
        .where(*sequences_in(listing), *in_scope(listing), sa.not_(passes(listing)))
    )
    for (source, organization, rank), number in _counted(connection, held).items():
        _add(counts, source, organization, rank, held=number)
    return _ordered(counts)


def count_gate(connection: Connection, listing: Listing) -> list[GateCount]:
    """Count what the gate does: alerts, and every sequence that began in the period, in an alert or not.

    Returns:
        By source, organization and class; classes rising, none last.
    """
    counts: dict[tuple[str, int, int], GateCount] = {}
    for (source, organization, judged), number in _counted(connection, _alerts(listing)).items():
        if judged is not None:
            shown, rank = divmod(judged, _SHOWN)
            _add(counts, source, organization, rank, **{"alerts_shown" if shown else "alerts_held": number})
    for (source, organization, rank, passing, label, alerted), number in _counted(
        connection, _sequences(listing)
    ).items():
        if passing:
            _add(counts, source, organization, rank, shown=number)
            continue
        known = {Label.SMOKE: "held_smoke", Label.FALSE_POSITIVE: "held_false"}.get(label)
        more = {name: number for name, counted in ((known, known), ("held_in_alerts", alerted)) if name and counted}
        _add(counts, source, organization, rank, held=number, **more)
    return _ordered(counts)


def _alerts(listing: Listing) -> sa.Select[Any]:
    """Each alert's source, organization, and the number that :data:`_SHOWN` explains; null: nothing to judge."""
    a = t.alerts.c
    # Judged alert by alert: grouping all links by alert would read those of every other day.
    judged = (
        sa.select(sa.func.max(sa.case((passes(listing), _SHOWN), else_=0)) + sa.func.max(_rank(listing)))
        .select_from(linked(listing))
        .where(in_alert(), *in_scope(listing))
        .correlate(t.alerts)
        .scalar_subquery()
    )
    return sa.select(a.source, a.organization_id, judged.label("judged")).where(*alerts_in(listing))


def _sequences(listing: Listing) -> sa.Select[Any]:
    """Each sequence's source, organization, rank of the class, whether it passes, label, whether it is in an alert."""
    s, a, link = t.sequences.c, t.alerts.c, t.alert_sequences.c
    alert = (
        sa.select(sa.literal(1))
        .join_from(t.alert_sequences, t.alerts, in_alert())
        .where(link.source == s.source, link.sequence_id == s.id, a.deleted_at.is_(None))
        .correlate(t.sequences)
        .exists()
    )
    label = sa.case({each: label_of(each) for each in DETAILS}, value=t.outcomes.c.is_wildfire, else_="")
    return (
        sa.select(
            s.source,
            s.organization_id,
            _rank(listing).label("rank"),
            sa.case((passes(listing), 1), else_=0).label("passing"),
            # Only of what is held back it matters.
            sa.case((passes(listing), ""), else_=label).label("label"),
            sa.case((passes(listing), 0), (alert, 1), else_=0).label("alerted"),
        )
        .select_from(gated(listing))
        .where(*sequences_in(listing), *in_scope(listing))
    )


def _counted(connection: Connection, rows: sa.Select[Any]) -> Counter[Any]:
    """How often each row comes. Counted here: SQLite would compute a row once to group by it, once to show it."""
    return Counter(map(tuple, connection.execute(rows).all()))


def _rank(listing: Listing) -> sa.ColumnElement[int]:
    ranks = {each.value: rank for rank, each in enumerate(_RANKS) if each is not None}
    return sa.case(ranks, value=class_of(listing), else_=0)


def _add(counts: dict[tuple[str, int, int], GateCount], source: str, organization: int, rank: int, **more: int) -> None:
    name = (source, organization, rank)
    known = counts.get(name) or GateCount(source, organization, _RANKS[rank])
    counts[name] = known._replace(**{field: getattr(known, field) + number for field, number in more.items()})


def _ordered(counts: dict[tuple[str, int, int], GateCount]) -> list[GateCount]:
    """By source and organization, classes rising, none last."""
    return [counts[name] for name in sorted(counts, key=lambda name: (name[0], name[1], name[2] or len(_RANKS)))]
