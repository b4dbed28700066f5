"""The viewer over stores of many kinds."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from httpx import Client

from benchmarks.backlogs import fill as fill_backlog
from benchmarks.catalogs import fill
from smokewatch.store.catalog import Catalog
from smokewatch.store.frames import FrameStore
from smokewatch.viewer.status import sampling
from tests.store.filled import Store
from tests.viewer.qualified import qualify
from tests.viewer.stores import viewing


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sample that a busy machine takes late is waited for, and not called stale."""
    monkeypatch.setattr(sampling, "_PATIENCE_SECONDS", 300.0)
    monkeypatch.setattr(sampling, "_CLOSING_SECONDS", 300.0)
    monkeypatch.setattr(sampling, "_LATE", 300_000)


@pytest.fixture(scope="session")
def made_up(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of 400 sequences: every verdict, drop reason and label, scores at thresholds; only to be read."""
    folder = tmp_path_factory.mktemp("made_up")
    fill(folder, rows=400)
    return folder


@pytest.fixture(scope="session")
def made_up_catalog(made_up: Path) -> Iterator[Catalog]:
    opened = Catalog.open(f"sqlite:///{made_up / 'catalog.db'}")
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def many(made_up: Path, made_up_catalog: Catalog) -> Iterator[Client]:
    """A client of the viewer over the made-up store."""
    with viewing(made_up_catalog, FrameStore.open(str(made_up / "frames"))) as client:
        yield client


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store that a test fills."""
    catalog = Catalog.open(f"sqlite:///{tmp_path / 'catalog.db'}")
    yield Store(catalog, FrameStore.open(str(tmp_path / "frames")), tmp_path / "export")
    catalog.close()


@pytest.fixture
def look(store: Store) -> Iterator[Callable[..., Client]]:
    """Opens a client of the viewer over that store, as it is then."""
    with ExitStack() as open_ones:
        yield lambda **options: open_ones.enter_context(viewing(store.catalog, store.frames, **options))


@pytest.fixture(scope="session")
def made_up_backlog(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of a triaged backlog: 400 sequences scored by two models, drops, some that left; only to be read."""
    folder = tmp_path_factory.mktemp("made_up_backlog")
    fill_backlog(folder, rows=400)
    return folder


@pytest.fixture(scope="session")
def backlog_catalog(made_up_backlog: Path) -> Iterator[Catalog]:
    opened = Catalog.open(f"sqlite:///{made_up_backlog / 'catalog.db'}")
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def triaged(made_up_backlog: Path, backlog_catalog: Catalog) -> Iterator[Client]:
    """A client of the viewer over the made-up backlog."""
    with viewing(backlog_catalog, FrameStore.open(str(made_up_backlog / "frames"))) as client:
        yield client


@pytest.fixture(scope="session")
def qualified_store(made_up: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalog]:
    """The made-up store, on which two releases were qualified."""
    folder = tmp_path_factory.mktemp("qualified")
    shutil.copy(made_up / "catalog.db", folder)
    catalog = Catalog.open(f"sqlite:///{folder / 'catalog.db'}")
    yield catalog
    catalog.close()


@pytest.fixture(scope="session")
def reports(qualified_store: Catalog) -> dict[str, dict[str, Any]]:
    """The reports of the qualifications, by run."""
    return qualify(qualified_store)


@pytest.fixture(scope="session")
def qualified(made_up: Path, qualified_store: Catalog, reports: dict[str, dict[str, Any]]) -> Iterator[Client]:
    """A client of the viewer over that store."""
    assert reports
    with viewing(qualified_store, FrameStore.open(str(made_up / "frames"))) as client:
        yield client
