"""A walk through the ids, for servers whose listings do not show every organization."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time
from functools import partial
from itertools import islice
from typing import Any

from prefect import task
from prefect.cache_policies import NO_CACHE

from blocks.alert_api import ForbiddenError, NotFoundError
from smokewatch.domain.fields import is_id
from smokewatch.domain.scanning import HIGHEST_ID, Scan, Seen
from smokewatch.domain.sequences import SkipReason
from smokewatch.errors import RunError, UsageError
from smokewatch.store.saving import mark_deleted
from smokewatch.store.scans import load_scan, save_scan
from smokewatch.store.sequences import newest_id, skipped_ids
from tasks.importing.days import import_alerts
from tasks.importing.importer import SOURCE, ImportCounts, Importer
from tasks.importing.pipeline import Pipeline, read_row
from tasks.progress import Progress

_BLOCK = 50  # ids asked between two notes of where the walk has got to


@task(name="scan-ids", task_run_name="scan", cache_policy=NO_CACHE)
def scan_ids(importer: Importer, days: list[date], from_id: int | None, choice: str) -> ImportCounts:
    """Import what started within UTC days by asking for one id after another.

    Where it has got to is kept in the catalog, behind what is committed: an interrupted scan of the same days with
    the same account and `choice` of organizations goes on there. A few ids at a time are asked, in order.

    Args:
        importer: the import.
        days: in order, without gaps.
        from_id: where to begin; None: at the newest sequence that is stored or listed. Another one begins anew.
        choice: which organizations are chosen, as a text.

    Raises:
        UsageError: when there is nothing to begin with.
        RunError: when the server fails for every id of a block; an id that alone fails is skipped, and asked again by
            the next scan.
        StorageError: when the store cannot take it.
    """
    counts = ImportCounts()
    account = importer.api.account()
    scope = f"{days[0]} to {days[-1]}; account {account.get('sub')}; {choice}"
    with importer.catalog.read() as connection:
        begun = load_scan(connection, SOURCE, scope)
    if begun is not None and from_id in (None, begun.start):
        scan = begun
    else:
        start = _start(importer, days) if from_id is None else from_id
        if not 1 <= start <= HIGHEST_ID:
            raise UsageError("the scan has no id to begin at: give one that exists, or existed, with --from-id")
        scan = Scan.begin(start)
    with (
        Progress("scan-progress", "ids asked", None) as progress,
        Pipeline(importer, counts) as pipeline,
        ThreadPoolExecutor(importer.api.api_connections, "scan") as pool,
    ):
        walk = _Walk(importer, pipeline, counts, days, pool, progress)
        walk.again()
        while not scan.done:
            scan = walk.on(scan)
            importer.writer.write(partial(save_scan, source=SOURCE, scope=scope, scan=scan, now=datetime.now(UTC)))
    for day in days:
        import_alerts(importer, day, counts, known_days=days, known_ids=())
    return counts


class _Walk:
    def __init__(
        self,
        importer: Importer,
        pipeline: Pipeline,
        counts: ImportCounts,
        days: list[date],
        pool: ThreadPoolExecutor,
        progress: Progress,
    ) -> None:
        self._importer, self._pipeline, self._counts, self._pool = importer, pipeline, counts, pool
        self._progress = progress
        self._days = frozenset(days)
        self._first = datetime.combine(days[0], time(), UTC)

    def again(self) -> None:
        """Ask for what went wrong when this walk, or another, came by."""
        with self._importer.catalog.read() as connection:
            failed = skipped_ids(connection, SOURCE, set(SkipReason) - {SkipReason.SEQUENCE_VANISHED})
        for start in range(0, len(failed), _BLOCK):
            self._look(failed[start : start + _BLOCK])
            self._pipeline.drain()

    def on(self, scan: Scan) -> Scan:
        """The walk one block further, everything of it in the store."""
        climbing = scan.climbing
        found = self._look(list(islice(scan.upcoming(), _BLOCK)))
        failed = [seen for seen in found if isinstance(seen, RunError)]
        if len(failed) == _BLOCK:
            raise failed[0]
        for seen in found:
            if scan.done or scan.climbing != climbing:
                break  # the rest was asked in vain
            # What could not be asked exists, as far as is known: the walk goes on behind it.
            scan = scan.after(Seen.OTHER if isinstance(seen, RunError) else seen)
        self._pipeline.drain()
        return scan

    def _look(self, ids: list[int]) -> list[Seen | RunError]:
        seen_at = datetime.now(UTC)
        rows = list(self._pool.map(self._ask, ids))
        self._counts.scanned += len(ids)
        self._progress.advance(len(ids))
        return [self._sort(sequence_id, row, seen_at) for sequence_id, row in zip(ids, rows, strict=True)]

    def _ask(self, sequence_id: int) -> dict[str, Any] | Seen | RunError:
        try:
            return self._importer.api.sequence(sequence_id)
        except NotFoundError:
            return Seen.MISSING
        except ForbiddenError:
            return Seen.FORBIDDEN
        except RunError as error:
            return error

    def _sort(self, sequence_id: int, row: dict[str, Any] | Seen | RunError, seen_at: datetime) -> Seen | RunError:
        if isinstance(row, RunError):
            self._importer.skip(self._counts, sequence_id, SkipReason.REQUEST_FAILED, str(row))
            return row
        if row is Seen.MISSING:
            mark = partial(mark_deleted, source=SOURCE, sequence_id=sequence_id, now=seen_at)
            self._counts.deleted += self._importer.writer.write(mark)
        if isinstance(row, Seen):
            return row
        listed = read_row(self._importer, row, self._counts)
        if listed is None:
            return Seen.OTHER
        if listed.started_at < self._first:
            return Seen.OLDER
        if listed.started_at.date() in self._days:
            self._counts.listed += 1
            self._pipeline.add([listed], seen_at=seen_at)
        return Seen.OTHER


def _start(importer: Importer, days: list[date]) -> int:
    """The newest id that the store or the days' own listings tell, 0 when nothing does."""
    with importer.catalog.read() as connection:
        stored = newest_id(connection, SOURCE) or 0
    rows = [row.get("id") for day in days for row in importer.api.sequences_of(day)]
    ids = [each for each in rows if is_id(each)]
    return max([stored, *ids])
