"""Replaying sequences through the release that decided them."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime

from prefect import task
from prefect.cache_policies import NO_CACHE

from blocks.releases import Releases
from smokewatch.domain.answers import parse_answer, parse_error
from smokewatch.domain.verdicts import Drop, DropReason, Finding
from smokewatch.domain.window import PredictRequest
from smokewatch.errors import InvalidAnswerError, RunError, StorageError
from smokewatch.store.catalog import Catalog
from smokewatch.store.frames import FrameLostError, FrameStore
from smokewatch.store.ledger import LedgerEntry, known_entries, record_entry
from smokewatch.store.releases import first_identity, health_of, record_health
from smokewatch.store.sequences import StoredSequence
from smokewatch.store.verdicts import Verdict, record_verdicts
from tasks.cases import Case, Release, all_keys, dropped, open_case
from tasks.progress import Progress
from tasks.stack import ProcessStack, UnhealthyError

# One inference at a time is the release's own rule; the second thread uploads meanwhile.
_SEQUENCES_AT_ONCE = 2


@dataclass(frozen=True)
class Replayer:
    """What every part of a replay works with."""

    catalog: Catalog
    frames: FrameStore
    releases: Releases
    run_id: str
    all_ties: bool = False


@dataclass
class GroupResult:
    """The verdicts of a release's sequences, and what they cost."""

    verdicts: list[Verdict] = field(default_factory=list)
    cached: int = 0
    """Sequences decided from the ledger alone."""
    predict_calls: int = 0
    release_seconds: float = 0.0


@task(name="replay-release", task_run_name="replay-{version}", cache_policy=NO_CACHE)
def replay_release(replayer: Replayer, version: str, sequences: Sequence[StoredSequence]) -> GroupResult:
    """Replay the sequences that one temporal API version scored.

    What the ledger knows is not computed again; a stack starts only when something is unknown. Every answer is kept
    at once, every verdict as soon as it is reached.

    Raises:
        StorageError: when the store cannot be read or written.
    """
    result = GroupResult()
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
        mismatch = _model_mismatch(replayer, case, model_version) if health_seen else None
        step = mismatch or case.next_step(all_ties=replayer.all_ties)
        if isinstance(step, PredictRequest):
            undecided.append(case)
        else:
            verdicts.append(case.verdict(step, release, model_version))
            result.cached += isinstance(step, Finding)
    conclude(replayer, result, verdicts)
    with Progress("replay-progress", f"replay {version}", len(cases)) as progress:
        progress.advance(len(verdicts))
        if undecided:
            # Closed whatever happens, for the stack ends with it.
            with closing(_compute(replayer, release, undecided, result)) as computed:
                for verdict in computed:
                    conclude(replayer, result, [verdict])
                    progress.advance()
    return result


def resolve_release(replayer: Replayer, version: str) -> Release | Drop:
    """What a version's reference gives now, refused when that is not what it was."""
    releases = replayer.releases
    if releases.environments and version not in releases.environments:
        return Drop(DropReason.IMAGE_PULL_FAILED, f"SMOKEWATCH_RELEASE_ENV says nothing of version {version}")
    try:
        identity = releases.identity(version)
    except RunError as error:
        return Drop(DropReason.IMAGE_PULL_FAILED, str(error))
    reference = releases.reference(version)
    expected, why = releases.pin(version), "is pinned to"
    if expected is None:
        with replayer.catalog.write() as connection:
            expected = first_identity(connection, reference, identity, now=datetime.now(UTC))
        why = "was first seen as"
    if identity != expected:
        return Drop(DropReason.RELEASE_MOVED, f"{reference} {why} {expected}, but now gives {identity}: refused")
    return Release(version, reference, identity, releases.chosen_runtime())


def conclude(replayer: Replayer, result: GroupResult, verdicts: Sequence[Verdict]) -> None:
    """Keep verdicts, and count them in."""
    with replayer.catalog.write() as connection:
        record_verdicts(connection, verdicts, run_id=replayer.run_id, now=datetime.now(UTC))
    result.verdicts.extend(verdicts)


def _model_mismatch(replayer: Replayer, case: Case, named: str | None) -> Drop | None:
    recorded = case.sequence.outcome.temporal_model_version
    if (named is not None and named == recorded) or (named is None and replayer.releases.allow_unnamed_model):
        return None
    return Drop(
        DropReason.MODEL_VERSION_MISMATCH,
        f"production recorded model {recorded or 'nothing'}, the release's /health names {named or 'nothing'}",
    )


