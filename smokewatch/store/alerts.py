"""Alerts in the catalog: what they are now, and which sequences were ever in them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from smokewatch.domain.alerts import ListedAlert
from smokewatch.store import tables as t
from smokewatch.store.catalog import upsert
from smokewatch.store.sequences import started_within

_FACTS = ("organization_id", "lat", "lon", "started_at", "last_seen_at")


def save_alerts(connection: Connection, source: str, alerts: Iterable[ListedAlert], *, now: datetime) -> None:
    """Record listed alerts in the caller's transaction; a sequence that left one stays, with the time it was gone."""
    chosen = sorted(alerts, key=lambda alert: alert.id)
    rows = [{"source": source, "id": each.id} | {name: getattr(each, name) for name in _FACTS} for each in chosen]
    upsert(connection, t.alerts, [row | {"updated_at": now, "deleted_at": None} for row in rows])
    links = t.alert_sequences
    for alert in chosen:
        present = [
            {"source": source, "alert_id": alert.id, "sequence_id": each, "seen_at": now, "gone_at": None}
            for each in sorted(alert.sequence_ids)
        ]
        upsert(connection, links, present, update=["gone_at"])
        connection.execute(
            links.update()
            .where(links.c.source == source, links.c.alert_id == alert.id, links.c.gone_at.is_(None))
            .where(links.c.sequence_id.not_in(alert.sequence_ids))
            .values(gone_at=now)
        )


def mark_alert_deleted(connection: Connection, source: str, alert_id: int, *, now: datetime) -> bool:
    """Record that the server deleted an alert; False when it was so already."""
    marked = connection.execute(
        t.alerts.update()
        .where(t.alerts.c.source == source, t.alerts.c.id == alert_id, t.alerts.c.deleted_at.is_(None))
        .values(deleted_at=now)
    )
    return marked.rowcount > 0


def alerts_started(connection: Connection, source: str, day: date) -> dict[int, int]:
    """Alert id -> organization id of those that started on a UTC day and are not known to be deleted."""
    a = t.alerts.c
    rows = connection.execute(
        sa.select(a.id, a.organization_id).where(
            a.source == source, a.deleted_at.is_(None), *started_within(a.started_at, day, day)
        )
    )
    return {row.id: row.organization_id for row in rows}
