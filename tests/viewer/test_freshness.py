"""``GET /api/sequences`` follows the catalog, and outlives it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from smokewatch.errors import StorageError
from smokewatch.store import tables as t
from smokewatch.store.viewing.rows import load_everything
from smokewatch.viewer import newest
from smokewatch.viewer import rows as viewer_rows
from tests.store.filled import NOW, Store
from tests.viewer.stores import Look, rows_of


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every request looks whether the catalog changed."""
    monkeypatch.setattr(newest, "_LOOK_EVERY_SECONDS", 0.0)


@pytest.mark.usefixtures("impatient")
def test_whatever_changes_appears_without_a_restart(store: Store, look: Look) -> None:
    def change_label() -> None:
        store.sequence(label="other")

    def delete() -> None:
        with store.catalog.write() as connection:
            connection.execute(t.sequences.update().values(deleted_at=NOW))

    def rename() -> None:
        with store.catalog.write() as connection:
            connection.execute(t.cameras.update().values(name="New", updated_at=NOW + timedelta(seconds=1)))

    def add() -> None:
        store.sequence(2, first_detection=200)

    changes: list[tuple[Any, Any]] = [
        (store.sequence, lambda rows: len(rows) == 1),
        (lambda: store.verdict(verdict="unexplained"), lambda rows: rows[0]["match"] == "unexplained"),
        (change_label, lambda rows: rows[0]["label"] == "fp"),
        (lambda: store.sequence(label="other", keys=("k0.jpg", "k1.jpg")), lambda rows: rows[0]["frames"] == 2),
        (delete, lambda rows: rows[0]["deleted"] == 1),
        (rename, lambda rows: rows[0]["camera"]["name"] == "New"),
        (add, lambda rows: len(rows) == 2),
    ]
    client = look()
    tag = client.get("/api/sequences").headers["etag"]
    for change, appears in changes:
        change()
        for _ in range(1000):
            if appears(rows_of(client)):
                break
        else:
            pytest.fail(f"{change} is not shown")
        fresh = client.get("/api/sequences", headers={"if-none-match": tag})
        assert fresh.status_code == 200
        tag = fresh.headers["etag"]


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """What a rebuild waits for."""
    opened, load = threading.Event(), load_everything
    opened.set()

    def waiting(connection: sa.Connection) -> Any:
        assert opened.wait(30)
        return load(connection)

    monkeypatch.setattr(viewer_rows, "load_everything", waiting)
    yield opened
    opened.set()


@pytest.mark.usefixtures("impatient")
def test_the_old_rows_are_served_as_stale_while_new_ones_are_built(
    store: Store, look: Look, gate: threading.Event
) -> None:
    client = look()
    before = client.get("/api/sequences")
    gate.clear()
    store.sequence()
    told = client.get("/api/sequences", headers={"if-none-match": before.headers["etag"]})
    stale = told.json()
    assert (stale["stale"], stale["count"], stale["as_of"]) == (True, 0, before.json()["as_of"])
    assert client.get("/api/sequences", headers={"if-none-match": told.headers["etag"]}).status_code == 304
    gate.set()
    for _ in range(1000):
        if not (fresh := client.get("/api/sequences").json())["stale"]:
            break
    assert fresh["count"] == 1


@pytest.mark.usefixtures("impatient")
def test_a_catalog_that_goes_away_leaves_the_last_rows(
    store: Store, look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.sequence()
    client = look()
    assert client.get("/api/sequences").json()["count"] == 1

    def gone(_connection: object) -> Any:
        raise StorageError("catalog: it is gone: bring it back")

    monkeypatch.setattr(viewer_rows, "catalog_state", gone)
    last = client.get("/api/sequences").json()
    assert (last["count"], last["stale"]) == (1, True)
    monkeypatch.undo()
    monkeypatch.setattr(newest, "_LOOK_EVERY_SECONDS", 0.0)
    assert client.get("/api/sequences").json()["stale"] is False


def test_a_catalog_that_never_could_be_read_is_a_problem_until_it_can(store: Store, look: Look) -> None:
    store.sequence()
    with pytest.MonkeyPatch.context() as broken:

        def gone(_connection: object) -> Any:
            raise StorageError("catalog: it is gone: bring it back")

        broken.setattr(viewer_rows, "load_everything", gone)
        client = look()
        refused = client.get("/api/sequences")
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
        assert refused.json()["detail"] == "catalog: it is gone: bring it back"
    assert 200 in [client.get("/api/sequences").status_code for _ in range(3)]
