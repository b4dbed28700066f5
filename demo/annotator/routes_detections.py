"""Routes for detections and their frames."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, HTTPException
from sqlalchemy import Row, select

from demo.annotator import answers
from demo.annotator.paging import Direction, Page, Params, read_page
from demo.annotator.services import Services, Shared
from demo.annotator.tables import detections
from demo.annotator.tokens import User

router = APIRouter(prefix="/detections")


@router.get("/", response_model=Page[answers.Detection], dependencies=[Depends(Params, use_cache=False)])
def list_detections(
    services: Shared,
    _user: User,
    params: Annotated[Params, Depends()],
    sequence_id: int | None = None,
    order_by: Literal["created_at", "recorded_at"] = "created_at",
    order_direction: Direction = "desc",
) -> Any:
    """A page of detections, latest import first."""
    statement = select(detections)
    if sequence_id is not None:
        statement = statement.where(detections.c.sequence_id == sequence_id)
    with services.reading() as connection:
        rows, numbers = read_page(services, connection, statement, params, detections, order_by, order_direction)
    return {"items": [dict(row._mapping) for row in rows], **numbers}


@router.get("/{detection_id}", response_model=answers.Detection)
def get_detection(services: Shared, _user: User, detection_id: int) -> dict[str, Any]:
    """One detection."""
    return dict(_read(services, detection_id)._mapping)


@router.get("/{detection_id}/url", response_model=answers.DetectionUrl)
def get_url(services: Shared, _user: User, detection_id: int) -> dict[str, str]:
    """A presigned URL of the frame, good for 24 hours; 404 also when the object is missing."""
    row = _read(services, detection_id)
    if not services.frames.exists(services.bucket, row.bucket_key):
        raise HTTPException(404, "File cannot be found on the bucket storage")
    return {"url": services.frames.url(services.bucket, row.bucket_key)}


def _read(services: Services, detection_id: int) -> Row[Any]:
    with services.reading() as connection:
        row = connection.execute(select(detections).where(detections.c.id == detection_id)).one_or_none()
    if row is None:
        raise HTTPException(404, "Detection not found.")
    return row
