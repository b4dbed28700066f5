"""What the screens hold follows the catalog, and outlives it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from httpx import Client

from smokewatch.errors import StorageError
from smokewatch.store import tables as t
from smokewatch.store.backlog import mark_listed, save_pulled
from smokewatch.store.viewing.rows import load_everything
from smokewatch.viewer import newest
from smokewatch.viewer import rows as viewer_rows
from smokewatch.viewer import triage as viewer_triage
from tests.store.filled import NOW, Store
from tests.store.triaged import NOW as PULLED
from tests.store.triaged import STAGE, Queue, answer, listed
from tests.viewer.stores import Look, rows_of
from tests.waiting import until


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
        until(lambda appears=appears: appears(rows_of(client)))  # type: ignore[misc]
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
    until(lambda: not client.get("/api/sequences").json()["stale"])
    assert client.get("/api/sequences").json()["count"] == 1


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


@pytest.mark.usefixtures("impatient")
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
    assert client.get("/api/sequences").status_code == 200


def test_what_cannot_be_read_is_tried_again_every_two_seconds_only(
    store: Store, look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = []

    def gone(_connection: object) -> Any:
        tried.append(1)
        raise StorageError("catalog: it is gone: bring it back")

    monkeypatch.setattr(viewer_rows, "load_everything", gone)
    monkeypatch.setattr(newest, "_LOOK_EVERY_SECONDS", 60.0)
    client = look()
    assert {client.get("/api/sequences").status_code for _ in range(20)} == {503}
    assert len(tried) == 1


@pytest.mark.usefixtures("impatient")
def test_what_nobody_expected_is_told_without_its_words_and_the_log_has_it_once(
    store: Store, look: Look, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_connection: object) -> Any:
        raise RuntimeError("a secret detail")

    with pytest.MonkeyPatch.context() as at_first:
        at_first.setattr(viewer_triage, "load_triage", broken)
        client = look()
        replies = [client.get("/api/triage") for _ in range(3)]
        assert {reply.status_code for reply in replies} == {503}
        assert "the server's log says why" in replies[0].json()["detail"]
        assert "secret" not in "".join(reply.text for reply in replies)
    assert client.get("/api/triage").json()["stale"] is False
    assert caplog.text.count("RuntimeError: a secret detail") == 1
    assert "in broken" in caplog.text

    # Later, what was read before stays, whether reading fails or only the look whether it is needed.
    caplog.clear()
    Queue(store.catalog, store.frames, store.folder).triage("0.3.0")
    for name in ("load_triage", "triage_state"):
        with pytest.MonkeyPatch.context() as later:
            later.setattr(viewer_triage, name, broken)
            for _ in range(5):
                kept = client.get("/api/triage")
                assert (kept.status_code, kept.json()["stale"], kept.json()["triage"]) == (200, True, None)
            # What the last one began has failed too, and not found what is whole again.
            until(lambda: all(thread.name != "viewer-triage" for thread in threading.enumerate()))
    assert [record.levelno for record in caplog.records if record.exc_info] == [logging.ERROR]
    assert (triage_when(client, lambda told: told["triage"] is not None))["stale"] is False


def triage_when(client: Client, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The triage screen's reply as soon as it is fresh and something holds for it."""
    told: dict[str, Any] = {}

    def shown() -> bool:
        told.update(client.get("/api/triage").json())
        return not told["stale"] and holds(told)

    until(shown)
    return told


@pytest.mark.usefixtures("impatient")
def test_a_backlog_that_was_read_in_the_middle_of_a_pull_shows_the_rest_of_it(store: Store, look: Look) -> None:
    queue = Queue(store.catalog, store.frames, store.folder)
    for identity in (1, 2):
        queue.pull(identity, camera_id=identity)
    queue.triage("0.3.0")
    for identity in (1, 2):
        queue.score(identity, {"0.3.0": answer(0.9)})
    client, again = look(), PULLED + timedelta(hours=1)
    with store.catalog.write() as connection:
        mark_listed(connection, [1, 2], stage=STAGE, now=again)
    assert triage_when(client, lambda told: True)["count"] == 2  # what the page holds from here on

    def list_anew(**facts: Any) -> None:
        with store.catalog.write() as connection:
            save_pulled(connection, listed(1, camera_id=1, **facts), stage=STAGE, pulled=None, now=again)

    list_anew(camera_name="New")
    triage_when(client, lambda told: told["dictionaries"]["camera"][0]["name"] == "New")
    list_anew(camera_name="New", temporal_model_score=0.7)
    triage_when(client, lambda told: sorted(told["columns"]["recorded_score"]) == [0.7, 0.9])
    queue.pull(1, frames=5, now=again, camera_id=1)
    triage_when(client, lambda told: (told["count"], told["unscored"]) == (1, 1))
    queue.score(1, {"0.3.0": answer(0.2)})
    triage_when(client, lambda told: sorted(told["model_scores"][0]) == [0.2, 0.9])
    with store.catalog.write() as connection:
        mark_listed(connection, [2], stage="annotated", now=again + timedelta(seconds=1))
    triage_when(client, lambda told: told["columns"]["id"] == [1])
