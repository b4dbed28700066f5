"""Imports without Prefect's server: what the flow calls, called."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from tenacity import wait_none

from blocks import transport
from blocks.alert_api import AlertApi
from blocks.store import Store
from smokewatch.domain.organizations import choose
from smokewatch.store.catalog import Catalog
from tasks.importing import days as importing_days
from tasks.importing import scan as importing_scan
from tasks.importing.cameras import read_cameras
from tasks.importing.importer import ImportCounts, Importer
from tasks.importing.scan import scan_ids
from tasks.profiling import Profiler
from tests.production import DAY, Production


class _Silent:
    """Progress, untold."""

    def __init__(self, *_: object) -> None: ...

    def __enter__(self) -> _Silent:
        return self

    def __exit__(self, *_: object) -> None: ...

    def advance(self, by: int = 1) -> None: ...


@pytest.fixture
def production(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Production]:
    """A production, the settings pointing at it; retries that do not wait."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(tempfile, "tempdir", None)
    for module in (importing_days, importing_scan):
        monkeypatch.setattr(module, "Progress", _Silent)
    monkeypatch.setattr(transport, "BACKOFF", wait_none())
    with Production(tmp_path) as running:
        for name, value in running.environment().items():
            monkeypatch.setenv(name, value)
        yield running


@pytest.fixture
def catalog(production: Production) -> Iterator[Catalog]:
    opened = Catalog.open(production.environment()["SMOKEWATCH_CATALOG_URL"])
    yield opened
    opened.close()


Run = Callable[..., ImportCounts]


@pytest.fixture
def run(production: Production) -> Run:
    """Import days, the settings saying from where and where to; returns the counts."""
    return import_days


def import_days(
    *days: date,
    force: bool = False,
    only: tuple[str, ...] = (),
    excluded: tuple[str, ...] = (),
    scan: bool = False,
    from_id: int | None = None,
) -> ImportCounts:
    """What the flow does."""
    counts = ImportCounts()
    with importing(force=force, only=only, excluded=excluded) as importer:
        chosen = list(days or (DAY,))
        if scan:
            return scan_ids.fn(importer, chosen, from_id, f"{only} {excluded}")
        for day in chosen:
            counts.add(importing_days.import_day.fn(importer, day, chosen))
    return counts


@contextmanager
def importing(*, force: bool = False, only: tuple[str, ...] = (), excluded: tuple[str, ...] = ()) -> Iterator[Importer]:
    store = Store.resolve()
    catalog = store.catalog()
    with AlertApi.resolve().client() as api, Profiler(catalog) as profiler:
        api.sign_in()
        cameras, names = read_cameras.fn(api, catalog)
        chosen = choose(names, only=only, excluded=excluded)
        run_id = f"run {datetime.now(UTC)}"
        yield Importer(api, catalog, store.frame_store(), run_id, cameras, profiler, chosen, force)
    catalog.close()


def counted(counts: ImportCounts, *names: str) -> tuple[Any, ...]:
    """Some of the counts."""
    return tuple(counts.as_dict()[name] for name in names)
