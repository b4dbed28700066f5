"""The annotation backlog, scored and split.

    store ── waiting sequences ──▶ chunks ──▶ models (packages here or on a cluster, or a release) ──▶ scores ──▶ store

Why: most of what waits for an annotator shows nothing. Below a threshold nobody has to look at it; above it the most
likely comes first. Nothing is sent to the annotator: people do that. Requires: a pulled backlog, and a model package
(SMOKEWATCH_TRIAGE_MODELS, with what SMOKEWATCH_MODEL_LOADER names) or a release's runtime. No Prefect cache: scores
are kept by the frames' contents and the model, so another threshold scores nothing.
"""

from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import numpy as np
from prefect import flow
from prefect.futures import as_completed

from blocks.releases import Releases
from blocks.store import Store
from blocks.triage import Triage as TriageSettings
from smokewatch.errors import UsageError
from smokewatch.store.catalog import Catalog
from smokewatch.store.scores import record_model, record_triage
from smokewatch.store.triage import StoredTriage, Triage, TriageModel, known_model, load_triage
from tasks.progress import Progress
from tasks.replaying import Replayer
from tasks.runs import Run, clear_run, recorded_run
from tasks.runtimes import open_runtime
from tasks.scoring.chunks import Chunk, ChunkResult, Package, score_chunk, stop_scoring
from tasks.scoring.package_files import read_package
from tasks.scoring.planning import Plan, plan
from tasks.scoring.releases import score_through, triage_release
from tasks.scoring.runners import task_runner
from tasks.stacks.stacks import OpenStacks
from tasks.triage_reporting import review_table, triage_markdown

NEAR = 0.05
"""Scores at most so far from the threshold are counted as near it."""


@flow(
    name="triage-backlog",
    flow_run_name="triage",
    validate_parameters=True,
    persist_result=False,
    on_cancellation=[clear_run],
    on_crashed=[clear_run],
)
def triage_backlog(
    threshold: float | None = None,
    models: list[str] | None = None,
    release: str | None = None,
    chunk: int | None = None,
) -> dict[str, Any]:
    """Score the waiting sequences that are not scored yet, and split all of them.

    Args:
        threshold: a score at or above goes to people; the settings' when left out.
        models: paths of model packages; the settings' when neither they nor a release are given.
        release: a temporal API version to score through, alone or beside packages.
        chunk: sequences of one task; the settings' when left out.

    Returns:
        The run's summary.

    Raises:
        UsageError: when the configuration cannot be used.
        RunError: when the release does not run.
        StorageError: when the store cannot be read or written.
    """
    settings = TriageSettings.resolve()
    split = settings.threshold if threshold is None else threshold
    if not 0 <= split <= 1:
        raise UsageError(f"threshold {split!r}: expected a number from 0 to 1")
    packages = _packages(settings, models, release)
    store = Store.resolve()
    catalog = store.catalog()
    parameters = {"threshold": split, "models": [each.reference for each in packages], "release": release}
    with ExitStack() as held:
        releases = Releases.resolve()
        runtime = None if release is None else held.enter_context(open_runtime(releases, catalog))
        run = held.enter_context(recorded_run(catalog, "triage", parameters))
        stacks = held.enter_context(OpenStacks())
        through = None if runtime is None else triage_release(catalog, releases, runtime, str(release))
        triage = _begin(catalog, run, [*packages, *([through[1]] if through else [])], split)
        with catalog.write() as connection:
            todo = plan(connection, triage.models, run_id=run.id, now=datetime.now(UTC))
        parts = bool(packages) + (through is not None)
        total = ChunkResult()
        with Progress("triage-progress", "triage", todo.to_score * parts) as progress:
            if packages and todo.groups:
                total.add(_score_chunks(settings, packages, todo, run.id, chunk or settings.chunk, progress))
            if through is not None and runtime is not None and todo.groups:
                replayer = Replayer(catalog, store.frame_store(), releases, runtime, stacks, progress, run.id)
                total.add(score_through(replayer, *through, todo.ids))
        with catalog.read() as connection:
            # A release tells what model it has only when it runs.
            scored_by = tuple(known_model(connection, each.identity) or each for each in triage.models)
            stored = load_triage(connection, replace(triage, models=scored_by))
        assert stored is not None, "the triage was given"
        run.summary = _summary(stored, todo, total) | {"seconds": run.seconds()}
        triage_markdown(stored, run.summary)
        review_table(stored)
    return run.summary


def _packages(settings: TriageSettings, models: list[str] | None, release: str | None) -> list[TriageModel]:
    """The model packages of a run, each once."""
    paths = [Path(each) for each in models or []] or ([] if release is not None else settings.packages())
    if not paths and release is None:
        raise UsageError(
            "no model: set SMOKEWATCH_TRIAGE_MODELS, or give --model with a package's path or --release with a version"
        )
    packages = [read_package(path.absolute(), settings.loader) for path in paths]
    return list({package.identity: package for package in packages}.values())


def _begin(catalog: Catalog, run: Run, models: Sequence[TriageModel], threshold: float) -> Triage:
    """Make this the latest triage before anything is scored: what it has not scored yet is counted meanwhile."""
    triage = Triage(run.id, tuple(models), threshold, run.started_at)
    with catalog.write() as connection:
        for model in models:
            record_model(connection, model, now=run.started_at)
        record_triage(connection, triage)
    return triage


def _score_chunks(
    settings: TriageSettings, models: Sequence[TriageModel], todo: Plan, run_id: str, size: int, progress: Progress
) -> ChunkResult:
    """Map the chunks over the task runner of the settings.

    Raises:
        UsageError: when a model cannot be loaded, or the task runner is not installed.
        StorageError: when the store cannot be read or written.
    """
    packages = tuple(Package(model.reference, model.identity, settings.loader, settings.device) for model in models)
    chunks = [Chunk(run_id, number, packages, ids) for number, ids in enumerate(todo.chunks(size), start=1)]
    total = ChunkResult()
    with task_runner(settings.task_runner) as runner:
        futures = runner.map(cast(Any, score_chunk), {"chunk": chunks})
        sizes = {future.task_run_id: len(chunk.sequences) for future, chunk in zip(futures, chunks, strict=True)}
        try:
            for future in as_completed(futures):
                total.add(future.result())
                progress.advance(sizes[future.task_run_id])
        except BaseException:
            stop_scoring(run_id)
            raise
    return total


def _summary(stored: StoredTriage, todo: Plan, total: ChunkResult) -> dict[str, Any]:
    backlog, threshold = stored.backlog, stored.triage.threshold
    review = int(np.count_nonzero(backlog.in_review(threshold)))
    return {
        "sequences": todo.sequences,
        "scored": sum(inputs in todo.groups for inputs in stored.results.inputs_sha256),
        "known": todo.known,
        "review": review,
        "unlabeled": len(backlog) - review,
        "dropped": dict(Counter(reason for _, reason, _ in stored.drops)),
        "near": int(np.count_nonzero(backlog.near(threshold, NEAR))),
        "models": [model.model_version for model in stored.triage.models],
        "threshold": threshold,
        "device": ", ".join(sorted(total.devices)),
        "loading_seconds": round(total.loading_seconds, 3),
        "model_seconds": round(total.model_seconds, 3),
    }
