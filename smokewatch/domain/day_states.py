"""Which days are done: told from the runs of `daily` that the catalog knows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

ABANDONED = timedelta(hours=24)
"""A run that is said to run for longer, on a host that nobody can ask, is lost."""
DUE_AT = time(8, tzinfo=UTC)
"""When yesterday must be done."""
MOST_DAYS = 366
"""A backfill takes no more at once."""


class DayState(StrEnum):
    """What is known of a UTC day."""

    DONE = "done"
    """It was run whole, after it was over."""
    RUNNING = "running"
    FAILED = "failed"
    LOST = "lost"
    """Its run was killed."""
    NEVER = "never run"


@dataclass(frozen=True, slots=True)
class DailyRun:
    """A run of a UTC day."""

    id: str
    day: date
    state: str
    """As the catalog has it: running, completed, failed or lost."""
    started_at: datetime
    finished_at: datetime | None
    summary: Mapping[str, Any] | None

    def running(self, now: datetime) -> bool:
        """Whether it may still run."""
        return self.state == "running" and now - self.started_at < ABANDONED

    def did_it(self) -> bool:
        """Whether the day is done by it: a run that began before the day was over did not see all of it."""
        over = datetime.combine(self.day + timedelta(days=1), time(), UTC)
        return self.state == "completed" and self.started_at >= over


def day_states(days: Iterable[date], runs: Iterable[DailyRun], *, now: datetime) -> dict[date, DayState]:
    """The state of every day. What was done once stays done: another run that fails changes nothing of it."""
    by_day: dict[date, list[DailyRun]] = {day: [] for day in days}
    for run in runs:
        if run.day in by_day:
            by_day[run.day].append(run)
    return {day: _state(found, now) for day, found in by_day.items()}


def is_due(state: DayState, *, retry_failed: bool) -> bool:
    """Whether a backfill runs a day that is in this state."""
    return state in (DayState.NEVER, DayState.LOST) or (retry_failed and state is DayState.FAILED)


def missing_day(runs: Sequence[DailyRun], *, now: datetime) -> date | None:
    """Yesterday, when it is not done though it must be; None when all is well, or it is too early to say."""
    if now.timetz() < DUE_AT:
        return None
    day = now.date() - timedelta(days=1)
    return None if day_states([day], runs, now=now)[day] is DayState.DONE else day


def _state(runs: Sequence[DailyRun], now: datetime) -> DayState:
    if any(run.did_it() for run in runs):
        return DayState.DONE
    if any(run.running(now) for run in runs):
        return DayState.RUNNING
    ended = [run for run in runs if run.state != "completed"]  # one that completed saw a part of the day
    if not ended:
        return DayState.NEVER
    return DayState.FAILED if max(ended, key=lambda run: run.started_at).state == "failed" else DayState.LOST
