"""Refreshing what risk-api says, a day at a time."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Literal

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.tasks import Task

from blocks.risk_api import RiskApiClient
from smokewatch.domain.risk import RiskClass, RiskSkip, read_risk
from smokewatch.errors import MalformedRowError, RunError, StorageError
from smokewatch.store.catalog import Catalog
from smokewatch.store.risk import save_classes

SOURCE = "alert-api"
"""Whose the cameras are that risk-api speaks of."""
PAUSES = [60.0, 600.0, 1800.0]
"""Seconds before the days that failed are tried again: once, twice, three times."""


@dataclass
class RiskCounts:
    """What a refresh found. ``classes`` and ``skipped`` count rows by name."""

    days: int = 0
    rows: int = 0
    changed: int = 0
    classes: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    contradicting: int = 0
    """Classes whose index belongs to another class; production goes by the class, and so do we."""
    without: list[str] = field(default_factory=list)
    """Days of which risk-api knows nothing."""

    def as_dict(self) -> dict[str, Any]:
        """Plain numbers and texts."""
        return {**vars(self), "classes": dict(self.classes), "skipped": dict(self.skipped)}


@dataclass
class Refresher:
    """A refresh's connections, and how far it has come: what failed is tried again, what is done is not."""

    api: RiskApiClient
    catalog: Catalog
    today: date
    counts: RiskCounts = field(default_factory=RiskCounts)
    failed: dict[date, str] = field(default_factory=dict)
    """Days whose classes stay what they were, and why."""
    _done: set[date] = field(default_factory=set)

    def refresh(self, day: date) -> None:
        """Store a day's classes.

        Raises:
            UsageError: when the account is refused.
            StorageError: when the catalog cannot take them.
        """
        if day in self._done:
            return
        asked_at = datetime.now(UTC)
        try:
            scores = self.api.scores(day)
            cameras = self.api.cameras() if day == self.today else []
        except StorageError:
            raise
        except RunError as error:
            self.failed[day] = str(error)
            return
        counts = RiskCounts(days=1, rows=len(scores))
        classes = self._read(scores, day, "scores", counts)
        # Today's scores and the cameras come from the same refresh; a camera may be new since.
        scored = {str(row.get("camera_id")) for row in scores}
        others = [row for row in cameras if str(row.get("id")) not in scored]
        counts.rows += len(others)
        classes += self._read(others, day, "cameras", counts)
        if not scores and not others:
            counts.without.append(str(day))
        with self.catalog.write() as connection:
            counts.changed = save_classes(connection, SOURCE, classes, now=asked_at)
        self._add(counts)
        self._done.add(day)
        self.failed.pop(day, None)

    @staticmethod
    def _read(
        rows: list[dict[str, Any]], day: date, route: Literal["cameras", "scores"], counts: RiskCounts
    ) -> list[RiskClass]:
        classes: dict[int, RiskClass] = {}
        for row in rows:
            try:
                read = read_risk(row, day, route)
            except MalformedRowError:
                read = RiskSkip.MALFORMED_ROW
            if isinstance(read, RiskSkip):
                counts.skipped[read] += 1
                continue
            classes[read.camera_id] = read
            counts.classes[read.fwi_class] += 1
            counts.contradicting += read.contradicts_itself
        return list(classes.values())

    def _add(self, counts: RiskCounts) -> None:
        for name, value in vars(counts).items():
            setattr(self.counts, name, getattr(self.counts, name) + value)


def _may_pass(_task: Task[..., Any], _run: TaskRun, state: State[Any]) -> bool:
    """A server that was away may come back; a wrong password stays wrong, a full disk full."""
    error = state.result(raise_on_failure=False)
    return isinstance(error, RunError) and not isinstance(error, StorageError)


@task(
    name="refresh-days",
    task_run_name="refresh-days",
    cache_policy=NO_CACHE,
    retries=len(PAUSES),
    retry_delay_seconds=PAUSES,
    retry_condition_fn=_may_pass,
)
def refresh_days(refresher: Refresher, days: list[date]) -> None:
    """Store the days' classes, each by itself; those that failed are tried again later, the others stay done.

    Raises:
        RunError: when risk-api could not be asked about some day; its classes stay what they were.
        UsageError, StorageError: as :meth:`Refresher.refresh` says.
    """
    for day in days:
        refresher.refresh(day)
    if refresher.failed:
        first, why = next(iter(refresher.failed.items()))
        counted = f"{len(refresher.failed)} of {len(days)} days" if len(days) > 1 else str(first)
        raise RunError(f"{counted} could not be refreshed, what was known of them stays: {why}")
