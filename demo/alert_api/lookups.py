"""Finding rows by id, with alert-api's errors: 404, 403 for another organization's, 500 beyond int32."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, HTTPException, Path, Request
from sqlalchemy import Connection, Row, Table, func, select

from demo.alert_api.services import Services
from demo.alert_api.tables import cameras, detections, sequences
from demo.alert_api.tokens import Caller

INT32_MAX = 2**31 - 1
INT64_MAX = 2**63 - 1

RowId = Annotated[int, Path(gt=0)]


class DatabaseError(RuntimeError):
    """What PostgreSQL refuses and SQLite does not: ends, as upstream, in a 500 with a traceback."""


def services_of(request: Request) -> Services:
    """The app's services, as a dependency."""
    services: Services = request.app.state.services
    return services


Shared = Annotated[Services, Depends(services_of)]


def by_id(connection: Connection, table: Table, row_id: int, title: str) -> Row[Any]:
    """The row with this id.

    Raises:
        HTTPException: 404 when there is none; `title` is the model's name in the message.
        DatabaseError: the id is beyond int32.
    """
    if row_id > INT32_MAX:
        raise DatabaseError(f"value {row_id} out of int32 range")
    row = connection.execute(select(table).where(table.c.id == row_id)).one_or_none()
    if row is None:
        raise HTTPException(404, f"Table {title} has no corresponding entry.")
    return row


def check_organization(caller: Caller, organization_id: int) -> None:
    """403 unless the caller is an admin or of that organization."""
    if not caller.is_admin and caller.organization_id != organization_id:
        raise HTTPException(403, "Access forbidden.")


def organization_of_camera(connection: Connection, camera_id: int) -> int:
    """The organization a camera belongs to: sequences and detections do not say."""
    return int(connection.execute(select(cameras.c.organization_id).where(cameras.c.id == camera_id)).scalar_one())


def check_paging(limit: int | None, offset: int | None) -> None:
    """Refuse, as PostgreSQL does at run time, what the listing routes do not bound.

    Raises:
        DatabaseError: a negative limit or offset, or one beyond int64.
    """
    for name, value in (("LIMIT", limit), ("OFFSET", offset)):
        if value is not None and value < 0:
            raise DatabaseError(f"{name} must not be negative")
        if value is not None and value > INT64_MAX:
            raise DatabaseError(f"{name} {value} out of int64 range")


def sequence_answer(connection: Connection, row: Row[Any]) -> dict[str, Any]:
    """A sequence with its `detections_count`, which counts rows, continuity included."""
    count = connection.execute(
        select(func.count()).select_from(detections).where(detections.c.sequence_id == row.id)
    ).scalar_one()
    return {**{name: row._mapping[name] for name in sequences.c.keys()}, "detections_count": count}  # noqa: SIM118
