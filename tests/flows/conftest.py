"""A Prefect server for the whole session, a small production for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from smokewatch.store.catalog import Catalog
from tests.production import Production


@pytest.fixture
def production(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prefect_api: str) -> Iterator[Production]:
    """A production, the settings pointing at it."""
    monkeypatch.chdir(tmp_path)
    with Production(tmp_path) as running:
        for name, value in running.environment().items():
            monkeypatch.setenv(name, value)
        yield running


@pytest.fixture
def catalog(production: Production) -> Iterator[Catalog]:
    """The catalog of the smokewatch that looks at it."""
    opened = Catalog.open(production.environment()["SMOKEWATCH_CATALOG_URL"])
    yield opened
    opened.close()
