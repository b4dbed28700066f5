"""Pulls without Prefect's server: what the flow calls, called."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from tenacity import wait_none

import blocks.annotator
from blocks import transport
from blocks.store import Store
from smokewatch.domain.backlog import stage_called
from smokewatch.store import tables as t
from smokewatch.store.catalog import Catalog
from smokewatch.store.runs import start_run
from tasks.profiling import Profiler
from tasks.pulling import queue
from tasks.pulling.puller import Puller
from tests.annotator import READY, Annotator, running


class _Silent:
    """Progress, untold."""

    def __init__(self, *_: object) -> None: ...

    def __enter__(self) -> _Silent:
        return self

    def __exit__(self, *_: object) -> None: ...

    def advance(self, by: int = 1) -> None: ...


@pytest.fixture
def annotator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Annotator]:
    """An annotator, the settings pointing at it; retries that do not wait."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(queue, "Progress", _Silent)
    monkeypatch.setattr(transport, "BACKOFF", wait_none())
    with running(tmp_path) as started:
        store = {
            "SMOKEWATCH_CATALOG_URL": f"sqlite:///{tmp_path / 'store' / 'catalog.db'}",
            "SMOKEWATCH_FRAMES": str(tmp_path / "store" / "frames"),
        }
        for name, value in (started.environment() | store).items():
            monkeypatch.setenv(name, value)
        yield started


@pytest.fixture
def catalog(annotator: Annotator) -> Iterator[Catalog]:
    opened = Store.resolve().catalog()
    yield opened
    opened.close()


Pull = Callable[..., dict[str, Any]]


@pytest.fixture
def pull(annotator: Annotator) -> Pull:
    """Pull a queue, the settings saying from where and where to; returns the counts that are not empty."""
    return pull_queue


def pull_queue(stage: str = READY, *, limit: int | None = None, force: bool = False) -> dict[str, Any]:
    """What the flow does."""
    store = Store.resolve()
    catalog = store.catalog()
    run_id = f"run {datetime.now(UTC)}"
    with catalog.write() as connection:
        start_run(connection, run_id, "pull", {"stage": stage}, now=datetime.now(UTC))
    with blocks.annotator.Annotator.resolve().client() as api, Profiler(catalog) as profiler:
        puller = Puller(api, catalog, store.frame_store(), run_id, profiler, stage_called(stage), limit, force)
        counts = queue.pull_queue.fn(puller).as_dict()
    catalog.close()
    del counts["bytes"], counts["profiles"]
    return {name: value for name, value in counts.items() if value}


def rows(catalog: Catalog, table: sa.Table) -> list[Any]:
    """A table's rows, by its key."""
    with catalog.read() as connection:
        return list(connection.execute(sa.select(table).order_by(*table.primary_key.columns)))


def left(catalog: Catalog) -> list[int]:
    """The sequences that are marked as having left."""
    return [row.id for row in rows(catalog, t.backlog_sequences) if row.left_at is not None]


def skipped(catalog: Catalog) -> dict[int, str]:
    """What is recorded of sequences that were not pulled."""
    return {row.sequence_id: row.reason for row in rows(catalog, t.skips)}
