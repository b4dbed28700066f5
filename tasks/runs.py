"""Runs, recorded from their first to their last moment."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import psutil
from prefect import Flow, State, runtime
from prefect.client.schemas.objects import FlowRun
from prefect.events import emit_event
from sqlalchemy.engine import Connection

from blocks.engine import Engine
from blocks.store import Store
from smokewatch.errors import RunError
from smokewatch.store.catalog import Catalog
from smokewatch.store.runs import (
    COMPLETED,
    FAILED,
    ProcessRecord,
    ended_runs,
    finish_run,
    mark_lost_runs,
    orphaned_processes,
    process_start,
    record_process,
    start_run,
    this_host,
)
from tasks.live import live_run
from tasks.processes import end_recorded
from tasks.stacks.containers import Swept, sweep

_LOG = logging.getLogger("smokewatch.runs")


@dataclass
class Run:
    """A run in progress; its summary is set once it is known."""

    id: str
    started_at: datetime
    summary: dict[str, Any] | None = None

    def seconds(self) -> float:
        """How long it has taken so far, in seconds."""
        return round((datetime.now(UTC) - self.started_at).total_seconds(), 3)


class GaveWayError(RunError):
    """Another run does, or did, what this one would have done: nothing was recorded, nothing was done."""


@contextmanager
def recorded_run(
    catalog: Catalog,
    kind: str,
    parameters: Mapping[str, Any],
    unless: Callable[[Connection, str], str | None] = lambda _connection, _id: None,
) -> Iterator[Run]:
    """Record a flow run in the catalog, after clearing away what ended runs left; tell its end by one event.

    The event is ``smokewatch.<kind>.finished`` with the summary as payload, or ``smokewatch.<kind>.failed``.

    Args:
        catalog: where it is recorded.
        kind: what it does.
        parameters: what it was called with.
        unless: looks at the catalog, knowing this run's id, and may say why it must not begin. Of two that look at the
            same moment one sees the other.

    Raises:
        GaveWayError: when it must not begin.
    """
    clear_leftovers(catalog)
    run = Run(str(runtime.flow_run.id), datetime.now(UTC))
    with catalog.write() as connection:
        if (reason := unless(connection, run.id)) is not None:
            raise GaveWayError(reason)
        start_run(connection, run.id, kind, parameters, now=run.started_at)
        for server in _temporary_servers(run.id):
            record_process(connection, server)
    facts = {"run": run.id, "kind": kind}
    _LOG.info("began", extra=facts)
    state = FAILED
    try:
        with live_run(catalog, run.id):
            yield run
        state = COMPLETED
    finally:
        emit_event(
            event=f"smokewatch.{kind}.{'finished' if state == COMPLETED else 'failed'}",
            resource={"prefect.resource.id": f"smokewatch.run.{run.id}", "prefect.resource.name": kind},
            payload=run.summary or {},
        )
        with catalog.write() as connection:
            finish_run(connection, run.id, state=state, summary=run.summary, now=datetime.now(UTC))
        _LOG.log(logging.INFO if state == COMPLETED else logging.ERROR, state, extra=facts | {"summary": run.summary})


def _temporary_servers(run_id: str) -> list[ProcessRecord]:
    """Prefect's server when it runs for this process only: killed, this process could not end it."""
    found = []
    for child in psutil.Process().children():
        with contextlib.suppress(psutil.Error):
            if any("prefect.server" in part for part in child.cmdline()):
                began = process_start(child.pid)
                host = this_host()
                found.append(ProcessRecord(host, child.pid, began, run_id, "temporary Prefect server", None))
    return found


@dataclass(frozen=True, slots=True)
class Cleared:
    """What was left behind by runs that ended without cleaning up."""

    runs_lost: int
    processes_forgotten: int
    processes_ended: int


def clear_leftovers(catalog: Catalog) -> Cleared:
    """Mark runs whose process is gone as lost, and end the processes they started. Only this host's are touched."""
    with catalog.write() as connection:
        lost = mark_lost_runs(connection, now=datetime.now(UTC))
        orphans = orphaned_processes(connection)
    ended = [end_recorded(process, catalog) for process in orphans]
    return Cleared(runs_lost=len(lost), processes_forgotten=len(ended), processes_ended=sum(ended))


def clear_containers(catalog: Catalog, engine: Engine) -> Swept:
    """Remove the containers and networks of runs that are over, or whose process is gone.

    Raises:
        RunError: when the engine refuses.
    """
    with catalog.read() as connection:
        over = ended_runs(connection)
    return sweep(engine, ended=over.__contains__)


def clear_run(flow: Flow[Any, Any], flow_run: FlowRun, state: State[Any]) -> None:
    """Hook for cancelled and crashed flow runs: leave nothing of this run behind.

    Prefect calls it in the run's own process, or in its worker when that process was killed.
    """
    if (engine := Engine.find()) is not None:
        sweep(engine, run_id=str(flow_run.id))
        engine.close()
    store = Store.resolve()
    if store.exists():
        catalog = store.catalog()
        clear_leftovers(catalog)
        catalog.close()


def clear_parts(flow: Flow[Any, Any], flow_run: FlowRun, state: State[Any]) -> None:
    """Hook for cancelled and crashed runs whose sub-runs may have had containers: leave nothing of those either."""
    clear_run(flow, flow_run, state)
    engine, store = Engine.find(), Store.resolve()
    if engine is None:
        return
    if store.exists():
        catalog = store.catalog()
        clear_containers(catalog, engine)
        catalog.close()
    engine.close()
