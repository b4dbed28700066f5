"""A day: yesterday's sequences imported, replayed, and checked for drift.

    import, with the last 14 days again ──▶ replay ──▶ replay of earlier days' late ones ──▶ drift ──▶ one summary

Why: what is meant to run every night at 02:00 UTC. Labels and detections come late: earlier days are listed again, and
what has changed of them is replayed again, nothing else. Each part is a sub-run of its own: one that fails is tried
again, told, and leaves the others as they are. Requires: what import-sequences, replay-sequences and check-drift
require; without a baseline drift is skipped. No Prefect cache: running a day again changes nothing that was right.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from prefect import flow
from prefect.artifacts import create_markdown_artifact
from prefect.runtime import flow_run

from blocks.drift import Drift
from blocks.store import Store
from flows.check_drift import check_drift
from flows.import_sequences import import_sequences
from flows.replay_sequences import replay_sequences
from smokewatch.domain.daily import Part, PartState, day_markdown, day_summary
from smokewatch.domain.days import days_between
from smokewatch.domain.verdicts import DropReason
from smokewatch.errors import RunError, UsageError
from smokewatch.store.catalog import Catalog
from smokewatch.store.drift import version_before
from smokewatch.store.unreplayed import unreplayed
from tasks.day_parts import run_part
from tasks.days import taken
from tasks.runs import GaveWayError, clear_parts, recorded_run

RELISTED = 14
"""Days before that are listed again, for labels that come late."""
_TRIED_AGAIN = (DropReason.IMAGE_PULL_FAILED, DropReason.STACK_UNHEALTHY)
"""What may have been wrong with this machine or the registry, not with the sequence."""


def _name() -> str:
    return f"daily {flow_run.parameters.get('day') or _yesterday()}"


@flow(
    name="daily",
    flow_run_name=_name,
    validate_parameters=True,
    persist_result=False,
    on_cancellation=[clear_parts],
    on_crashed=[clear_parts],
)
def daily(day: date | None = None, relist: int = RELISTED, once: bool = False) -> dict[str, Any]:
    """Run a UTC day.

    Args:
        day: the day; left out: the one before the day for which this run was scheduled, however late it begins.
        relist: how many days before it are listed again.
        once: leave the day alone when it is done.

    Returns:
        The run's summary; of a day that another run has in work, or that is to be left alone, only why.

    Raises:
        UsageError: when the day or the configuration cannot be used.
        RunError: when a part failed; what the others did stays.
        StorageError: when the catalog cannot be read or written.
    """
    chosen = day or _yesterday()
    if relist < 0:
        raise UsageError(f"relist is {relist}: give 0 or more days")
    days_between(chosen, chosen, today=datetime.now(UTC).date())
    catalog = Store.resolve().catalog()
    try:
        with recorded_run(
            catalog, "daily", {"day": str(chosen), "relist": relist, "once": once}, taken(chosen, once=once)
        ) as run:
            parts = _parts(catalog, chosen, relist)
            run.summary = {**day_summary(chosen, parts), "seconds": run.seconds()}
            create_markdown_artifact(day_markdown(chosen, parts), key="daily-summary")
            failed = [f"{part.name} failed: {part.detail}" for part in parts if part.state is PartState.FAILED]
            if failed:
                raise RunError(f"{chosen}: {'; '.join(failed)}")
    except GaveWayError as error:
        return {"day": str(chosen), "state": "left alone", "why": str(error)}
    return run.summary


def _parts(catalog: Catalog, day: date, relist: int) -> list[Part]:
    first, before = day - timedelta(days=relist), day - timedelta(days=1)
    parts = [
        run_part("import", import_sequences, {"date_from": first, "date_to": day}),
        run_part("replay", replay_sequences, {"date_from": day}),
    ]
    with catalog.read() as connection:
        late = unreplayed(connection, first, before, tried_again=_TRIED_AGAIN) if relist else {}
        baseline = Drift.resolve().baseline
        compared = version_before(connection, baseline, day) is not None
    if late:
        late_days = {"date_from": min(late.values()), "date_to": before, "sequences": list(late)}
        parts.append(run_part("late", replay_sequences, late_days))
    if compared:
        parts.append(run_part("drift", check_drift, {"date_from": day}))
    else:
        how = f"no baseline {baseline} of days before it: `smokewatch baseline` builds one"
        parts.append(Part("drift", PartState.SKIPPED, how))
    return parts


def _yesterday() -> date:
    scheduled = flow_run.scheduled_start_time or datetime.now(UTC)
    return scheduled.astimezone(UTC).date() - timedelta(days=1)
