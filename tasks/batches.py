"""A batch under measurement: the sequences of one release that a run asks it about."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from smokewatch.store.catalog import Catalog
from smokewatch.store.throughput import Batch, record_batch
from tasks.asking import Questions
from tasks.cases import Case, Release
from tasks.progress import Progress
from tasks.stacks.stack import Stack

PULL, START, UPLOAD = "pull image", "start", "upload"
"""What a replay does before its first ``replay`` or ``probe``."""


class BatchClock:
    """Measures a batch, and tells what it does; the sample is kept when the batch is over, however it ends."""

    def __init__(self, catalog: Catalog, progress: Progress, release: Release, *, run_id: str) -> None:
        self._catalog, self._progress, self._release, self._run_id = catalog, progress, release, run_id
        self._started_at, self._began = datetime.now(UTC), time.perf_counter()
        self._questions: Questions | None = None

    def starts(self) -> None:
        """The release is started from now on."""
        self._started_at, self._began = datetime.now(UTC), time.perf_counter()
        self._progress.tell(
            phase=START,
            release_reference=self._release.reference,
            release_identity=self._release.identity.value,
            identity_kind=str(self._release.identity.kind),
            api_version=self._release.version,
        )

    def began(self, case: Case, phase: str) -> None:
        """A case's next window is asked for."""
        sequence = case.sequence
        self._progress.tell(
            phase=phase,
            sequence=sequence.key,
            organization=sequence.organization_name,
            camera=sequence.camera_name,
        )
        if self._questions is not None:
            self._questions.phases.look()

    @contextmanager
    def runs(self, stack: Stack, questions: Questions, sequences: int) -> Iterator[None]:
        """The release runs, and is asked about so many sequences.

        Raises:
            StorageError: when the sample cannot be kept.
        """
        self._questions = questions
        running = time.perf_counter()
        questions.phases.add(START, running - self._began)
        try:
            yield
        finally:
            batch = Batch(
                run_id=self._run_id,
                started_at=self._started_at,
                finished_at=datetime.now(UTC),
                release_reference=self._release.reference,
                release_identity=self._release.identity.value,
                api_version=self._release.version,
                runtime=self._release.runtime,
                concurrency=stack.replicas,
                sequences=sequences,
                predict_calls=questions.calls,
                seconds=time.perf_counter() - running,
                phases=questions.phases.milliseconds(),
                ram_bytes=questions.phases.ram_bytes,
            )
            with self._catalog.write() as connection:
                record_batch(connection, batch)
