"""Fire risk in the catalog: each camera's class by UTC day, and what it lets pass, in SQL."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from smokewatch.domain.risk import FwiClass, Gate, RiskClass
from smokewatch.store import tables as t
from smokewatch.store.catalog import upsert


def save_classes(connection: Connection, source: str, classes: Iterable[RiskClass], *, now: datetime) -> int:
    """Record classes in the caller's transaction; returns how many are new or other than they were.

    The answer that risk-api computed last holds, of equal ones the one asked for last: what one refresh was told
    earlier never replaces what another was told later.

    Args:
        connection: a write transaction.
        source: the server whose cameras these are.
        classes: at most one a camera and day.
        now: when risk-api was asked, aware UTC.
    """
    r = t.risk_classes.c
    known: dict[tuple[int, date], Any] = {}
    chosen = sorted(classes, key=lambda each: (each.day, each.camera_id))
    for day in {each.day for each in chosen}:
        rows = connection.execute(sa.select(t.risk_classes).where(r.source == source, r.day == day))
        known |= {(row.camera_id, day): row for row in rows}
    changed, newer = 0, []
    for each in chosen:
        old = known.get((each.camera_id, each.day))
        if old is not None and (old.fetched_at, old.asked_at) > (each.fetched_at, now):
            continue
        changed += old is None or (old.fwi_class, old.fwi) != (each.fwi_class, each.fwi)
        newer.append(
            {
                "source": source,
                "camera_id": each.camera_id,
                "day": each.day,
                "fwi_class": each.fwi_class.value,
                "fwi": each.fwi,
                "fetched_at": each.fetched_at,
                "asked_at": now,
            }
        )
    upsert(connection, t.risk_classes, newer)
    return changed


def classes_of(connection: Connection, source: str, day: date) -> dict[int, FwiClass]:
    """Camera id -> class of a UTC day; cameras that are not in it let everything pass."""
    r = t.risk_classes.c
    rows = connection.execute(
        sa.select(r.camera_id, r.fwi_class).where(r.source == source, r.day == day).order_by(r.camera_id)
    )
    return {row.camera_id: FwiClass(row.fwi_class) for row in rows}


class UtcDay(FunctionElement[date]):
    """The UTC day of a time of the catalog."""

    name = "utc_day"
    type = sa.Date()
    inherit_cache = True


@compiles(UtcDay, "sqlite")
def _day_in_sqlite(element: UtcDay, compiler: SQLCompiler, **kwargs: Any) -> str:
    # Its own date() rounds to milliseconds: the last microseconds of a day would belong to the next.
    return f"substr({compiler.process(element.clauses, **kwargs)}, 1, 10)"


@compiles(UtcDay, "postgresql")
def _day_in_postgresql(element: UtcDay, compiler: SQLCompiler, **kwargs: Any) -> str:
    return f"CAST(({compiler.process(element.clauses, **kwargs)}) AT TIME ZONE 'UTC' AS DATE)"


def on_camera_and_day(
    source: sa.ColumnElement[str], camera_id: sa.ColumnElement[int], started_at: sa.ColumnElement[datetime]
) -> sa.ColumnElement[bool]:
    """The condition to outer-join ``risk_classes`` on: the camera's class of the UTC day on which something began."""
    r = t.risk_classes.c
    return (r.source == source) & (r.camera_id == camera_id) & (r.day == UtcDay(started_at))


def passes_listing(
    max_conf: sa.ColumnElement[float], gate: Gate, override: FwiClass | None = None
) -> sa.ColumnElement[bool]:
    """:func:`smokewatch.domain.risk.passes_listing` in SQL, where ``risk_classes`` is outer-joined.

    Args:
        max_conf: of the sequence.
        gate: the thresholds by class.
        override: the class of every camera, whatever risk-api says; the join is not needed then.
    """
    asked = {each.value: threshold for each, threshold in gate.items() if threshold is not None}
    if override is not None:
        threshold = gate[override]
        return sa.true() if threshold is None else sa.or_(max_conf.is_(None), max_conf >= threshold)
    if not asked:
        return sa.true()
    least = sa.case(asked, value=t.risk_classes.c.fwi_class, else_=sa.null())
    return sa.or_(least.is_(None), max_conf.is_(None), max_conf >= least)
