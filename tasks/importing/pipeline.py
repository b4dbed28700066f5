"""Many listed sequences at once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import partial
from types import TracebackType
from typing import Any

from smokewatch.domain.fields import is_id
from smokewatch.domain.sequences import ListedSequence, SkipReason
from smokewatch.errors import MalformedRowError, RunError, StorageError
from smokewatch.store.sequences import known_sequences
from tasks.importing.importer import SOURCE, ImportCounts, Importer
from tasks.importing.sequence import Candidate, import_one
from tasks.progress import Progress
from tasks.side_by_side import SideBySide

_LOOK_UP = 500  # listed sequences that are looked up in the catalog together


class Pipeline:
    """Imports listed sequences side by side; use it in a ``with`` statement, whose end waits for all of them.

    What waits is listing rows, so memory does not grow with the day.
    """

    def __init__(self, importer: Importer, counts: ImportCounts, progress: Progress | None = None) -> None:
        self._importer, self._counts, self._progress = importer, counts, progress
        self._at_work = SideBySide(importer.api, self._settle)

    def __enter__(self) -> Pipeline:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._at_work.__exit__(kind, error, trace)

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
            try:
                organization_id = self._importer.cameras.organization_of(sequence.camera_id)
            except StorageError:
                raise
            except RunError as error:
                self._importer.skip(self._counts, sequence.id, SkipReason.REQUEST_FAILED, str(error))
                self._advance()
                continue
            candidate = Candidate(sequence, known.get(sequence.id), seen_at)
            if organization_id is not None and organization_id not in self._importer.organizations:
                self._counts.excluded += 1
                self._advance()
            elif not candidate.must_save(force=self._importer.force):
                self._counts.unchanged += 1
                self._advance()
            else:
                frames = self._at_work.frames
                self._at_work.add(partial(import_one, self._importer, candidate, organization_id, frames))

    def drain(self) -> None:
        """Wait until everything that was added is in the store, or skipped."""
        self._at_work.drain()

    def _settle(self, counts: ImportCounts) -> None:
        self._counts.add(counts)
        self._advance()

    def _advance(self) -> None:
        if self._progress is not None:
            self._progress.advance()


def read_row(importer: Importer, row: dict[str, Any], counts: ImportCounts) -> ListedSequence | None:
    """A listing row, None when it is malformed, which is recorded."""
    try:
        return ListedSequence.from_alert_api(row)
    except MalformedRowError as error:
        if is_id(row.get("id")):
            importer.skip(counts, row["id"], SkipReason.MALFORMED_ROW, str(error))
        else:
            counts.skipped[SkipReason.MALFORMED_ROW] += 1
        return None
