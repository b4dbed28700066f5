"""Routes for logging in, organizations, cameras and poses (alert-api contract, "Authentication", "Listing routes")."""

from __future__ import annotations

import hmac
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException
from fastapi.security import OAuth2PasswordRequestForm
from sqlalchemy import Connection, Row, select

from demo.alert_api import answers, tokens
from demo.alert_api.lookups import RowId, Shared, by_id, check_organization, organization_of_camera
from demo.alert_api.services import Services
from demo.alert_api.tables import cameras, organizations, poses, users
from demo.alert_api.tokens import Admin, CameraCaller, Person

router = APIRouter()


@router.post("/login/creds", response_model=answers.Login, tags=["login"])
def log_in(services: Shared, form: Annotated[OAuth2PasswordRequestForm, Depends()]) -> dict[str, str]:
    """A token for a login and password, form-encoded; 401 when they are wrong."""
    with services.reading() as connection:
        user = connection.execute(select(users).where(users.c.login == form.username)).one_or_none()
    expected = "" if user is None else user.password
    same = hmac.compare_digest(expected.encode(), form.password.encode())
    if user is None or not same:
        raise HTTPException(401, "Invalid credentials.")
    return {
        "access_token": tokens.issue(services.jwt_secret, user.id, user.role, user.organization_id),
        "token_type": "bearer",
    }


@router.get("/login/validate", response_model=answers.TokenContent, tags=["login"])
def validate_token(caller: Person) -> dict[str, Any]:
    """What the token says."""
    return {"sub": caller.id, "scopes": [caller.scope], "organization_id": caller.organization_id}


@router.get("/organizations/", response_model=list[answers.Organization], tags=["organizations"])
def list_organizations(services: Shared, _caller: Admin) -> list[dict[str, Any]]:
    """Every organization, in the order the rows lie in: it changes after an update."""
    with services.reading() as connection:
        return [dict(row._mapping) for row in connection.execute(select(organizations).order_by("place"))]


@router.get("/organizations/{organization_id}", response_model=answers.Organization, tags=["organizations"])
def get_organization(services: Shared, _caller: Admin, organization_id: RowId) -> dict[str, Any]:
    """One organization."""
    with services.reading() as connection:
        return dict(by_id(connection, organizations, organization_id, "Organization")._mapping)


@router.get("/cameras/", response_model=list[answers.Camera], tags=["cameras"])
def list_cameras(services: Shared, caller: Person, include_non_trustable: bool = False) -> list[dict[str, Any]]:
    """Cameras by id, an admin's of every organization; non-trustable ones are hidden unless asked for."""
    statement = select(cameras).order_by(cameras.c.id)
    if not caller.is_admin:
        statement = statement.where(cameras.c.organization_id == caller.organization_id)
    if not include_non_trustable:
        statement = statement.where(cameras.c.is_trustable.is_(True))
    with services.reading() as connection:
        # Upstream orders the poses of this route by nothing; newest first is one such order.
        return [
            _camera(connection, services, row, newest_pose_first=True) for row in connection.execute(statement).all()
        ]


@router.get("/cameras/{camera_id}", response_model=answers.Camera, tags=["cameras"])
def get_camera(services: Shared, caller: Person, camera_id: RowId) -> dict[str, Any]:
    """One camera with its active poses by id."""
    with services.reading() as connection:
        row = by_id(connection, cameras, camera_id, "Camera")
        check_organization(caller, row.organization_id)
        return _camera(connection, services, row, newest_pose_first=False)


@router.post("/cameras/{camera_id}/token", response_model=answers.Login, tags=["cameras"])
def create_camera_token(services: Shared, _caller: Admin, camera_id: RowId) -> dict[str, str]:
    """A token a camera uploads with."""
    with services.reading() as connection:
        row = by_id(connection, cameras, camera_id, "Camera")
    token = tokens.issue(services.jwt_secret, row.id, "camera", row.organization_id)
    return {"access_token": token, "token_type": "bearer"}


@router.get("/poses/", response_model=list[answers.Pose], tags=["poses"])
def list_poses(services: Shared, caller: CameraCaller) -> list[dict[str, Any]]:
    """The calling camera's active poses; people get 403."""
    with services.reading() as connection:
        return _active_poses(connection, caller.id, newest_first=False)


@router.get("/poses/{pose_id}", response_model=answers.PoseById, tags=["poses"])
def get_pose(services: Shared, caller: Person, pose_id: RowId) -> dict[str, Any]:
    """One pose, active or not; 404 also when its image is gone from the store."""
    with services.reading() as connection:
        row = by_id(connection, poses, pose_id, "Pose")
        organization_id = organization_of_camera(connection, row.camera_id)
    check_organization(caller, organization_id)
    bucket = services.bucket(organization_id)
    if row.image is not None and not services.frames.exists(bucket, row.image):
        raise HTTPException(404, "File cannot be found on the bucket storage")
    return {**row._mapping, "image_url": None if row.image is None else services.frames.url(bucket, row.image)}


def _active_poses(connection: Connection, camera_id: int, *, newest_first: bool) -> list[dict[str, Any]]:
    found = connection.execute(
        select(poses)
        .where(poses.c.camera_id == camera_id, poses.c.active.is_(True))
        .order_by(poses.c.id.desc() if newest_first else poses.c.id)
    )
    return [dict(row._mapping) for row in found]


def _camera(connection: Connection, services: Services, row: Row[Any], *, newest_pose_first: bool) -> dict[str, Any]:
    bucket = services.bucket(row.organization_id)
    shown = row.last_image is not None and services.frames.exists(bucket, row.last_image)
    return {
        **row._mapping,
        "poses": _active_poses(connection, row.id, newest_first=newest_pose_first),
        "last_image_url": services.frames.url(bucket, row.last_image) if shown else None,
    }
