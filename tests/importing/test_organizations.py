"""Who sees what: which organizations are imported, with which account."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from blocks.alert_api import AlertApiClient
from demo.alert_api import registry
from smokewatch.errors import UsageError
from smokewatch.store import tables as t
from smokewatch.store.catalog import Catalog
from tests.importing.conftest import Run, counted
from tests.production import Asked, Instead, Production


def organizations_of_sequences(catalog: Catalog) -> set[int]:
    with catalog.read() as connection:
        return set(connection.scalars(sa.select(t.sequences.c.organization_id)))


@pytest.mark.parametrize(
    ("only", "excluded", "stored"),
    [
        ((), (), {2, 3}),
        (("sdis-1",), (), {2}),
        (("SDIS-2", "org-2"), (), {2, 3}),
        ((), ("sdis-1",), {3}),
        ((), ("sdis-1", "sdis-2"), set()),
    ],
)
def test_an_admin_chooses_organizations_by_slug_or_name(
    production: Production,
    catalog: Catalog,
    run: Run,
    only: tuple[str, ...],
    excluded: tuple[str, ...],
    stored: set[int],
) -> None:
    for camera in (0, 1):
        production.add(frames=1, camera=camera)
    counts = run(only=only, excluded=excluded)
    assert organizations_of_sequences(catalog) == stored
    assert counted(counts, "listed", "imported", "excluded") == (2, len(stored), 2 - len(stored))


@pytest.mark.parametrize(
    ("only", "excluded", "says"),
    [
        (("nobody",), (), "no organization is called 'nobody'; known: admins, sdis-1, sdis-2"),
        (("sdis-1",), ("sdis-1",), "'sdis-1' is both wanted and excluded"),
    ],
)
def test_a_name_that_is_nobodys_is_no_silent_import(
    production: Production, run: Run, only: tuple[str, ...], excluded: tuple[str, ...], says: str
) -> None:
    with pytest.raises(UsageError, match=says):
        run(only=only, excluded=excluded)


def test_what_is_excluded_costs_no_request(production: Production, run: Run) -> None:
    sequence = production.add(camera=1)
    run(excluded=("sdis-2",))
    assert f"/sequences/{sequence}/detections" not in {asked.path for asked in production.requests}
    assert production.objects.gets == []


def test_a_camera_that_appeared_after_the_cameras_were_listed_is_asked_for(
    production: Production, catalog: Catalog, run: Run
) -> None:
    def appear(asked: Asked) -> None:
        if asked.path == "/organizations/" and len(production.cameras) == 2:
            production.cameras.append(registry.add_camera(production.services, 3, "ridge-3"))
            registry.add_pose(production.services, production.cameras[2], 45.0)
            production.add(frames=1, camera=2)
            production.add(frames=1, camera=2, hour=3)

    production.before_answer = appear
    assert run().imported == 2
    assert organizations_of_sequences(catalog) == {3}
    assert [asked.path for asked in production.requests].count("/cameras/3") == 1


def test_a_camera_that_nobody_knows_leaves_its_sequence_out_by_name(
    production: Production, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    production.add(frames=1)
    monkeypatch.setattr("blocks.alert_api.AlertApiClient.cameras", lambda _: [])
    production.before_answer = lambda asked: Instead(404) if asked.path == "/cameras/1" else None
    assert counted(run(), "imported", "skipped") == (0, {"camera_unknown": 1})


@pytest.mark.parametrize("answer", [Instead(418), Instead(200, body=b'{"id": 1, "name": 7}')])
def test_a_camera_that_the_server_does_not_tell_costs_its_own_sequences_only(
    production: Production, catalog: Catalog, run: Run, monkeypatch: pytest.MonkeyPatch, answer: Instead
) -> None:
    production.add(frames=1, camera=0), production.add(frames=1, camera=0, hour=3)
    fine = production.add(frames=1, camera=1)
    listed = AlertApiClient.cameras
    monkeypatch.setattr(AlertApiClient, "cameras", lambda api: [row for row in listed(api) if row["id"] != 1])
    production.before_answer = lambda asked: answer if asked.path == "/cameras/1" else None
    assert counted(run(), "imported", "skipped") == (1, {"request_failed": 2})
    assert [asked.path for asked in production.requests].count("/cameras/1") == 1
    with catalog.read() as connection:
        assert connection.scalars(sa.select(t.sequences.c.id)).all() == [fine]
    production.before_answer = None
    assert counted(run(), "imported", "skipped") == (2, {})
