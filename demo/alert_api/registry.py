"""What an administrator sets up before the day: organizations, users, cameras and poses."""

from __future__ import annotations

from sqlalchemy import Insert, func, insert, select, update
from sqlalchemy.engine import Connection

from demo.alert_api.services import Services
from demo.alert_api.tables import cameras, organizations, poses, users


def add_organization(services: Services, name: str) -> int:
    """A new organization's id."""
    with services.writing() as connection:
        statement = insert(organizations).values(name=name, place=_next_place(connection))
        return _insert(connection, statement)


def set_slack_hook(services: Services, organization_id: int, hook: str) -> None:
    """Update an organization: in PostgreSQL this moves its row to the end of the unordered listing."""
    with services.writing() as connection:
        connection.execute(
            update(organizations)
            .where(organizations.c.id == organization_id)
            .values(slack_hook=hook, place=_next_place(connection))
        )


def add_user(services: Services, organization_id: int, login: str, password: str, role: str) -> int:
    """A new user's id; `role` is admin, agent or user."""
    with services.writing() as connection:
        statement = insert(users).values(organization_id=organization_id, login=login, password=password, role=role)
        return _insert(connection, statement)


def add_camera(
    services: Services,
    organization_id: int,
    name: str,
    *,
    angle_of_view: float = 54.2,
    elevation: float = 110.0,
    lat: float = 44.7,
    lon: float = 4.5,
    is_trustable: bool = True,
) -> int:
    """A new camera's id; angles in degrees, elevation in metres."""
    with services.writing() as connection:
        statement = insert(cameras).values(
            organization_id=organization_id,
            name=name,
            angle_of_view=angle_of_view,
            elevation=elevation,
            lat=lat,
            lon=lon,
            is_trustable=is_trustable,
            created_at=services.clock.now(),
        )
        return _insert(connection, statement)


def add_pose(
    services: Services, camera_id: int, azimuth: float, *, patrol_id: int | None = None, active: bool = True
) -> int:
    """A new pose's id; `azimuth` in degrees, 0 <= azimuth < 360."""
    with services.writing() as connection:
        statement = insert(poses).values(camera_id=camera_id, azimuth=azimuth, patrol_id=patrol_id, active=active)
        return _insert(connection, statement)


def _insert(connection: Connection, statement: Insert) -> int:
    return int(connection.execute(statement.returning(statement.table.c.id)).scalar_one())


def _next_place(connection: Connection) -> int:
    return int(connection.execute(select(func.coalesce(func.max(organizations.c.place), 0) + 1)).scalar_one())
