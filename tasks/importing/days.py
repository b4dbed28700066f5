"""A day: its sequences, its alerts with theirs, and what the server deleted of it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, date, datetime
from functools import partial

from prefect import task
from prefect.cache_policies import NO_CACHE

from blocks.alert_api import NotFoundError
from smokewatch.domain.alerts import ListedAlert
from smokewatch.domain.fields import is_id
from smokewatch.domain.sequences import ListedSequence
from smokewatch.errors import MalformedRowError
from smokewatch.store.alerts import alerts_started, mark_alert_deleted, save_alerts
from smokewatch.store.saving import mark_deleted
from smokewatch.store.sequences import sequences_started
from tasks.importing.deletions import find_deleted
from tasks.importing.importer import SOURCE, ImportCounts, Importer
from tasks.importing.pipeline import Pipeline, read_row
from tasks.progress import Progress


@task(name="import-day", task_run_name="import-{day}", cache_policy=NO_CACHE)
def import_day(importer: Importer, day: date, days: Collection[date]) -> ImportCounts:
    """Import what started on a UTC day; `days` are all those that this run lists.

    Every sequence is committed by itself, its frames' bytes first: whatever ends this task, what was committed is
    whole and is not read again.

    Raises:
        RunError: when the day cannot be listed.
        StorageError: when the store cannot take it.
    """
    counts = ImportCounts()
    seen_at = datetime.now(UTC)
    ids: set[int] = set()
    listed: list[ListedSequence] = []
    for row in importer.api.sequences_of(day):
        counts.listed += 1
        if is_id(row.get("id")):
            ids.add(row["id"])
        if (sequence := read_row(importer, row, counts)) is not None:
            listed.append(sequence)
    with (
        Progress("import-progress", f"import {day}", len(listed)) as progress,
        Pipeline(importer, counts, progress) as pipeline,
    ):
        pipeline.add(listed, seen_at=seen_at)
    import_alerts(importer, day, counts, known_days=days, known_ids=ids)
    with importer.catalog.read() as connection:
        stored = sequences_started(connection, SOURCE, day)
    for sequence_id in find_deleted(importer, counts, stored, listed=ids, ask=importer.api.sequence):
        mark = partial(mark_deleted, source=SOURCE, sequence_id=sequence_id, now=datetime.now(UTC))
        counts.deleted += importer.writer.write(mark)
    return counts


def import_alerts(
    importer: Importer, day: date, counts: ImportCounts, *, known_days: Collection[date], known_ids: Collection[int]
) -> None:
    """Store a day's alerts, and import those of their sequences that no listing of this run gives.

    An alert begins with its first sequence, but may hold sequences of the days around.

    Raises:
        RunError: when the alerts cannot be listed.
        StorageError: when the store cannot take them.
    """
    seen_at = datetime.now(UTC)
    ids: set[int] = set()
    alerts: list[ListedAlert] = []
    others: dict[int, ListedSequence] = {}
    try:
        for row in importer.api.alerts_of(day):
            if is_id(row.get("id")):
                ids.add(row["id"])
            try:
                alert = ListedAlert.from_alert_api(row)
            except MalformedRowError:
                counts.flagged["malformed_alert"] += 1
                continue
            if alert.organization_id not in importer.organizations:
                continue
            alerts.append(alert)
            for embedded in row["sequences"]:
                sequence = None if embedded["id"] in known_ids else read_row(importer, embedded, counts)
                if sequence is not None and sequence.started_at.date() not in known_days:
                    others[sequence.id] = sequence
    except NotFoundError:
        return  # a server without alerts
    importer.writer.write(lambda connection: save_alerts(connection, SOURCE, alerts, now=seen_at))
    with importer.catalog.read() as connection:
        stored = alerts_started(connection, SOURCE, day)
    counts.alerts += len(alerts)
    for alert_id in find_deleted(importer, counts, stored, listed=ids, ask=importer.api.alert):
        mark = partial(mark_alert_deleted, source=SOURCE, alert_id=alert_id, now=datetime.now(UTC))
        counts.alerts_deleted += importer.writer.write(mark)
    counts.listed += len(others)
    with Pipeline(importer, counts) as pipeline:
        pipeline.add(others.values(), seen_at=seen_at)
