"""Routes for detections: what cameras upload (alert-api contract, "bbox strings", "How rows arise")."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, HTTPException, Response, UploadFile
from sqlalchemy import select

from demo.alert_api import answers, bboxes, uploads
from demo.alert_api.lookups import RowId, Shared, by_id, check_organization, organization_of_camera
from demo.alert_api.tables import cameras, detections, poses
from demo.alert_api.tokens import Admin, CameraCaller, Person

router = APIRouter(prefix="/detections", tags=["detections"])


@router.post(
    "/", response_model=answers.Detection, status_code=201, responses={204: {"description": "Nothing to keep"}}
)
def create_detection(
    services: Shared,
    caller: CameraCaller,
    bboxes_text: Annotated[
        str, Form(alias="bboxes", pattern=bboxes.BOXES_PATTERN, min_length=2, max_length=bboxes.MAX_LENGTH)
    ],
    pose_id: Annotated[int, Form(gt=0)],
    file: Annotated[UploadFile, File()],
    recorded_at: Annotated[datetime | None, Form()] = None,
    crop: Annotated[list[UploadFile] | None, File()] = None,
) -> Any:
    """Take a frame: a row per box, continuity rows beside; 204 when nothing is kept; answers the first row."""
    boxes = bboxes.split(bboxes_text)
    if any(box[0] >= box[2] or box[1] >= box[3] for box in map(bboxes.parse, boxes)):
        raise HTTPException(422, "xmin & ymin are expected to be respectively smaller than xmax & ymax")
    crops = crop or []
    with services.writing() as connection:
        pose = by_id(connection, poses, pose_id, "Pose")
        if pose.camera_id != caller.id:
            raise HTTPException(403, "Access forbidden.")
        if not pose.active:
            raise HTTPException(422, "Pose is not active.")
        if crops and len(crops) != len(boxes):
            raise HTTPException(422, "Number of crops must match the number of bboxes.")
        if uploads.keeps_nothing(connection, services, pose_id, boxes):
            return Response(status_code=204)
        bucket = services.bucket(caller.organization_id)
        received_at = services.clock.now()
        content = file.file.read()
        key = uploads.object_key(caller.id, received_at, content)
        services.frames.put(bucket, key, content)
        crop_keys: list[str | None] = [None] * len(boxes)
        for index, image in enumerate(crops):
            cut = image.file.read()
            crop_key = uploads.object_key(caller.id, received_at, cut, prefix=f"crop_{index}_")
            services.frames.put(bucket, crop_key, cut)
            crop_keys[index] = crop_key
        upload = uploads.Upload(caller.id, pose, boxes, key, crop_keys, _as_utc(recorded_at))
        row_id = uploads.record(connection, services, upload)
        return dict(by_id(connection, detections, row_id, "Detection")._mapping)


@router.get("/", response_model=list[answers.Detection])
def list_all(services: Shared, caller: Person) -> list[dict[str, Any]]:
    """Every detection of the organization (an admin's: of all), by id and without paging."""
    statement = select(detections).order_by(detections.c.id)
    if not caller.is_admin:
        own = select(cameras.c.id).where(cameras.c.organization_id == caller.organization_id)
        statement = statement.where(detections.c.camera_id.in_(own))
    with services.reading() as connection:
        return [dict(row._mapping) for row in connection.execute(statement)]


@router.get("/{detection_id}", response_model=answers.Detection)
def get_detection(services: Shared, caller: Person, detection_id: RowId) -> dict[str, Any]:
    """One detection."""
    with services.reading() as connection:
        row = by_id(connection, detections, detection_id, "Detection")
        check_organization(caller, organization_of_camera(connection, row.camera_id))
        return dict(row._mapping)


@router.get("/{detection_id}/url", response_model=answers.DetectionUrl)
def get_url(services: Shared, caller: Person, detection_id: RowId) -> dict[str, Any]:
    """Presigned URLs of a detection's frame and crop; existence is not checked."""
    with services.reading() as connection:
        row = by_id(connection, detections, detection_id, "Detection")
        organization_id = organization_of_camera(connection, row.camera_id)
    check_organization(caller, organization_id)
    bucket = services.bucket(organization_id)
    return {
        "url": services.frames.url(bucket, row.bucket_key),
        "crop_url": None if row.crop_bucket_key is None else services.frames.url(bucket, row.crop_bucket_key),
    }


@router.delete("/{detection_id}")
def delete_detection(services: Shared, _caller: Admin, detection_id: RowId) -> None:
    """Delete a detection and its objects."""
    with services.writing() as connection:
        row = by_id(connection, detections, detection_id, "Detection")
        bucket = services.bucket(organization_of_camera(connection, row.camera_id))
        for key in (row.bucket_key, row.crop_bucket_key):
            if key is not None:
                services.frames.delete(bucket, key)
        connection.execute(detections.delete().where(detections.c.id == detection_id))


def _as_utc(recorded_at: datetime | None) -> datetime | None:
    """Aware times are converted, naive ones are taken as UTC (contract, "Fields")."""
    if recorded_at is None:
        return None
    return recorded_at.replace(tzinfo=UTC) if recorded_at.tzinfo is None else recorded_at.astimezone(UTC)
