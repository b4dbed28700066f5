"""Scoring through a release's runtime: the exact image or command, pinned and sealed, each answer in the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from prefect import task
from prefect.cache_policies import NO_CACHE

from blocks.releases import Releases
from smokewatch.domain.answers import Health, PredictAnswer, parse_answer
from smokewatch.domain.backlog import inputs_sha256
from smokewatch.domain.releases import ReleaseIdentity, ledger_key, valid_api_version
from smokewatch.domain.triage import score_of
from smokewatch.domain.window import PredictRequest
from smokewatch.errors import InvalidAnswerError, RunError, StorageError, UsageError
from smokewatch.store.backlog import backlog_frames_of
from smokewatch.store.catalog import Catalog
from smokewatch.store.enrichments import answers_of
from smokewatch.store.releases import health_of, record_health
from smokewatch.store.scores import Scored, TriageDrop, record_drops, record_model, record_scores, scored_inputs
from smokewatch.store.triage import TriageModel, known_model
from tasks.asking import Frames, Questions
from tasks.cases import Release
from tasks.identities import settled_identity
from tasks.replaying import Replayer
from tasks.scoring.chunks import ChunkResult
from tasks.scoring.scorer import PREDICT_FAILED, Failure, Scoring
from tasks.stacks.parts import Runtime, StoppedError
from tasks.stacks.stack import Stack

_BUCKET = "smokewatch-triage"
_UNKNOWN = "unknown"
_KEPT_AT_ONCE = 32


def triage_release(catalog: Catalog, releases: Releases, runtime: Runtime, version: str) -> tuple[Release, TriageModel]:
    """A release by its temporal API version, and what is known of it as a model.

    Raises:
        UsageError: when the version cannot name a release.
        RunError: when it cannot be had, or is not what it must be.
    """
    if not valid_api_version(version):
        raise UsageError(f"--release {version!r} is no temporal API version")
    reference = runtime.reference(version)
    identity = settled_identity(
        catalog, reference, lambda expected: runtime.identity(reference, expected), pin=releases.pin(version)
    )
    release = Release(version, reference, identity, runtime.name, runtime.isolation)
    with catalog.read() as connection:
        known = known_model(connection, identity.value)
        _, named = health_of(connection, identity)
    return release, known or _model(release, named or _UNKNOWN)


@dataclass(frozen=True, slots=True)
class _Item:
    """Inputs to ask about, and whose they are. Keys are contents: they mean the same in every sequence."""

    inputs: str
    sequences: tuple[int, ...]
    sha256s: tuple[str, ...]

    @property
    def request(self) -> PredictRequest:
        return PredictRequest(_BUCKET, tuple(_key(sha256) for sha256 in self.sha256s), roi_xyxyn=None)

    @property
    def frames(self) -> Frames:
        return {(_BUCKET, _key(sha256)): sha256 for sha256 in self.sha256s}


@task(
    name="score-through-release",
    task_run_name="score-through-{release.version}",
    cache_policy=NO_CACHE,
    persist_result=False,
)
def score_through(replayer: Replayer, release: Release, model: TriageModel, ids: Sequence[int]) -> ChunkResult:
    """Score sequences through a release: all their stored frames, no region. Its answers are kept at once.

    Raises:
        RunError: when the release does not run.
        StorageError: when the store cannot be read or written.
    """
    items = _items(replayer.catalog, release.identity, ids)
    replayer.progress.advance(len(ids) - sum(len(item.sequences) for item in items))
    if not items:
        return ChunkResult()
    with replayer.stack(release.reference, release.identity, version=release.version, work=len(items)) as stack:
        _record_health(replayer.catalog, release, model, stack.health)
        questions = Questions(replayer.catalog, replayer.frames, stack, release.identity, run_id=replayer.run_id)
        done: list[tuple[_Item, Scoring]] = []
        for each in questions.for_each(
            items,
            lambda item: item.frames,
            lambda item, replica: _ask(replayer, questions, stack, release, item, replica),
        ):
            done.append(each)
            if len(done) == _KEPT_AT_ONCE:
                _keep(replayer, release, done)
                done = []
        _keep(replayer, release, done)
    return ChunkResult(questions.seconds, {release.runtime})


def _items(catalog: Catalog, identity: ReleaseIdentity, ids: Sequence[int]) -> list[_Item]:
    groups: dict[tuple[str, ...], list[int]] = {}
    with catalog.read() as connection:
        for sequence_id, sha256s in sorted(backlog_frames_of(connection, ids).items()):
            groups.setdefault(tuple(filter(None, sha256s)), []).append(sequence_id)
        items = [_Item(inputs_sha256(sha256s), tuple(each), sha256s) for sha256s, each in groups.items() if sha256s]
        known = scored_inputs(connection, identity.value, [item.inputs for item in items])
    return [item for item in items if item.inputs not in known]


def _ask(
    replayer: Replayer, questions: Questions, stack: Stack, release: Release, item: _Item, replica: int
) -> Scoring:
    body = item.request.body()
    key = ledger_key(release.identity, body, item.sha256s)
    try:
        questions.show(item.frames)
        entry = questions.ask(key, body, item.sha256s, replica=replica)
        return Scoring(_kept_answer(replayer.catalog, key), entry.milliseconds)
    except StorageError:
        raise
    except (RunError, InvalidAnswerError) as error:
        if stack.aborted:
            raise StoppedError from error
        return Scoring(Failure(str(error)), 0.0)


def _kept_answer(catalog: Catalog, key: str) -> PredictAnswer:
    with catalog.read() as connection:
        (kept,) = answers_of(connection, [key])
    answer = parse_answer(kept.answer)
    score_of(answer)
    return answer


def _keep(replayer: Replayer, release: Release, done: Sequence[tuple[_Item, Scoring]]) -> None:
    scored, drops = [], []
    for item, scoring in done:
        if isinstance(scoring.answer, Failure):
            drops += [TriageDrop(each, item.inputs, PREDICT_FAILED, scoring.answer.detail) for each in item.sequences]
        else:
            scored.append(Scored(item.inputs, scoring.answer, scoring.milliseconds, release.runtime))
        replayer.progress.advance(len(item.sequences))
    now = datetime.now(UTC)
    with replayer.catalog.write() as connection:
        record_scores(connection, release.identity.value, scored, run_id=replayer.run_id, now=now)
        record_drops(connection, release.identity.value, drops, run_id=replayer.run_id, now=now)


def _record_health(catalog: Catalog, release: Release, model: TriageModel, health: Health) -> None:
    """What the running release says of its model, for its scores and for every later run."""
    now = datetime.now(UTC)
    version = health.model_version or health.model_name or _UNKNOWN
    config = model.config | {"model_version": version, "variant": health.model_name}
    with catalog.write() as connection:
        record_health(connection, release.identity, model_version=health.model_version, now=now)
        record_model(connection, replace(model, model_version=version, config=config), now=now)


def _model(release: Release, version: str) -> TriageModel:
    config = {"model_version": version, "variant": None}
    return TriageModel(release.identity.value, release.identity.kind, release.reference, version, config)


def _key(sha256: str) -> str:
    return f"{sha256}.jpg"
