"""Organizations and cameras: whose a sequence is, which its row does not say."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import Any

from prefect import task
from prefect.cache_policies import NO_CACHE

from blocks.alert_api import AlertApiClient, ForbiddenError, NotFoundError
from smokewatch.domain.fields import Fields
from smokewatch.errors import MalformedRowError, RunError, StorageError, shown
from smokewatch.store import tables as t
from smokewatch.store.catalog import Catalog, upsert
from smokewatch.store.sequences import known_cameras, known_organizations

_SOURCE = "alert-api"
_CAMERA = ("organization_id", "name", "lat", "lon", "angle_of_view", "is_trustable")


class Cameras:
    """Camera id -> organization id: as the server lists them, as it answers for one, or as the store remembers."""

    def __init__(
        self, api: AlertApiClient, catalog: Catalog, listed: dict[int, int], remembered: dict[int, int]
    ) -> None:
        self._api, self._catalog = api, catalog
        self._known: dict[int, int | RunError | None] = {**remembered, **listed}
        self._asking = threading.Lock()

    def organization_of(self, camera_id: int) -> int | None:
        """The organization of a camera, None when there is no such camera for this account.

        Raises:
            RunError: when the server did not tell; it is asked once.
            StorageError: when the store cannot take it.
        """
        if camera_id not in self._known:
            with self._asking:
                if camera_id not in self._known:
                    self._known[camera_id] = self._ask(camera_id)
        known = self._known[camera_id]
        if isinstance(known, RunError):
            raise known
        return known

    def _ask(self, camera_id: int) -> int | RunError | None:
        """Ask for a camera that appeared after the cameras were listed."""
        try:
            row = self._api.camera(camera_id)
            _save(self._catalog, [row], [])
        except (NotFoundError, ForbiddenError):
            return None
        except StorageError:
            raise
        except RunError as error:
            return error
        return int(row["organization_id"])


@task(name="read-cameras", task_run_name="read-cameras", cache_policy=NO_CACHE)
def read_cameras(api: AlertApiClient, catalog: Catalog) -> tuple[Cameras, dict[int, str]]:
    """Store organizations and cameras; returns the cameras, and the name of every organization by id.

    Raises:
        RunError: when the server cannot list them.
    """
    cameras = api.cameras()
    _save(catalog, cameras, api.organizations() or [])
    with catalog.read() as connection:
        names, remembered = known_organizations(connection, _SOURCE), known_cameras(connection, _SOURCE)
    return Cameras(api, catalog, {row["id"]: row["organization_id"] for row in cameras}, remembered), names


def _save(catalog: Catalog, cameras: list[dict[str, Any]], organizations: list[dict[str, Any]]) -> None:
    now = datetime.now(UTC)
    try:
        for row in organizations:
            _check(Fields(row, f"organization {shown(row.get('id'))}"))
        for row in cameras:
            fields = Fields(row, f"camera {shown(row.get('id'))}")
            _check(fields)
            fields.integer("organization_id")
            for name in ("lat", "lon", "angle_of_view"):
                fields.number_or_none(name)
            if not isinstance(row.get("is_trustable"), bool | None):
                raise fields.malformed("is_trustable", "true or false")
    except MalformedRowError as error:
        raise RunError(f"{error}: is it an alert-api?") from error
    rows = [{"source": _SOURCE, "id": row["id"], "name": row["name"], "updated_at": now} for row in organizations]
    unnamed = {row["organization_id"] for row in cameras} - {row["id"] for row in rows}
    with catalog.write() as connection:
        upsert(connection, t.organizations, rows)
        # Organizations are admin-only: without them names stay what they were, or say which id they stand for.
        stand_ins = [{"source": _SOURCE, "id": each, "name": f"org-{each}", "updated_at": now} for each in unnamed]
        upsert(connection, t.organizations, stand_ins, update=[])
        facts = [{"source": _SOURCE, "id": row["id"], **{name: row.get(name) for name in _CAMERA}} for row in cameras]
        upsert(connection, t.cameras, [row | {"updated_at": now} for row in facts])


def _check(fields: Fields) -> None:
    fields.integer("id")
    fields.text("name")
