"""Days as the catalog's runs know them: who runs one now, which are done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy.engine import Connection

from smokewatch.domain.day_states import DailyRun, DayState, day_states
from smokewatch.store.catalog import Catalog
from smokewatch.store.runs import daily_runs


def taken(day: date, *, once: bool) -> Callable[[Connection, str], str | None]:
    """Says why a run of a UTC day must not begin: another one runs, or, with `once`, the day is done."""

    def look(connection: Connection, run_id: str) -> str | None:
        now = datetime.now(UTC)
        others = [run for run in daily_runs(connection, day, day) if run.id != run_id]
        for run in others:
            if run.running(now):
                return f"{day} is in work: run {run.id} began at {run.started_at:%Y-%m-%d %H:%M} UTC"
        if once and day_states([day], others, now=now)[day] is DayState.DONE:
            return f"{day} is done"
        return None

    return look


def states_of(catalog: Catalog, days: Sequence[date]) -> tuple[dict[date, DayState], list[DailyRun]]:
    """The state of every UTC day, and all runs of these days, the oldest first."""
    with catalog.read() as connection:
        runs = daily_runs(connection, days[0], days[-1])
    return day_states(days, runs, now=datetime.now(UTC)), runs


def table_rows(states: dict[date, DayState], runs: Sequence[DailyRun]) -> list[dict[str, Any]]:
    """Day x state for people, with what the day's newest run that tells something told."""
    newest = {run.day: run for run in runs if run.summary is not None or run.finished_at is None}
    done = {run.day: run for run in runs if run.did_it()}
    return [_row(day, state, done.get(day) or newest.get(day)) for day, state in states.items()]


def _row(day: date, state: DayState, run: DailyRun | None) -> dict[str, Any]:
    summary = (run.summary if run else None) or {}
    parts = summary.get("parts", {})
    minutes = (run.finished_at - run.started_at).total_seconds() / 60 if run and run.finished_at else None
    return {
        "day": str(day),
        "state": str(state),
        **{name: parts.get(name, {}).get("state") for name in ("import", "replay", "drift")},
        "look": "; ".join(
            [*(f"{name}: {parts[name]['detail']}" for name in summary.get("failed", ())), *summary.get("look", ())]
        ),
        "minutes": None if minutes is None else round(minutes, 1),
        "run": run.id if run else None,
    }
