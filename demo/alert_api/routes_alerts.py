"""Routes for alerts (alert-api contract, "Listing routes")."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query
from sqlalchemy import Connection, Row, Select, func, select

from demo.alert_api import answers
from demo.alert_api.lookups import RowId, Shared, by_id, check_organization, check_paging, sequence_answer
from demo.alert_api.risk import listed
from demo.alert_api.services import Services
from demo.alert_api.tables import alert_sequences, alerts, sequences
from demo.alert_api.tokens import Caller, Person

router = APIRouter(prefix="/alerts", tags=["alerts"])


@router.get("/all/fromdate", response_model=list[answers.Alert])
def list_day(
    services: Shared,
    caller: Person,
    from_date: date,
    limit: int | None = 15,
    offset: int | None = 0,
    risk_score: answers.RiskClass | None = None,
) -> list[dict[str, Any]]:
    """The alerts started on a naive-UTC day, latest first, each with its sequences."""
    check_paging(limit, offset)
    statement = (
        _visible(services, caller, risk_score, from_date)
        .where(func.date(alerts.c.started_at) == from_date.isoformat())
        .limit(limit)
        .offset(offset)
    )
    with services.reading() as connection:
        return [_answer(connection, row) for row in connection.execute(statement).all()]


@router.get("/unlabeled/latest", response_model=list[answers.Alert])
def list_latest(
    services: Shared,
    caller: Person,
    limit: int | None = 15,
    offset: int | None = 0,
    risk_score: answers.RiskClass | None = None,
) -> list[dict[str, Any]]:
    """The last 24 hours' alerts that hold an unlabelled sequence, latest first."""
    check_paging(limit, offset)
    now = services.clock.now()
    unlabelled = (
        select(alert_sequences.c.alert_id)
        .join(sequences, sequences.c.id == alert_sequences.c.sequence_id)
        .where(sequences.c.is_wildfire.is_(None))
    )
    statement = (
        _visible(services, caller, risk_score)
        .where(alerts.c.started_at > now - timedelta(hours=24), alerts.c.id.in_(unlabelled))
        .limit(limit)
        .offset(offset)
    )
    with services.reading() as connection:
        return [_answer(connection, row) for row in connection.execute(statement).all()]


@router.get("/{alert_id}", response_model=answers.Alert)
def get_alert(services: Shared, caller: Person, alert_id: RowId) -> dict[str, Any]:
    """One alert."""
    with services.reading() as connection:
        row = by_id(connection, alerts, alert_id, "Alert")
        check_organization(caller, row.organization_id)
        return _answer(connection, row)


@router.get("/{alert_id}/sequences", response_model=list[answers.Sequence])
def list_sequences(
    services: Shared,
    caller: Person,
    alert_id: RowId,
    limit: Annotated[int, Query(ge=1, le=100)] = 10,
    order_desc: bool = True,
) -> list[dict[str, Any]]:
    """An alert's sequences by `last_seen_at`, latest first unless `order_desc=false`."""
    with services.reading() as connection:
        row = by_id(connection, alerts, alert_id, "Alert")
        check_organization(caller, row.organization_id)
        found = _sequences(connection, alert_id, newest_first=order_desc)
        return [sequence_answer(connection, sequence) for sequence in found[:limit]]


def _visible(services: Services, caller: Caller, risk_score: str | None, day: date | None = None) -> Select[Any]:
    statement = select(alerts).order_by(alerts.c.started_at.desc())
    if caller.is_admin and services.admin_lists_all:
        return statement
    statement = statement.where(alerts.c.organization_id == caller.organization_id)
    if caller.is_admin:
        return statement
    passing = (
        select(alert_sequences.c.alert_id)
        .join(sequences, sequences.c.id == alert_sequences.c.sequence_id)
        .where(listed(services.risk_thresholds(day), risk_score))
    )
    return statement.where(alerts.c.id.in_(passing))


def _answer(connection: Connection, row: Row[Any]) -> dict[str, Any]:
    found = _sequences(connection, row.id, newest_first=True)
    return {**row._mapping, "sequences": [sequence_answer(connection, sequence) for sequence in found]}


def _sequences(connection: Connection, alert_id: int, *, newest_first: bool) -> list[Row[Any]]:
    last = sequences.c.last_seen_at
    return list(
        connection.execute(
            select(sequences)
            .join(alert_sequences, alert_sequences.c.sequence_id == sequences.c.id)
            .where(alert_sequences.c.alert_id == alert_id)
            .order_by(last.desc() if newest_first else last)
        )
    )
