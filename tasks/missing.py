"""A day that nobody has run when it should be done is told, once."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from prefect.events import emit_event

from smokewatch.domain.day_states import day_states, missing_day
from smokewatch.store.catalog import Catalog
from smokewatch.store.runs import daily_runs, summaries_since
from tasks.events import Event


def tell_missing_day(catalog: Catalog, run_id: str) -> date | None:
    """Emit ``smokewatch.daily.missing`` when it is past 08:00 UTC and yesterday is not done; the day, None when it is.

    It is told once a day: not again when an earlier housekeeping run of today has it in its summary.

    Raises:
        StorageError: when the catalog cannot be read.
    """
    now = datetime.now(UTC)
    yesterday = now.date() - timedelta(days=1)
    with catalog.read() as connection:
        runs = daily_runs(connection, yesterday, yesterday)
        told = [each.get("daily_missing") for each in summaries_since(connection, "housekeeping", _midnight(now))]
    day = missing_day(runs, now=now)
    if day is not None and str(day) not in told:
        emit_event(
            event=Event.DAILY_MISSING,
            resource={"prefect.resource.id": f"smokewatch.daily.{day}", "prefect.resource.name": f"daily {day}"},
            payload={"day": str(day), "state": str(day_states([day], runs, now=now)[day]), "run": run_id},
        )
    return day


def _midnight(now: datetime) -> datetime:
    return now.replace(hour=0, minute=0, second=0, microsecond=0)
