"""Which alert a sequence belongs to. Grouping is by camera and time; production also triangulates across cameras."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection, delete, func, insert, select, update

from demo.alert_api.tables import alert_sequences, alerts, cameras, sequences

TOGETHER = timedelta(minutes=30)
"""Two sequences of a camera at most this far apart are one alert."""


def attach(connection: Connection, sequence_id: int) -> int:
    """Put a validated sequence into an alert of its camera and time, a new one when there is none; gives its id."""
    present = connection.execute(
        select(alert_sequences.c.alert_id).where(alert_sequences.c.sequence_id == sequence_id)
    ).scalar()
    if present is not None:
        return int(present)
    row = connection.execute(select(sequences).where(sequences.c.id == sequence_id)).one()
    found = connection.execute(
        select(alerts)
        .join(alert_sequences, alert_sequences.c.alert_id == alerts.c.id)
        .join(sequences, sequences.c.id == alert_sequences.c.sequence_id)
        .where(sequences.c.camera_id == row.camera_id)
        .where(alerts.c.started_at <= row.last_seen_at + TOGETHER)
        .where(alerts.c.last_seen_at >= row.started_at - TOGETHER)
        .order_by(alerts.c.id)
    ).first()
    if found is None:
        return _create(connection, sequence_id)
    connection.execute(
        update(alerts)
        .where(alerts.c.id == found.id)
        .values(
            started_at=min(found.started_at, row.started_at), last_seen_at=max(found.last_seen_at, row.last_seen_at)
        )
    )
    connection.execute(insert(alert_sequences).values(alert_id=found.id, sequence_id=sequence_id))
    return int(found.id)


def set_apart(connection: Connection, sequence_id: int) -> None:
    """A non-wildfire label: out of every alert it shares, and into a new one when it is in none (contract, "Labels").

    This gives an alert to a sequence that never had one, validated or not.
    """
    own = select(alert_sequences.c.alert_id).where(alert_sequences.c.sequence_id == sequence_id)
    shared = (
        select(alert_sequences.c.alert_id)
        .where(alert_sequences.c.alert_id.in_(own))
        .group_by(alert_sequences.c.alert_id)
        .having(func.count() > 1)
    )
    shared_ids = connection.execute(shared).scalars().all()
    connection.execute(
        delete(alert_sequences)
        .where(alert_sequences.c.sequence_id == sequence_id)
        .where(alert_sequences.c.alert_id.in_(shared_ids))
    )
    if connection.execute(own).first() is None:
        _create(connection, sequence_id)


def _create(connection: Connection, sequence_id: int) -> int:
    row = connection.execute(
        select(sequences, cameras.c.organization_id)
        .join(cameras, cameras.c.id == sequences.c.camera_id)
        .where(sequences.c.id == sequence_id)
    ).one()
    alert_id = connection.execute(
        insert(alerts)
        .values(organization_id=row.organization_id, started_at=row.started_at, last_seen_at=row.last_seen_at)
        .returning(alerts.c.id)
    ).scalar_one()
    connection.execute(insert(alert_sequences).values(alert_id=alert_id, sequence_id=sequence_id))
    return int(alert_id)
