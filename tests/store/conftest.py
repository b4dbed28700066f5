"""A catalog and frames, fresh for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from smokewatch.store.catalog import Catalog
from smokewatch.store.frames import FrameStore


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    opened = Catalog.open(f"sqlite:///{tmp_path / 'catalog.db'}")
    yield opened
    opened.close()


@pytest.fixture
def frames(tmp_path: Path) -> FrameStore:
    return FrameStore.open(str(tmp_path / "frames"))
