"""The page over SQLite, PostgreSQL and a bundle: the same replies."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from httpx import Client

from smokewatch.store import tables as t
from smokewatch.store.bundles.reading import Bundle
from smokewatch.store.bundles.writing import write_bundle
from smokewatch.store.catalog import Catalog
from smokewatch.store.frames import FrameStore
from tests.servers import PostgreSql
from tests.viewer.stores import keys, rows_of, viewing
from tests.viewer.test_selection import CASES


def copied(source: Catalog, target: Catalog) -> None:
    for table in t.metadata.sorted_tables:
        with source.read() as connection:
            rows = [dict(row) for row in connection.execute(sa.select(table)).mappings()]
        if rows:
            with target.write() as connection:
                connection.execute(table.insert(), rows)


@pytest.fixture(scope="module")
def on_postgresql(postgresql: PostgreSql, made_up: Path, made_up_catalog: Catalog) -> Iterator[Client]:
    catalog = Catalog.open(postgresql.fresh())
    copied(made_up_catalog, catalog)
    with viewing(catalog, FrameStore.open(str(made_up / "frames"))) as client:
        yield client
    catalog.close()


@pytest.fixture(scope="module")
def bundled(made_up: Path, made_up_catalog: Catalog, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    folder = tmp_path_factory.mktemp("shared") / "bundle"
    write_bundle(made_up_catalog, FrameStore.open(str(made_up / "frames")), folder)
    with Bundle.open(str(folder)) as bundle, viewing(bundle.catalog(), bundle.frames) as client:
        yield client


@pytest.fixture(params=["on_postgresql", "bundled"])
def other(request: pytest.FixtureRequest) -> Client:
    client: Client = request.getfixturevalue(request.param)
    return client


def timeless(reply: Any) -> Any:
    return {name: value for name, value in reply.json().items() if name != "as_of"}


def test_rows_are_the_same(many: Client, other: Client) -> None:
    assert timeless(other.get("/api/sequences")) == timeless(many.get("/api/sequences"))


@pytest.mark.parametrize("query", CASES)
def test_counts_and_csv_are_the_same(many: Client, other: Client, query: str) -> None:
    assert timeless(other.get(f"/api/sweep?{query}")) == timeless(many.get(f"/api/sweep?{query}"))
    assert other.get(f"/api/export.csv?{query}").content == many.get(f"/api/export.csv?{query}").content


def test_every_detail_and_frame_is_the_same(many: Client, other: Client) -> None:
    for key in keys(rows_of(many))[::5]:
        theirs, ours = (timeless(client.get(f"/api/sequences/{key}")) for client in (other, many))
        assert json.dumps(theirs) == json.dumps(ours)
    urls = [frame["url"] for frame in ours["frames"] if frame["url"]]
    assert urls
    for url in urls:
        theirs, ours = other.get(url), many.get(url)
        assert (theirs.status_code, theirs.content) == (ours.status_code, ours.content)
