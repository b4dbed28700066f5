"""Alerts that people may be told of, as the catalog has them now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from smokewatch.domain.labels import Label, label_of
from smokewatch.domain.messages import AlertToTell, Sighting
from smokewatch.domain.risk import FwiClass, Gate, passes_notification
from smokewatch.store import tables as t
from smokewatch.store.catalog import in_chunks
from smokewatch.store.gated import Listing, gated, in_alert, linked

AlertKey = tuple[str, int]
"""(source, id)."""
_LONGEST = timedelta(days=1)
"""How long a sequence may have lasted that is still seen: nothing older is looked for."""


class Untold(StrEnum):
    """Why people are not told of a validated sequence."""

    HELD = "held"
    """The gate asks for more confidence on its camera's day, or it has none."""
    FALSE_POSITIVE = "false_positive"
    """People said already that it is none."""


@dataclass
class Alert:
    """An alert: the sequences that people may be told of, and why not of the others."""

    source: str
    id: int
    organization_id: int
    organization: str
    sightings: list[Sighting] = field(default_factory=list)
    untold: list[tuple[Untold, FwiClass | None]] = field(default_factory=list)

    def to_tell(self) -> AlertToTell | None:
        """What a message says; None: nothing, for no sequence passed."""
        if not self.sightings:
            return None
        ordered = sorted(self.sightings, key=lambda each: (each.started_at, each.key))
        return AlertToTell(self.source, self.id, self.organization_id, self.organization, tuple(ordered))


def alerts_seen(connection: Connection, since: datetime) -> set[AlertKey]:
    """Alerts with a validated sequence whose smoke was seen since a time; what is older is history."""
    s, o = t.sequences.c, t.outcomes.c
    rows = connection.execute(
        sa.select(t.alerts.c.source, t.alerts.c.id)
        .select_from(t.alerts.join(linked(_ALL), in_alert()))
        .where(t.alerts.c.deleted_at.is_(None), *_validated())
        .where(s.started_at >= since - _LONGEST, o.last_seen_at >= since)
        .distinct()
    )
    return {(row.source, row.id) for row in rows}


def without_alert(connection: Connection, since: datetime) -> int:
    """How many validated sequences seen since a time are in no alert that is stored: nobody is told of them."""
    s, o, link = t.sequences.c, t.outcomes.c, t.alert_sequences.c
    in_one = (
        sa.select(sa.literal(1))
        .select_from(t.alert_sequences.join(t.alerts, in_alert()))
        .where(link.source == s.source, link.sequence_id == s.id, t.alerts.c.deleted_at.is_(None))
        .correlate(t.sequences)
        .exists()
    )
    counted = (
        sa.select(sa.func.count())
        .select_from(gated(_ALL))
        .where(*_validated(), s.started_at >= since - _LONGEST, o.last_seen_at >= since, sa.not_(in_one))
    )
    return connection.scalar(counted) or 0


def load_alerts(connection: Connection, keys: Collection[AlertKey], gate: Gate) -> dict[AlertKey, Alert]:
    """Alerts with their validated sequences as they are now, behind the gate; those without one are left out."""
    found: dict[AlertKey, Alert] = {}
    by_source: dict[str, list[int]] = defaultdict(list)
    for source, identity in sorted(keys):
        by_source[source].append(identity)
    for source, ids in by_source.items():
        for chunk in in_chunks(ids):
            for row in connection.execute(_facts(source, chunk)):
                alert = found.setdefault((source, row.alert_id), _alert(row))
                _judge(alert, row, gate)
    return found


_ALL = Listing()


def _validated() -> list[sa.ColumnElement[bool]]:
    return [t.outcomes.c.is_validated.is_(True), t.sequences.c.deleted_at.is_(None)]


def _facts(source: str, ids: Collection[int]) -> sa.Select[Any]:
    a, s, o, g, c = t.alerts.c, t.sequences.c, t.outcomes.c, t.organizations.c, t.cameras.c
    tables = (
        t.alerts.join(linked(_ALL), in_alert())
        .outerjoin(t.organizations, (g.source == a.source) & (g.id == a.organization_id))
        .outerjoin(t.cameras, (c.source == s.source) & (c.id == s.camera_id))
    )
    return (
        sa.select(
            *(a.source, a.id.label("alert_id"), a.organization_id, g.name.label("organization")),
            *(s.id, s.camera_id, c.name.label("camera"), c.lat, c.lon, s.started_at),
            sa.func.coalesce(s.sequence_azimuth, s.camera_azimuth).label("azimuth"),
            *(o.temporal_model_score, o.is_wildfire, o.max_conf, t.risk_classes.c.fwi_class),
        )
        .select_from(tables)
        .where(a.source == source, a.id.in_(ids), a.deleted_at.is_(None), *_validated())
    )


def _alert(row: sa.Row[Any]) -> Alert:
    name = row.organization or f"org-{row.organization_id}"
    return Alert(row.source, row.alert_id, row.organization_id, name)


def _judge(alert: Alert, row: sa.Row[Any], gate: Gate) -> None:
    fwi_class = None if row.fwi_class is None else FwiClass(row.fwi_class)
    if label_of(row.is_wildfire) is Label.FALSE_POSITIVE:
        alert.untold.append((Untold.FALSE_POSITIVE, fwi_class))
    elif not passes_notification(row.max_conf, fwi_class, gate):
        alert.untold.append((Untold.HELD, fwi_class))
    else:
        alert.sightings.append(
            Sighting(
                key=f"{row.source}_{row.id}",
                camera=row.camera or f"camera-{row.camera_id}",
                lat=row.lat,
                lon=row.lon,
                started_at=row.started_at,
                azimuth=row.azimuth,
                score=row.temporal_model_score,
                fwi_class=fwi_class,
            )
        )
