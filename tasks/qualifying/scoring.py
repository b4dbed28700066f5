"""Asking a release about its subjects, through the ledger and a sealed stack."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from prefect import task
from prefect.cache_policies import NO_CACHE

from smokewatch.domain.answers import Health
from smokewatch.domain.releases import ledger_key
from smokewatch.errors import RunError, StorageError
from smokewatch.store.ledger import LedgerEntry, known_entries
from smokewatch.store.releases import record_health
from tasks.asking import Questions
from tasks.cases import Release
from tasks.qualifying.subjects import Subject
from tasks.replaying import Replayer
from tasks.stacks.parts import StoppedError
from tasks.stacks.stack import Stack

MEMORY_EVERY = 1.0
"""Seconds between two looks at the memory of a running release."""


@dataclass
class Scores:
    """What a release says of its subjects."""

    entries: dict[str, LedgerEntry] = field(default_factory=dict)
    """Sequence key -> answer."""
    keys: dict[str, str] = field(default_factory=dict)
    """Sequence key -> ledger key."""
    failed: dict[str, str] = field(default_factory=dict)
    """Sequence key -> why there is no answer, one line."""
    health: Health | None = None
    """What it says of itself; None: everything was known, it did not run."""
    memory: list[int] = field(default_factory=list)
    """Bytes that its replicas held, looked at once a second."""
    predict_calls: int = 0
    release_seconds: float = 0.0


@task(name="score-subjects", task_run_name="score-{release.version}", cache_policy=NO_CACHE, persist_result=False)
def score_subjects(replayer: Replayer, release: Release, subjects: Sequence[Subject]) -> Scores:
    """A release's answers: those that the ledger knows cost nothing; a stack starts only for others.

    Raises:
        RunError: when the release does not run.
        StorageError: when the store cannot be read or written.
    """
    found = Scores()
    found.keys = {each.sequence.key: ledger_key(release.identity, each.body, each.frame_sha256s) for each in subjects}
    with replayer.catalog.read() as connection:
        known = known_entries(connection, sorted(set(found.keys.values())))
    found.entries = {name: known[key] for name, key in found.keys.items() if key in known}
    unknown = [each for each in subjects if each.sequence.key not in found.entries]
    replayer.progress.advance(len(subjects) - len(unknown))
    if unknown:
        _ask_all(replayer, release, unknown, found)
    return found


def _ask_all(replayer: Replayer, release: Release, subjects: Sequence[Subject], found: Scores) -> None:
    with replayer.stack(release.reference, release.identity, version=release.version, work=len(subjects)) as stack:
        found.health = stack.health
        with replayer.catalog.write() as connection:
            record_health(connection, release.identity, model_version=stack.health.model_version, now=datetime.now(UTC))
        questions = Questions(replayer.catalog, replayer.frames, stack, release.identity, run_id=replayer.run_id)

        def ask(subject: Subject, replica: int) -> LedgerEntry | str:
            try:
                questions.show(subject.frames)
                key = found.keys[subject.sequence.key]
                return questions.ask(key, subject.body, subject.frame_sha256s, replica=replica)
            except StorageError:
                raise
            except RunError as error:
                if stack.aborted:
                    raise StoppedError from error
                return str(error)

        with _watched_memory(stack, found.memory):
            for subject, answer in questions.for_each(subjects, lambda each: each.frames, ask):
                if isinstance(answer, str):
                    found.failed[subject.sequence.key] = answer
                else:
                    found.entries[subject.sequence.key] = answer
                replayer.progress.advance()
        found.predict_calls, found.release_seconds = questions.calls, questions.seconds


@contextmanager
def _watched_memory(stack: Stack, into: list[int]) -> Iterator[None]:
    """Look at the replicas' memory at once, and every second from then on."""
    over = threading.Event()

    def watch() -> None:
        while True:
            into.extend(stack.memory())
            if over.wait(MEMORY_EVERY):
                return

    watcher = threading.Thread(target=watch, name="memory")
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()
