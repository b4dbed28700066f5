"""Days as runs of a deployment: equal days of equal attempts are one run, whoever asks for them."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterId
from prefect.client.schemas.objects import FlowRun
from prefect.deployments import run_deployment
from prefect.exceptions import ObjectNotFound

from smokewatch.errors import RunError, UsageError
from tasks.progress import Progress

POLL_SECONDS = 5.0
PATIENCE_SECONDS = 3600.0
"""How long nothing may run while days wait, before it is said that no worker takes them."""
_AT_ONCE = 200  # what the server lists at the most


def run_scheduled(deployment: str, days: Sequence[date], attempts: Mapping[date, int], progress: Progress) -> None:
    """Have a deployment of `daily` run UTC days, and wait until all have ended.

    Args:
        deployment: its flow and name.
        days: which.
        attempts: how many runs a day has had: a run that is asked for twice is one, until the day was tried.
        progress: advanced by each that ends.

    Raises:
        UsageError: when there is no such deployment.
        RunError: when no worker takes the runs; they stay scheduled.
    """
    waiting = {run.id: run for run in (_ask(deployment, day, attempts.get(day, 0)) for day in days)}
    idle_since = time.monotonic()
    while waiting:
        current = _read(list(waiting))
        for run in current:
            if run.state is not None and run.state.is_final():
                waiting.pop(run.id)
                progress.advance()
        moving = any(run.state is not None and (run.state.is_running() or run.state.is_final()) for run in current)
        if moving:
            idle_since = time.monotonic()
        elif time.monotonic() - idle_since > PATIENCE_SECONDS:
            raise RunError(f"{len(waiting)} days wait for a worker of {deployment}: start one, they stay scheduled")
        if waiting:
            time.sleep(POLL_SECONDS)


def _ask(deployment: str, day: date, attempt: int) -> FlowRun:
    """The day's run of this attempt; a run that ended before it was recorded in the catalog is not asked for again."""
    while True:
        try:
            run = run_deployment(
                deployment,
                parameters={"day": str(day), "relist": 0, "once": True},
                idempotency_key=f"backfill-{day}-{attempt}",
                flow_run_name=f"daily {day}",
                timeout=0,
                as_subflow=False,
            )
        except ObjectNotFound as error:
            how = "`prefect deploy --all` makes those of prefect.yaml"
            raise UsageError(f"no deployment {deployment}: {how}") from error
        assert isinstance(run, FlowRun), "in a synchronous flow the call returns the run"
        if run.state is None or not run.state.is_final():
            return run
        attempt += 1


def _read(ids: list[UUID]) -> list[FlowRun]:
    found: list[FlowRun] = []
    with get_client(sync_client=True) as client:
        for start in range(0, len(ids), _AT_ONCE):
            chosen = FlowRunFilter(id=FlowRunFilterId(any_=ids[start : start + _AT_ONCE]))
            found += client.read_flow_runs(flow_run_filter=chosen, limit=_AT_ONCE)
    return found
