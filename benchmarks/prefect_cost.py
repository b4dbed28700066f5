"""What Prefect itself costs on a day: how many runs it keeps books of, and the seconds it adds to the work.

Seconds are added up of two parts: what passes outside of the parts' own clocks (each part is a sub-run that begins and
ends), and the task runs inside of them, each at what a task that does nothing takes on the same server.
"""

from __future__ import annotations

import os
import time
from contextlib import closing
from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch

import psutil
import sqlalchemy as sa
from prefect import flow, get_client, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterStartTime

from benchmarks.replay import beside_prefect
from flows.daily import daily
from smokewatch.store import tables as t
from smokewatch.store.catalog import Catalog
from tests.production import DAY, Production

SEQUENCES = 500
_EMPTY_TASKS = 50
_UNSEEN = (0, 0, 1, 0, 0, 2)
"""Frames that came after production's last score, sequence by sequence: a third of them needs probing."""


def measure(sequences: int = SEQUENCES) -> dict[str, Any]:
    """A day imported, replayed, its drift skipped for want of a baseline.

    `daily` of so many sequences, on a server of its own, in this process as a worker runs it.
    """
    with beside_prefect() as folder, patch.dict(os.environ), Production(folder) as production:
        _live(production, sequences)
        os.environ.update(production.environment())
        empty = min(_empty(_EMPTY_TASKS) for _ in range(3))
        server = _server()
        began, cpu = datetime.now(UTC), _cpu(server)
        started = time.perf_counter()
        daily(day=DAY, relist=0)
        seconds = time.perf_counter() - started
        flow_runs, task_runs = _runs(began)
        server_seconds = _cpu(server) - cpu
        working = _working_seconds(os.environ["SMOKEWATCH_CATALOG_URL"])
    outside = seconds - working
    return {
        "sequences": sequences,
        "flow_runs": flow_runs,
        "task_runs": task_runs,
        "seconds": round(seconds, 2),
        "seconds_outside_of_parts": round(outside, 2),
        "ms_an_empty_task_run": round(empty * 1000, 1),
        "overhead_seconds": round(outside + task_runs * empty, 2),
        "overhead_ms_a_sequence": round((outside + task_runs * empty) / sequences * 1000, 1),
        "server_cpu_seconds": round(server_seconds, 2),
    }


def _live(production: Production, sequences: int) -> None:
    for number in range(sequences):
        frames = 5 + number % 9
        seen = max(4, frames - _UNSEEN[number % len(_UNSEEN)])
        production.add(frames=frames, seen=seen, hour=number * 16 / sequences)


def _working_seconds(catalog_url: str) -> float:
    """Of the parts, by their own clocks."""
    with closing(Catalog.open(catalog_url)) as catalog, catalog.read() as connection:
        summaries = connection.scalars(sa.select(t.runs.c.summary).where(t.runs.c.kind.in_(("import", "replay"))))
        return float(sum(summary["seconds"] for summary in summaries))


@task(cache_policy=NO_CACHE)
def _nothing() -> None:
    """A task run and no work."""


@flow
def _empty(tasks: int) -> float:
    """Seconds a task run, one after the other."""
    started = time.perf_counter()
    for _ in range(tasks):
        _nothing()
    return (time.perf_counter() - started) / tasks


def _runs(since: datetime) -> tuple[int, int]:
    """Flow runs and task runs that began since then; the last ones' books are kept a moment later."""
    begun = FlowRunFilter(start_time=FlowRunFilterStartTime(after_=since))
    with get_client(sync_client=True) as client:
        flows, tasks, counted = 0, -1, 0
        while tasks != counted or not flows:
            tasks = counted
            time.sleep(2)
            flows = len(client.read_flow_runs(flow_run_filter=begun))
            counted = client._client.post("/task_runs/count", json={"flow_runs": begun.model_dump(mode="json")}).json()
    return flows, counted


def _server() -> psutil.Process:
    """The server of this process."""
    return next(
        child
        for child in psutil.Process().children(recursive=True)
        if any("prefect.server" in part for part in child.cmdline())
    )


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system
