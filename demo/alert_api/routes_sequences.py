"""Routes for sequences (alert-api contract, "Listing routes", "Risk filter", "Labels")."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query
from sqlalchemy import Select, delete, func, select, update

from demo.alert_api import alerting, answers
from demo.alert_api.lookups import (
    RowId,
    Shared,
    by_id,
    check_organization,
    check_paging,
    organization_of_camera,
    sequence_answer,
)
from demo.alert_api.risk import listed
from demo.alert_api.services import Services
from demo.alert_api.tables import alert_sequences, cameras, detections, sequences
from demo.alert_api.tokens import Admin, Caller, Labeller, Person

router = APIRouter(prefix="/sequences", tags=["sequences"])

LATEST = 15


@router.get("/all/fromdate", response_model=list[answers.Sequence])
def list_day(
    services: Shared,
    caller: Person,
    from_date: date,
    limit: int | None = 15,
    offset: int | None = 0,
    risk_score: answers.RiskClass | None = None,
) -> list[dict[str, Any]]:
    """The sequences started on a naive-UTC day, latest first and no tie-break; no total, no next link."""
    check_paging(limit, offset)
    statement = (
        _visible(services, caller, risk_score, from_date)
        .where(func.date(sequences.c.started_at) == from_date.isoformat())
        .limit(limit)
        .offset(offset)
    )
    with services.reading() as connection:
        return [sequence_answer(connection, row) for row in connection.execute(statement).all()]


@router.get("/unlabeled/latest", response_model=list[answers.Sequence])
def list_latest(services: Shared, caller: Person, risk_score: answers.RiskClass | None = None) -> list[dict[str, Any]]:
    """The unlabelled sequences of the last 24 hours, latest first: 15, and no way to get more."""
    now = services.clock.now()
    statement = (
        _visible(services, caller, risk_score)
        .where(sequences.c.started_at > now - timedelta(hours=24), sequences.c.is_wildfire.is_(None))
        .limit(LATEST)
    )
    with services.reading() as connection:
        return [sequence_answer(connection, row) for row in connection.execute(statement).all()]


@router.get("/{sequence_id}", response_model=answers.Sequence)
def get_sequence(services: Shared, caller: Person, sequence_id: RowId) -> dict[str, Any]:
    """One sequence."""
    with services.reading() as connection:
        row = by_id(connection, sequences, sequence_id, "Sequence")
        check_organization(caller, organization_of_camera(connection, row.camera_id))
        return sequence_answer(connection, row)


@router.get("/{sequence_id}/detections", response_model=list[answers.DetectionWithUrl])
def list_detections(
    services: Shared,
    caller: Person,
    sequence_id: RowId,
    limit: Annotated[int, Query(ge=1, le=100)] = 10,
    offset: Annotated[int, Query(ge=0)] = 0,
    desc: bool = True,
    with_crop: bool = False,
) -> list[dict[str, Any]]:
    """A sequence's detections by `created_at`, latest first unless `desc=false`, each with a presigned URL."""
    with services.reading() as connection:
        sequence = by_id(connection, sequences, sequence_id, "Sequence")
        organization_id = organization_of_camera(connection, sequence.camera_id)
        check_organization(caller, organization_id)
        created = detections.c.created_at
        rows = connection.execute(
            select(detections)
            .where(detections.c.sequence_id == sequence_id)
            .order_by(created.desc() if desc else created)
            .limit(limit)
            .offset(offset if services.detections_offset else 0)
        ).all()
    bucket = services.bucket(organization_id)
    return [
        {
            **row._mapping,
            "url": services.frames.url(bucket, row.bucket_key),
            "crop_url": services.frames.url(bucket, row.crop_bucket_key) if with_crop and row.crop_bucket_key else None,
        }
        for row in rows
    ]


@router.patch("/{sequence_id}/label", response_model=answers.LabelledSequence)
def label(services: Shared, caller: Labeller, sequence_id: RowId, payload: answers.SequenceLabel) -> dict[str, Any]:
    """Label a sequence; a non-wildfire label also moves it out of the alerts it shares."""
    with services.writing() as connection:
        row = by_id(connection, sequences, sequence_id, "Sequence")
        check_organization(caller, organization_of_camera(connection, row.camera_id))
        connection.execute(
            update(sequences).where(sequences.c.id == sequence_id).values(is_wildfire=payload.is_wildfire)
        )
        if payload.is_wildfire != "wildfire_smoke":
            alerting.set_apart(connection, sequence_id)
        return dict(by_id(connection, sequences, sequence_id, "Sequence")._mapping)


@router.delete("/{sequence_id}")
def delete_sequence(services: Shared, _caller: Admin, sequence_id: RowId) -> None:
    """Delete a sequence; its detections stay, without one."""
    with services.writing() as connection:
        by_id(connection, sequences, sequence_id, "Sequence")
        connection.execute(update(detections).where(detections.c.sequence_id == sequence_id).values(sequence_id=None))
        connection.execute(delete(alert_sequences).where(alert_sequences.c.sequence_id == sequence_id))
        connection.execute(delete(sequences).where(sequences.c.id == sequence_id))


def _visible(services: Services, caller: Caller, risk_score: str | None, day: date | None = None) -> Select[Any]:
    """Sequences the caller may list, latest first; admins see all organizations and no risk filter."""
    statement = select(sequences).order_by(sequences.c.started_at.desc())
    if caller.is_admin and services.admin_lists_all:
        return statement
    own = select(cameras.c.id).where(cameras.c.organization_id == caller.organization_id)
    statement = statement.where(sequences.c.camera_id.in_(own))
    return statement if caller.is_admin else statement.where(listed(services.risk_thresholds(day), risk_score))
