"""Replaying sequences through the release that decided them."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar, cast

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.futures import as_completed, wait
from prefect.utilities.annotations import quote

from blocks.releases import Releases
from smokewatch.domain.releases import ReleaseIdentity
from smokewatch.domain.verdicts import Drop, DropReason, Finding
from smokewatch.domain.window import PredictRequest
from smokewatch.errors import RunError, StorageError
from smokewatch.store.catalog import Catalog
from smokewatch.store.frames import FrameStore
from smokewatch.store.history_log import HistoryLog
from smokewatch.store.ledger import known_entries
from smokewatch.store.releases import health_of, record_health
from smokewatch.store.sequences import StoredSequence
from smokewatch.store.verdicts import Verdict
from tasks.asking import Questions
from tasks.batches import PULL, BatchClock
from tasks.cases import Case, Release, all_keys, dropped, open_case
from tasks.computing import decide_all, show_first_windows
from tasks.concluding import GroupResult, conclude
from tasks.identities import MovedError, settled_identity, tell_moved
from tasks.progress import Progress
from tasks.stacks.parts import ImageError, Runtime, StoppedError
from tasks.stacks.slots import replica_slots
from tasks.stacks.stack import Stack
from tasks.stacks.stacks import OpenStacks

T = TypeVar("T")


@dataclass(frozen=True)
class Replayer:
    """What every part of a replay works with."""

    catalog: Catalog
    frames: FrameStore
    releases: Releases
    runtime: Runtime
    stacks: OpenStacks
    progress: Progress
    run_id: str
    all_ties: bool = False
    history: HistoryLog | None = None  # where nothing is concluded

    @contextmanager
    def stack(
        self,
        reference: str,
        identity: ReleaseIdentity,
        *,
        work: int,
        version: str | None = None,
        meanwhile: Callable[[Stack], None] | None = None,
    ) -> Iterator[Stack]:
        """A running stack of one release, of as many replicas as the settings and this machine's limit allow.

        Its removal goes on in a thread after it is left, until :attr:`stacks` are; left by an error, it is removed.

        Args:
            reference: the release's.
            identity: what the reference must give.
            work: how many items there are for it; no replica more.
            version: the temporal API version that it has to name; None: any.
            meanwhile: called once the stack takes frames, while the release still starts.
        """
        releases = self.releases
        most = min(releases.replicas, work)
        with ExitStack() as held:
            slots = replica_slots(
                most, limit=releases.max_replicas, folder=releases.replica_locks, aborted=self.stacks.aborted
            )
            replicas = held.enter_context(slots)
            stack = Stack(
                self.runtime,
                reference,
                identity,
                version=version,
                run_id=self.run_id,
                replicas=replicas,
                health_seconds=releases.health_seconds,
                predict_seconds=releases.predict_seconds,
                meanwhile=meanwhile,
            )
            held.enter_context(self.stacks.open(stack))
            yield stack
            self.stacks.end_later(held.pop_all())


@task(name="replay-release", task_run_name="replay-{version}", cache_policy=NO_CACHE, persist_result=False)
def replay_release(replayer: Replayer, version: str, sequences: Sequence[StoredSequence]) -> GroupResult:
    """Replay the sequences that one temporal API version scored.

    What the ledger knows is not computed again; a stack starts only when something is unknown. Every answer is kept
    at once, every verdict as soon as it is reached.

    Raises:
        StorageError: when the store cannot be read or written.
    """
    result = GroupResult()
    replayer.progress.tell(phase=PULL)
    release = resolve_release(replayer, version)
    if isinstance(release, Drop):
        conclude(replayer, result, [dropped(sequence, release) for sequence in sequences])
        return result
    cases = [open_case(sequence, replayer.releases, release) for sequence in sequences]
    with replayer.catalog.read() as connection:
        entries = known_entries(connection, all_keys(cases))
        health_seen, model_version = health_of(connection, release.identity)
    undecided, verdicts = [], []
    for case in cases:
        case.learn(entries)
        mismatch = model_mismatch(replayer.releases, case, model_version) if health_seen else None
        step = mismatch or case.next_step(all_ties=replayer.all_ties)
        if isinstance(step, PredictRequest):
            undecided.append(case)
        else:
            verdicts.append(case.verdict(step, release, model_version))
            result.cached += isinstance(step, Finding)
    conclude(replayer, result, verdicts)
    replayer.progress.tell(counted={"cached": result.cached})
    if undecided:
        # Closed whatever happens, for the stack ends with it.
        with closing(_compute(replayer, release, undecided, result)) as computed:
            for verdict in computed:
                conclude(replayer, result, [verdict])
    return result


def replay_groups(replayer: Replayer, groups: Mapping[str, Sequence[StoredSequence]]) -> GroupResult:
    """Replay groups of sequences by their temporal API version, several at once; called from a flow.

    Left by an error or an interruption, nothing of it runs any more.

    Raises:
        StorageError: when the store cannot be read or written.
        RunError: when a stack cannot be removed.
    """
    total = GroupResult()
    futures = [replay_release.submit(_as_is(replayer), version, _as_is(group)) for version, group in groups.items()]
    try:
        for future in as_completed(futures):
            total.add(future.result())
    except BaseException:
        replayer.stacks.abort()
        wait(futures)
        raise
    return total


def _as_is(value: T) -> T:
    """A task's argument in which Prefect does not look for futures: there are thousands of detections in it."""
    return cast(T, quote(value))


