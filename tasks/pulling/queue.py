"""A stage's queue: all of it listed first, what left it marked, what is new or changed read side by side."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any

from prefect import task
from prefect.cache_policies import NO_CACHE

from smokewatch.domain.backlog import BacklogSequence
from smokewatch.domain.fields import is_id
from smokewatch.domain.sequences import SkipReason
from smokewatch.errors import MalformedRowError
from smokewatch.store.backlog import known_backlog, mark_left, mark_listed
from tasks.progress import Progress
from tasks.pulling.puller import PullCounts, Puller
from tasks.pulling.sequence import Candidate, pull_one
from tasks.side_by_side import SideBySide

_LOOK_UP = 500  # listed sequences that are looked up in the catalog together


@task(name="pull-queue", task_run_name="pull-queue", cache_policy=NO_CACHE)
def pull_queue(puller: Puller) -> PullCounts:
    """Pull the queue of the puller's stage.

    Pages shift while people annotate, so all of it is listed before anything is read. Every sequence is committed by
    itself, its frames' bytes first: whatever ends this task, what was committed is whole and is not read again.

    Raises:
        RunError: when the queue cannot be listed.
        StorageError: when the store cannot take it.
    """
    counts, seen_at = PullCounts(), datetime.now(UTC)
    listed = _list(puller, counts, seen_at)

    def settle(pulled: PullCounts) -> None:
        counts.add(pulled)
        progress.advance()

    # A frame is two requests, for its URL and for its bytes: threads enough to keep both kinds of connections busy.
    threads = puller.api.api_connections + puller.api.frame_connections
    with (
        Progress("pull-progress", f"pull {puller.stage}", len(listed)) as progress,
        SideBySide(puller.api, settle, frame_threads=threads) as at_work,
    ):
        read = 0
        for candidate in _candidates(puller, listed, seen_at):
            must_read = candidate.must_read(force=puller.force)
            if must_read and puller.limit is not None and read >= puller.limit:
                settle(PullCounts(postponed=1))
            elif must_read or candidate.changed():
                read += must_read
                at_work.add(partial(pull_one, puller, candidate, at_work.frames))
            else:
                settle(PullCounts(unchanged=1))
    return counts


def _list(puller: Puller, counts: PullCounts, seen_at: datetime) -> list[BacklogSequence]:
    """The queue's sequences by ascending id; what waits in it and what left it is marked, malformed rows recorded."""
    ids: set[int] = set()

    def read(row: dict[str, Any]) -> BacklogSequence | None:
        counts.listed += 1
        identity = row.get("id")
        if is_id(identity):
            ids.add(identity)
        try:
            return BacklogSequence.from_annotator(row)
        except MalformedRowError as error:
            if is_id(identity):
                puller.skip(identity, SkipReason.MALFORMED_ROW, str(error))
            counts.skipped[SkipReason.MALFORMED_ROW] += 1
            return None

    rows = puller.api.read_sequences(puller.stage, read)
    # A limit is for a look at a part of the queue: nothing is judged to have left it, though the listing is whole.
    if puller.limit is None:
        counts.left = puller.writer.write(partial(mark_left, listed=ids, stage=puller.stage, now=seen_at))
    puller.writer.write(partial(mark_listed, ids=ids, stage=puller.stage, now=seen_at))
    return sorted((row for row in rows if row is not None), key=lambda row: row.id)


def _candidates(puller: Puller, listed: list[BacklogSequence], seen_at: datetime) -> Iterator[Candidate]:
    for start in range(0, len(listed), _LOOK_UP):
        chunk = listed[start : start + _LOOK_UP]
        with puller.catalog.read() as connection:
            known = known_backlog(connection, [sequence.id for sequence in chunk])
        for sequence in chunk:
            yield Candidate(sequence, known.get(sequence.id), seen_at)
