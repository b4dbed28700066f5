"""Several pulls at once leave one copy, on SQLite and on PostgreSQL; and no pull writes to the annotator."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from blocks.store import Store
from demo.annotator.tables import metadata
from demo.gate import Asked
from smokewatch.store import tables as t
from smokewatch.store.catalog import Catalog
from tests.annotator import Annotator
from tests.pulling.conftest import Pull, left, rows
from tests.servers import PostgreSql, postgresql_server


@pytest.fixture(scope="module")
def postgresql() -> Iterator[PostgreSql]:
    with postgresql_server() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def catalog(request: pytest.FixtureRequest, annotator: Annotator, monkeypatch: pytest.MonkeyPatch) -> Iterator[Catalog]:
    if request.param == "postgresql":
        monkeypatch.setenv("SMOKEWATCH_CATALOG_URL", request.getfixturevalue("postgresql").fresh())
    opened = Store.resolve().catalog()
    yield opened
    opened.close()


def test_two_pulls_at_the_same_time_leave_one_copy(annotator: Annotator, catalog: Catalog, pull: Pull) -> None:
    annotator.add_many(10, frames=4)
    together = threading.Barrier(2)

    def pull_it() -> int:
        together.wait(30)
        return int(pull().get("pulled", 0))

    with ThreadPoolExecutor(2) as pool:
        pulled = [each.result() for each in [pool.submit(pull_it), pool.submit(pull_it)]]
    assert sum(pulled) == 10
    tables = (t.backlog_sequences, t.backlog_frames, t.frames, t.skips)
    assert [len(rows(catalog, table)) for table in tables] == [10, 40, 40, 0]
    assert pull() == {"listed": 10, "unchanged": 10}
    annotator.stage([1, 2], "annotated")
    assert pull() == {"listed": 8, "unchanged": 8, "left": 2}
    assert left(catalog) == [1, 2]


def test_what_one_saw_earlier_never_replaces_what_another_saw_later(
    annotator: Annotator, catalog: Catalog, pull: Pull
) -> None:
    """One lists, then another lists, reads and saves a new label and a new sequence; only then does the first save."""
    annotator.add_many(1, frames=2)
    nested = threading.Event()
    finished = []

    def overtake(asked: Asked) -> None:
        if asked.path == "/detections/" and not nested.is_set():  # it has listed, and not saved
            nested.set()
            annotator.change(1, is_wildfire_alertapi="wildfire_smoke")
            annotator.add_many(1, frames=1)
            finished.append(pull())

    annotator.knobs.before_answer = overtake
    assert pull() == {"listed": 1, "unchanged": 1, "frames": 2}
    assert finished == [{"listed": 2, "pulled": 2, "frames": 3}]
    one, two = rows(catalog, t.backlog_sequences)
    assert (one.is_wildfire, one.frames, two.left_at) == ("wildfire_smoke", 2, None)


def test_a_pull_is_one_login_and_gets(annotator: Annotator, catalog: Catalog, pull: Pull) -> None:
    annotator.add_many(12, frames=1)
    tables = [table for table in metadata.tables.values() if "id" in table.c]
    before = [annotator.stored(table) for table in tables]
    annotator.requests.clear()
    pull()
    pull(force=True)
    routes = {(asked.method, re.sub(r"\d+", "{id}", asked.path)) for asked in annotator.requests}
    assert routes == {
        ("POST", "/auth/login"),
        ("GET", "/sequences/"),
        ("GET", "/detections/"),
        ("GET", "/detections/{id}/url"),
    }
    assert annotator.logins() == 2
    assert [annotator.stored(table) for table in tables] == before
