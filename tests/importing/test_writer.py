"""Writes of many threads: committed together, and blamed apart."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from smokewatch.store import tables as t
from smokewatch.store.catalog import Catalog
from smokewatch.store.saving import skip_sequence
from tasks.writing import Writer


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    opened = Catalog.open(f"sqlite:///{tmp_path / 'catalog.db'}")
    yield opened
    opened.close()


def skip(connection: Connection, number: int) -> int:
    now = datetime.now(UTC)
    skip_sequence(connection, "s", number, reason="r", detail="", run_id="r", now=now)
    return number


def written(catalog: Catalog) -> set[int]:
    with catalog.read() as connection:
        return set(connection.scalars(sa.select(t.skips.c.sequence_id)))


def test_what_waits_together_is_committed_together(catalog: Catalog) -> None:
    writer, begins, first = Writer(catalog), threading.Event(), threading.Event()
    commits: list[object] = []
    sa.event.listen(catalog.engine, "commit", commits.append)

    def slow(connection: Connection) -> int:
        begins.set()
        first.wait(30)
        return skip(connection, 0)

    with ThreadPoolExecutor(20) as pool:
        begun = pool.submit(writer.write, slow)
        assert begins.wait(30)  # or another is written first, and never waits
        rest = [pool.submit(writer.write, lambda c, n=n: skip(c, n)) for n in range(1, 16)]
        while len(writer._waiting) < 15:
            pass
        first.set()
        assert [each.result() for each in [begun, *rest]] == list(range(16))
    assert len(commits) == 2
    assert written(catalog) == set(range(16))


def test_one_that_fails_takes_no_other_with_it(catalog: Catalog) -> None:
    writer, begins, first = Writer(catalog), threading.Event(), threading.Event()

    def slow(connection: Connection) -> int:
        begins.set()
        first.wait(30)
        return skip(connection, 0)

    def fail(connection: Connection) -> int:
        skip(connection, 99)
        raise ValueError("no good")

    with ThreadPoolExecutor(20) as pool:
        begun = pool.submit(writer.write, slow)
        assert begins.wait(30)  # or another is written first, and never waits
        good = [pool.submit(writer.write, lambda c, n=n: skip(c, n)) for n in range(1, 8)]
        bad = pool.submit(writer.write, fail)
        while len(writer._waiting) < 8:
            pass
        first.set()
        assert [each.result() for each in [begun, *good]] == list(range(8))
        with pytest.raises(ValueError, match="no good"):
            bad.result()
    assert written(catalog) == set(range(8))
