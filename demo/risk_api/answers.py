"""What risk-api answers; times are aware UTC, written with a Z."""

from __future__ import annotations

from datetime import date as date_
from datetime import datetime

from pydantic import BaseModel


class Camera(BaseModel):
    id: int
    name: str
    organization_id: int
    lat: float
    lon: float
    fwi: float | None = None
    fwi_class: str | None = None
    last_refresh_at: datetime | None = None


class Score(BaseModel):
    camera_id: int
    date: date_
    fwi: float | None
    fwi_class: str | None
    fetched_at: datetime


class Recompute(BaseModel):
    status: str = "scheduled"
    start: date_
    end: date_
    cameras: int
    days: int
