"""Chunks of sequences as tasks: small arguments, whatever process works on them; all of a chunk is kept at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from itertools import islice
from pathlib import Path

from prefect import task
from prefect.cache_policies import NO_CACHE

from blocks.store import Store
from smokewatch.domain.backlog import inputs_sha256
from smokewatch.errors import RunError
from smokewatch.store.backlog import backlog_frames_of
from smokewatch.store.catalog import Catalog
from smokewatch.store.frames import FrameReader
from smokewatch.store.scores import Scored, TriageDrop, record_drops, record_scores, scored_inputs
from tasks.scoring.files import FrameFiles
from tasks.scoring.package_files import read_package
from tasks.scoring.packages import PackageScorer
from tasks.scoring.scorer import PREDICT_FAILED, Failure, Scorer, Scoring

# One inference at a time in a process: a model has one torch behind it, and whoever waits reads frames meanwhile.
_INFERENCE = threading.Lock()
_LOADING = threading.Lock()
_stopped: set[str] = set()


@dataclass(frozen=True, slots=True)
class Package:
    """A model package to be loaded where the chunk is worked on."""

    path: str
    identity: str
    loader: str
    device: str


@dataclass(frozen=True, slots=True)
class Chunk:
    """Sequences to be scored by models; those with equal inputs are together."""

    run_id: str
    number: int
    packages: tuple[Package, ...]
    sequences: tuple[int, ...]


@dataclass
class ChunkResult:
    """What a chunk cost."""

    model_seconds: float = 0.0
    """Of predictions."""
    devices: set[str] = field(default_factory=set)
    loading_seconds: float = 0.0
    """Of having models ready: a process loads each once, and what they are made with."""

    def add(self, other: ChunkResult) -> None:
        """Count another chunk in."""
        self.model_seconds += other.model_seconds
        self.loading_seconds += other.loading_seconds
        self.devices |= other.devices


@task(name="score-chunk", task_run_name="score-chunk-{chunk.number}", cache_policy=NO_CACHE, persist_result=False)
def score_chunk(chunk: Chunk) -> ChunkResult:
    """Score a chunk with models of this process, through the store of the settings.

    Raises:
        UsageError: when a model cannot be loaded here.
        StorageError: when the store cannot be read or written.
        RunError: when the run is being stopped, or a package was changed while it is running.
    """
    # To another process a task's function goes by value with what it names; this one goes by its name.
    return work_on(chunk)


def work_on(chunk: Chunk) -> ChunkResult:
    """What :func:`score_chunk` does."""
    store = Store.resolve()
    catalog, frames = store.catalog(), store.frame_store()
    try:
        with _LOADING:
            began = time.perf_counter()
            scorers = [_open_scorer(package) for package in chunk.packages]
            loading = time.perf_counter() - began
        result = score_sequences(catalog, frames, scorers, chunk.sequences, run_id=chunk.run_id)
        return replace(result, loading_seconds=loading)
    finally:
        catalog.close()


def score_sequences(
    catalog: Catalog, frames: FrameReader, scorers: Sequence[Scorer], ids: Sequence[int], *, run_id: str
) -> ChunkResult:
    """Score sequences with every model that does not know their inputs; results are kept in one transaction.

    Raises:
        StorageError: when the store cannot be read or written.
        RunError: when the run is being stopped, or this store lacks a sequence.
    """
    groups: dict[str, list[int]] = {}
    contents: dict[str, list[str]] = {}
    with catalog.read() as connection:
        for sequence_id, sha256s in sorted(backlog_frames_of(connection, ids).items()):
            stored = [sha256 for sha256 in sha256s if sha256 is not None]
            inputs = inputs_sha256(stored)
            groups.setdefault(inputs, []).append(sequence_id)
            contents[inputs] = stored
        if lost := set(ids).difference(*groups.values()):
            raise RunError(
                f"the store of this process has no sequence {min(lost)}: give every worker the settings of the run"
            )
        known = [scored_inputs(connection, scorer.model.identity, groups) for scorer in scorers]
    todo = [inputs for inputs in groups if not all(inputs in each for each in known)]
    found: list[dict[str, Scoring]] = [{} for _ in scorers]
    batches = [{inputs: contents[inputs] for inputs in batch} for batch in _batches(todo, _at_once(scorers))]
    with FrameFiles(frames, batches) as files, _INFERENCE:
        for batch in files:
            for scorer, already, results in zip(scorers, known, found, strict=True):
                if run_id in _stopped:
                    raise RunError("the triage is being stopped")
                results |= _score(scorer, {inputs: each for inputs, each in batch.items() if inputs not in already})
        _keep(catalog, scorers, groups, found, run_id)
    milliseconds = sum(each.milliseconds for results in found for each in results.values())
    return ChunkResult(milliseconds / 1000, {scorer.device for scorer in scorers} if todo else set())


def stop_scoring(run_id: str) -> None:
    """Have this process's chunks of a run end at the next sequence; what they have not kept is lost."""
    _stopped.add(run_id)


@cache
def _open_scorer(package: Package) -> PackageScorer:
    model = read_package(Path(package.path), package.loader)
    if model.identity != package.identity:
        raise RunError(f"model package {package.path} is not the one that the triage began with: run it again")
    return PackageScorer(model, package.loader, package.device)


def _score(scorer: Scorer, batch: Mapping[str, Sequence[Path] | Failure]) -> dict[str, Scoring]:
    readable = {inputs: each for inputs, each in batch.items() if not isinstance(each, Failure)}
    scored = dict(zip(readable, scorer.score(list(readable.values())), strict=True)) if readable else {}
    return {
        inputs: Scoring(each, 0.0) if isinstance(each, Failure) else scored[inputs] for inputs, each in batch.items()
    }


def _keep(
    catalog: Catalog,
    scorers: Sequence[Scorer],
    groups: Mapping[str, Sequence[int]],
    found: Sequence[Mapping[str, Scoring]],
    run_id: str,
) -> None:
    now = datetime.now(UTC)
    with catalog.write() as connection:
        for scorer, results in zip(scorers, found, strict=True):
            scored, drops = [], []
            for inputs, result in results.items():
                if isinstance(result.answer, Failure):
                    drops += [TriageDrop(each, inputs, PREDICT_FAILED, result.answer.detail) for each in groups[inputs]]
                else:
                    scored.append(Scored(inputs, result.answer, result.milliseconds, scorer.device))
            record_scores(connection, scorer.model.identity, scored, run_id=run_id, now=now)
            record_drops(connection, scorer.model.identity, drops, run_id=run_id, now=now)


def _at_once(scorers: Sequence[Scorer]) -> int:
    return max(scorer.at_once for scorer in scorers)


def _batches(items: Sequence[str], size: int) -> Iterator[list[str]]:
    left = iter(items)
    while batch := list(islice(left, size)):
        yield batch
