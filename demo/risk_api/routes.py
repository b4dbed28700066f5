"""risk-api's routes; all but `/health` want HTTP Basic."""

from __future__ import annotations

import hmac
from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.security import HTTPBasic, HTTPBasicCredentials
from sqlalchemy import select

from demo.risk_api import answers
from demo.risk_api.services import Services
from demo.risk_api.tables import scores


def services_of(request: Request) -> Services:
    """The app's services, as a dependency."""
    services: Services = request.app.state.services
    return services


Shared = Annotated[Services, Depends(services_of)]
Credentials = Annotated[HTTPBasicCredentials, Depends(HTTPBasic())]


def authenticate(services: Shared, credentials: Credentials) -> None:
    """401 unless it is the one account."""
    known = hmac.compare_digest(credentials.username.encode(), services.username.encode())
    if not hmac.compare_digest(credentials.password.encode(), services.password.encode()) or not known:
        raise HTTPException(401, "Invalid credentials", {"WWW-Authenticate": "Basic"})


router = APIRouter(dependencies=[Depends(authenticate)])
health = APIRouter()


@health.get("/health")
def tell_health() -> dict[str, str]:
    """That it runs, not that it has loaded."""
    return {"status": "ok"}


@router.get("/cameras", response_model=list[answers.Camera])
def list_cameras(services: Shared, organization_id: int | None = None) -> list[answers.Camera]:
    """The cameras as last refreshed; 503 before the first time."""
    return _of_organization(_loaded(services, "cameras not loaded"), organization_id)


@router.get("/cameras/{camera_id}", response_model=answers.Camera)
def get_camera(services: Shared, camera_id: int) -> answers.Camera:
    """One camera."""
    for camera in _loaded(services, "cameras not loaded"):
        if camera.id == camera_id:
            return camera
    raise HTTPException(404, f"camera {camera_id} not found")


@router.get("/scores/{day}", response_model=list[answers.Score])
def list_scores(
    services: Shared, day: date, camera_id: int | None = None, organization_id: int | None = None
) -> list[dict[str, Any]]:
    """A day's scores by camera; none for a day never computed or an organization without cameras."""
    statement = select(scores).where(scores.c.date == day).order_by(scores.c.camera_id)
    cameras = services.cameras() or []
    if camera_id is not None:
        statement = statement.where(scores.c.camera_id == camera_id)
    if organization_id is not None:
        statement = statement.where(
            scores.c.camera_id.in_([camera.id for camera in _of_organization(cameras, organization_id)])
        )
    with services.reading() as connection:
        return [dict(row._mapping) for row in connection.execute(statement)]


@router.post("/scores/recompute", response_model=answers.Recompute, status_code=202)
def recompute(services: Shared, start: date, end: date, organization_id: int | None = None) -> answers.Recompute:
    """Compute days again: 400 for a range upside down, 503 before the first refresh, 404 without a camera."""
    if end < start:
        raise HTTPException(400, "end is before start")
    cameras = _of_organization(_loaded(services, "cameras not loaded yet"), organization_id)
    if not cameras:
        raise HTTPException(404, f"no camera in org {organization_id}")
    days = [start + timedelta(days=number) for number in range((end - start).days + 1)]
    services.compute(cameras, days)
    return answers.Recompute(start=start, end=end, cameras=len(cameras), days=len(days))


def _loaded(services: Services, detail: str) -> list[answers.Camera]:
    cameras = services.cameras()
    if cameras is None:
        raise HTTPException(503, detail)
    return cameras


def _of_organization(cameras: list[answers.Camera], organization_id: int | None) -> list[answers.Camera]:
    return [camera for camera in cameras if organization_id in (None, camera.organization_id)]
