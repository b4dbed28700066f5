"""Where chunks are worked on: a setting, for the engine has task runners of every kind."""

from __future__ import annotations

import os
from typing import Any

from prefect.task_runners import TaskRunner, ThreadPoolTaskRunner

from smokewatch.errors import UsageError

THREADS = "threads"
_DASK = "dask"


def task_runner(named: str) -> TaskRunner[Any]:
    """The task runner of a name, not started.

    Args:
        named: ``threads``, ``dask``, ``dask:<workers>`` or ``dask:<scheduler's address>``.

    Raises:
        UsageError: when its integration is not installed.
    """
    if named == THREADS:
        # One infers, the other one reads its frames meanwhile, and tells Prefect what it did.
        return ThreadPoolTaskRunner(max_workers=2)
    try:
        from prefect_dask.task_runners import DaskTaskRunner
    except ImportError as error:
        raise UsageError(f"SMOKEWATCH_TASK_RUNNER={named}: install smokewatch[dask] ({error})") from error
    runner: TaskRunner[Any]
    where = named.removeprefix(_DASK).removeprefix(":")
    if where and not where.isdecimal():
        runner = DaskTaskRunner(address=where)
    else:
        # One thread a worker: a process infers one sequence at a time. Nothing listens beyond this machine.
        workers = {"n_workers": int(where or os.cpu_count() or 1), "threads_per_worker": 1}
        runner = DaskTaskRunner(cluster_kwargs=workers | {"dashboard_address": "127.0.0.1:0"})
    return runner
