"""Many sequences at once, never more than a window of them."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import datetime
from types import TracebackType
from typing import Any

from smokewatch.domain.sequences import ListedSequence, SkipReason
from smokewatch.errors import MalformedRowError
from smokewatch.store.sequences import known_sequences
from tasks.importing.importer import SOURCE, ImportCounts, Importer
from tasks.importing.sequence import Candidate, import_one
from tasks.progress import Progress

_LOOK_UP = 500  # listed sequences that are looked up in the catalog together


class Pipeline:
    """Imports listed sequences side by side; use it in a ``with`` statement, whose end waits for all of them.

    One bound for everything: a window of sequences is at work, as many as keep both kinds of connections busy; the
    next one begins when one is done. What waits is listing rows, so memory does not grow with the day.
    """

    def __init__(self, importer: Importer, counts: ImportCounts, progress: Progress | None = None) -> None:
        api = importer.api
        self._importer, self._counts, self._progress = importer, counts, progress
        self._window = api.api_connections + (api.frame_connections + 1) // 2
        self._at_work: set[Future[ImportCounts]] = set()
        self._sequences = ThreadPoolExecutor(self._window, "sequences")
        self._frames = ThreadPoolExecutor(api.frame_connections, "frames")

    def __enter__(self) -> Pipeline:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        done = False
        try:
            if kind is None:
                self.drain()
                done = True
        finally:
            if not done:
                self._importer.api.stop()
            for pool in (self._sequences, self._frames):
                pool.shutdown(wait=True, cancel_futures=not done)

    def add(self, rows: Iterable[ListedSequence], *, seen_at: datetime) -> None:
        """Import those of these sequences that are wanted and not unchanged.

        Args:
            rows: as listed.
            seen_at: when the server was asked for them, aware UTC.
        """
        listed = list(rows)
        for start in range(0, len(listed), _LOOK_UP):
            self._add(listed[start : start + _LOOK_UP], seen_at)

    def _add(self, listed: list[ListedSequence], seen_at: datetime) -> None:
        with self._importer.catalog.read() as connection:
            known = known_sequences(connection, SOURCE, [sequence.id for sequence in listed])
        for sequence in listed:
            organization_id = self._importer.cameras.organization_of(sequence.camera_id)
            candidate = Candidate(sequence, known.get(sequence.id), seen_at)
            if organization_id is not None and organization_id not in self._importer.organizations:
                self._counts.excluded += 1
                self._advance()
            elif not candidate.must_save(force=self._importer.force):
                self._counts.unchanged += 1
                self._advance()
            else:
                self._make_room()
                self._at_work.add(
                    self._sequences.submit(import_one, self._importer, candidate, organization_id, self._frames)
                )

    def drain(self) -> None:
        """Wait until everything that was added is in the store, or skipped."""
        while self._at_work:
            self._settle()

    def _make_room(self) -> None:
        while len(self._at_work) >= self._window:
            self._settle()

    def _settle(self) -> None:
        done, self._at_work = wait(self._at_work, return_when=FIRST_COMPLETED)
        for future in done:
            self._counts.add(future.result())
            self._advance()

    def _advance(self) -> None:
        if self._progress is not None:
            self._progress.advance()


def read_row(importer: Importer, row: dict[str, Any], counts: ImportCounts) -> ListedSequence | None:
    """A listing row, None when it is malformed, which is recorded."""
    try:
        return ListedSequence.from_alert_api(row)
    except MalformedRowError as error:
        if type(row.get("id")) is int:
            importer.skip(row["id"], SkipReason.MALFORMED_ROW, str(error))
        counts.skipped[SkipReason.MALFORMED_ROW] += 1
        return None