def _compute(replayer: Replayer, release: Release, cases: Sequence[Case], result: GroupResult) -> Generator[Verdict]:
    """Verdicts of cases that need the release itself, as they are reached."""
    try:
        with ProcessStack(
            replayer.releases, release.version, catalog=replayer.catalog, run_id=replayer.run_id
        ) as stack:
            assert stack.health is not None
            model_version = stack.health.model_version
            with replayer.catalog.write() as connection:
                record_health(connection, release.identity, model_version=model_version, now=datetime.now(UTC))
            computation = _Computation(replayer, release, stack, model_version)
            yield from computation.run(cases)
            result.predict_calls, result.release_seconds = computation.calls, computation.seconds
    except StorageError:
        raise
    except RunError as error:
        # The stack never came up: nothing was yielded yet.
        for case in cases:
            yield case.verdict(Drop(DropReason.STACK_UNHEALTHY, str(error)), release, None)


class _Computation:
    """Sequences going through one running stack, a few at a time."""

    def __init__(self, replayer: Replayer, release: Release, stack: ProcessStack, model_version: str | None) -> None:
        self._replayer, self._release, self._stack = replayer, release, stack
        self._model_version = model_version
        self._lock = threading.Lock()
        self._shown: dict[tuple[str, str], str] = {}
        self.calls = 0
        self.seconds = 0.0

    def run(self, cases: Iterable[Case]) -> Iterator[Verdict]:
        with ThreadPoolExecutor(_SEQUENCES_AT_ONCE, "replay") as pool:
            futures = [pool.submit(self._decide, case) for case in cases]
            try:
                for future in as_completed(futures):
                    yield future.result()
            except BaseException:
                # Nobody waits for a prediction that may take minutes: without the release it fails at once.
                self._stack.abort()
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    def _decide(self, case: Case) -> Verdict:
        step: PredictRequest | Finding | Drop
        mismatch = _model_mismatch(self._replayer, case, self._model_version)
        try:
            step = mismatch or self._until_decided(case)
        except StorageError:
            raise
        except FrameLostError as error:
            step = Drop(DropReason.NO_IMAGES, str(error))
        except UnhealthyError as error:
            step = Drop(DropReason.STACK_UNHEALTHY, str(error))
        except RunError as error:
            step = Drop(DropReason.PREDICT_FAILED, str(error))
        return case.verdict(step, self._release, self._model_version)

    def _until_decided(self, case: Case) -> Finding | Drop:
        self._show_frames(case)
        while isinstance(step := case.next_step(all_ties=self._replayer.all_ties), PredictRequest):
            case.known[step] = self._ask(case, step)
        return step

    def _show_frames(self, case: Case) -> None:
        bucket = case.windows.full.bucket
        for key, sha256 in case.sequence.frame_sha256s.items():
            if sha256 is None:
                continue
            with self._lock:
                shown = self._shown.setdefault((bucket, key), sha256)
            if shown != sha256:
                # Releases cache by key: the second content would be answered with the first one's detections.
                raise RunError(f"another sequence of this run has other bytes under {key}: replay this one alone")
            self._stack.put_frame(bucket, key, self._replayer.frames.read(sha256))

    def _ask(self, case: Case, request: PredictRequest) -> LedgerEntry:
        with self._replayer.catalog.read() as connection:
            # Another sequence, or another run, may have asked the same meanwhile.
            if known := known_entries(connection, [case.keys[request]]):
                return known[case.keys[request]]
        body = request.body()
        reply = self._stack.predict(body)
        with self._lock:
            self.calls += 1
            self.seconds += reply.milliseconds / 1000
        if reply.status != 200:
            error = parse_error(reply.content)
            said = f"{error.code}: {error.detail}" if error else repr(reply.content[:200])
            raise RunError(f"/predict answered {reply.status} {' '.join(said.split())[:300]}")
        try:
            answer = parse_answer(reply.content)
        except InvalidAnswerError as error:
            raise RunError(f"/predict gave an invalid answer: {error}") from error
        entry = LedgerEntry(answer.probability, len(answer.details.tubes) if answer.details else None)
        with self._replayer.catalog.write() as connection:
            record_entry(
                connection,
                key=case.keys[request],
                release_identity=self._release.identity.value,
                request=body.decode(),
                frame_sha256s=case.frame_sha256s(request),
                answer=reply.content.decode(),
                entry=entry,
                milliseconds=reply.milliseconds,
                run_id=self._replayer.run_id,
                now=datetime.now(UTC),
            )
        return entry
