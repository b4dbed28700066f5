"""Catalogs and frames, fresh for each test, of every kind that there is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from smokewatch.store.catalog import Catalog
from smokewatch.store.frame_bucket import FrameBucket
from smokewatch.store.frames import FrameStore
from tests.servers import S3, PostgreSql
from tests.store.places import Place


@pytest.fixture(params=["sqlite", "postgresql"])
def catalog_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a catalog."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'catalog.db'}"
    server: PostgreSql = request.getfixturevalue("postgresql")
    return server.fresh()


@pytest.fixture
def catalog(catalog_url: str) -> Iterator[Catalog]:
    opened = Catalog.open(catalog_url)
    yield opened
    opened.close()


@pytest.fixture(params=["folder", "s3"])
def frames(request: pytest.FixtureRequest, tmp_path: Path) -> FrameStore:
    if request.param == "folder":
        return FrameStore.open(str(tmp_path / "frames"))
    server: S3 = request.getfixturevalue("s3")
    return FrameStore.open(server.fresh())


@pytest.fixture
def place(frames: FrameStore, request: pytest.FixtureRequest) -> Place:
    """Where the frames are."""
    return Place(frames, request.getfixturevalue("s3") if isinstance(frames, FrameBucket) else None)
