"""What dead runs left behind, cleared away; a day that should be done and is not, told.

Why: a run that is killed cannot clean up. Every process is remembered before it runs, so it can be found and ended by
identity; nothing is ever ended by name. Every run clears leftovers too, before it begins. A night that did not run
fails nowhere: meant for every hour, this emits `smokewatch.daily.missing` once when yesterday is not done by 08:00 UTC.
Requires: the store.
"""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from prefect import flow

from blocks.engine import Engine
from blocks.store import Store
from tasks.missing import tell_missing_day
from tasks.reporting import summary_markdown
from tasks.runs import clear_containers, clear_leftovers, recorded_run
from tasks.stacks.containers import Swept

_PARTIAL_SECONDS = 3600.0  # no write of one frame takes an hour


@flow(name="housekeeping", flow_run_name="housekeeping", persist_result=False)
def housekeeping() -> dict[str, Any]:
    """End and remove what dead runs left running, mark them as lost, delete half-written frames and old audit logs.

    Returns:
        The run's summary.

    Raises:
        UsageError: when the store cannot be opened.
        StorageError: when it cannot be written.
        RunError: when a Docker engine answers and refuses.
    """
    store = Store.resolve()
    catalog = store.catalog()
    cleared = clear_leftovers(catalog)
    engine = Engine.find()
    swept = clear_containers(catalog, engine) if engine is not None else Swept()
    with recorded_run(catalog, "housekeeping", {}) as run:
        partial = store.frame_store().sweep_partial(older_than_seconds=_PARTIAL_SECONDS)
        tidied = store.history_log().tidy(datetime.now(UTC).date())
        missing = tell_missing_day(catalog, run.id)
        run.summary = {
            **asdict(cleared),
            **asdict(swept),
            "partial_frames": partial,
            "history_compressed": tidied.compressed,
            "history_deleted": tidied.deleted,
            "daily_missing": None if missing is None else str(missing),
            "seconds": run.seconds(),
        }
        summary_markdown("housekeeping-summary", "Housekeeping", run.summary)
    return run.summary
