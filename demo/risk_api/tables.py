"""risk-api's one table (SQLAlchemy Core, SQLite)."""

from __future__ import annotations

from sqlalchemy import Column, Date, Float, Integer, MetaData, String, Table

from demo.database import UtcDateTime

metadata = MetaData()

scores = Table(
    "fwi_score",
    metadata,
    Column("camera_id", Integer, primary_key=True),
    Column("date", Date, primary_key=True),
    Column("fwi", Float),
    Column("fwi_class", String),
    Column("fetched_at", UtcDateTime, nullable=False),
)