def resolve_release(replayer: Replayer, version: str) -> Release | Drop:
    """What a version's reference gives now, refused when that is not what it was."""
    runtime = replayer.runtime
    reference = runtime.reference(version)
    try:
        identity = settled_identity(
            replayer.catalog,
            reference,
            lambda expected: runtime.identity(reference, expected),
            pin=replayer.releases.pin(version),
        )
    except MovedError as error:
        tell_moved(reference, error)
        return Drop(DropReason.RELEASE_MOVED, str(error))
    except StorageError:
        raise
    except RunError as error:
        return Drop(DropReason.IMAGE_PULL_FAILED, str(error))
    return Release(version, reference, identity, runtime.name, runtime.isolation)


def model_mismatch(releases: Releases, case: Case, named: str | None) -> Drop | None:
    """Whether the release is another model than production recorded, by what its /health names."""
    recorded = case.sequence.outcome.temporal_model_version
    if (named is not None and named == recorded) or (named is None and releases.allow_unnamed_model):
        return None
    return Drop(
        DropReason.MODEL_VERSION_MISMATCH,
        f"production recorded model {recorded or 'nothing'}, the release's /health names {named or 'nothing'}",
    )


def _compute(replayer: Replayer, release: Release, cases: Sequence[Case], result: GroupResult) -> Generator[Verdict]:
    """Verdicts of cases that need the release itself, as they are reached."""
    came_up = False
    questions: list[Questions] = []
    batch = BatchClock(replayer.catalog, replayer.progress, release, run_id=replayer.run_id)

    def show_first(stack: Stack) -> None:
        questions.append(Questions(replayer.catalog, replayer.frames, stack, release.identity, run_id=replayer.run_id))
        show_first_windows(cases, questions[0], stack, all_ties=replayer.all_ties)

    try:
        batch.starts()
        with replayer.stack(
            release.reference, release.identity, version=release.version, work=len(cases), meanwhile=show_first
        ) as stack:
            came_up = True
            with batch.runs(stack, questions[0], len(cases)):
                yield from _through(replayer, release, stack, questions[0], cases, result, batch)
    except (StorageError, StoppedError):
        raise
    except RunError as error:
        if came_up:
            raise
        reason = DropReason.IMAGE_PULL_FAILED if isinstance(error, ImageError) else DropReason.STACK_UNHEALTHY
        for case in cases:
            yield case.verdict(Drop(reason, str(error)), release, None)


def _through(
    replayer: Replayer,
    release: Release,
    stack: Stack,
    questions: Questions,
    cases: Sequence[Case],
    result: GroupResult,
    batch: BatchClock,
) -> Generator[Verdict]:
    """Verdicts of cases through a running release."""
    model_version = stack.health.model_version
    with replayer.catalog.write() as connection:
        record_health(connection, release.identity, model_version=model_version, now=datetime.now(UTC))
    replayable = []
    for case in cases:
        if (drop := model_mismatch(replayer.releases, case, model_version)) is not None:
            yield case.verdict(drop, release, model_version)
        else:
            replayable.append(case)
    try:
        for case, step in decide_all(replayable, questions, stack, all_ties=replayer.all_ties, began=batch.began):
            with questions.phases.timed("write"):
                yield case.verdict(step, release, model_version)
    finally:
        result.predict_calls += questions.calls
        result.release_seconds += questions.seconds
