"""Days that were missed: each run as `daily` runs one, and none twice.

    the catalog's runs ── days that are due ──▶ daily, a run a day ──▶ a table of day x state

Why: a store begins somewhere, machines are off for a week. What is done is known from the catalog: after a kill the
next backfill goes on where this one was, and two at once share the days. Days run in this process, one after the other,
for drift rolls its baseline on from day to day; or, with a deployment of `daily`, in runs of their own under its
workers and its concurrency limit. Requires: what daily requires. No Prefect cache: the catalog's runs say what is done.
"""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

from prefect import flow
from prefect.artifacts import create_table_artifact
from prefect.runtime import flow_run

from blocks.store import Store
from flows.daily import daily
from smokewatch.domain.day_states import MOST_DAYS, DayState, is_due
from smokewatch.domain.days import days_between, span
from smokewatch.errors import RunError, UsageError
from smokewatch.store.catalog import Catalog
from tasks.days import states_of, table_rows
from tasks.progress import Progress
from tasks.runs import clear_parts, recorded_run
from tasks.scheduling import run_scheduled

IN_A_ROW = 5
"""After so many days that failed one after the other, the rest is left for later."""


def _name() -> str:
    parameters = flow_run.parameters
    return f"backfill {span(parameters['date_from'], parameters.get('date_to'))}"


@flow(
    name="backfill",
    flow_run_name=_name,
    validate_parameters=True,
    persist_result=False,
    on_cancellation=[clear_parts],
    on_crashed=[clear_parts],
)
def backfill(
    date_from: date, date_to: date | None = None, retry_failed: bool = False, deployment: str | None = None
) -> dict[str, Any]:
    """Run the UTC days that are not done, both ends included.

    Args:
        date_from: the first day.
        date_to: the last day; yesterday when left out.
        retry_failed: run days that failed, too.
        deployment: flow/deployment that runs the days, e.g. ``daily/backfill``; this process when left out.

    Returns:
        The run's summary.

    Raises:
        UsageError: when the days or the configuration cannot be used.
        RunError: when a day failed, now or before; the others are done.
        StorageError: when the catalog cannot be read or written.
    """
    today = datetime.now(UTC).date()
    days = days_between(date_from, date_to or max(date_from, today - timedelta(days=1)), today=today)
    if len(days) > MOST_DAYS:
        raise UsageError(f"{span(days[0], days[-1])} are {len(days)} days: give at most {MOST_DAYS} at once")
    catalog = Store.resolve().catalog()
    parameters = {
        "date_from": str(days[0]),
        "date_to": str(days[-1]),
        "retry_failed": retry_failed,
        "deployment": deployment,
    }
    with recorded_run(catalog, "backfill", parameters) as run:
        before, runs = states_of(catalog, days)
        due = [day for day in days if is_due(before[day], retry_failed=retry_failed)]
        with Progress("backfill-progress", f"backfill {span(days[0], days[-1])}", len(due)) as progress:
            if deployment is not None:
                run_scheduled(deployment, due, Counter(each.day for each in runs), progress)
            else:
                _run_here(catalog, due, retry_failed, progress)
        states, runs = states_of(catalog, days)
        create_table_artifact(
            table=table_rows(states, runs), key="backfill-days", description=f"Days {span(days[0], days[-1])}"
        )
        run.summary = _summary(before, states) | {"seconds": run.seconds()}
        if (failure := _failure(states)) is not None:
            raise RunError(failure)
    return run.summary


def _run_here(catalog: Catalog, due: list[date], retry_failed: bool, progress: Progress) -> None:
    """Day after day; one that another run has taken meanwhile is passed over."""
    failed = 0
    for day in due:
        state = states_of(catalog, [day])[0][day]
        if is_due(state, retry_failed=retry_failed):
            ended = daily(day=day, relist=0, once=True, return_state=True)
            failed = failed + 1 if ended.is_failed() else 0
        progress.advance()
        if failed == IN_A_ROW:
            return


def _summary(before: dict[date, DayState], states: dict[date, DayState]) -> dict[str, Any]:
    counts = Counter(str(state) for state in states.values())
    return {
        "days": len(states),
        "done": counts[DayState.DONE],
        "done_before": sum(state is DayState.DONE for state in before.values()),
        "failed": [str(day) for day, state in states.items() if state is DayState.FAILED],
        "running": [str(day) for day, state in states.items() if state is DayState.RUNNING],
        "left": [str(day) for day, state in states.items() if state in (DayState.NEVER, DayState.LOST)],
    }


def _failure(states: dict[date, DayState]) -> str | None:
    """What a person has to do, one line."""
    failed = [day for day, state in states.items() if state is DayState.FAILED]
    left = sum(state in (DayState.NEVER, DayState.LOST) for state in states.values())
    if not failed and not left:
        return None
    said = [f"{len(failed)} days failed, the first {failed[0]}: look at them, then --retry-failed"] if failed else []
    return "; ".join([*said, *([f"{left} days left, run again to go on"] if left else [])])
