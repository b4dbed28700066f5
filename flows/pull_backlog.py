"""The annotator's queue into the store.

    annotator ── a stage's queue, all ids first ──▶ new or changed ──▶ detections, URLs, frames ──▶ store

Why: people look at every sequence that waits there; a model can say which ones may wait. Read-only and incremental: an
unchanged sequence costs its listing row, one that left the queue is marked and kept.
Requires: ANNOTATOR_API_URL, ANNOTATOR_API_LOGIN, ANNOTATOR_API_PASSWORD (or the Annotator block), and the store.
No Prefect cache: the store knows what is known.
"""

from typing import Any

from prefect import flow

from blocks.annotator import Annotator
from blocks.store import Store
from smokewatch.domain.backlog import stage_called
from smokewatch.errors import UsageError
from tasks.profiling import Profiler
from tasks.pulling.puller import Puller
from tasks.pulling.queue import pull_queue
from tasks.reporting import summary_markdown
from tasks.runs import recorded_run


@flow(name="pull-backlog", flow_run_name="pull {stage}", validate_parameters=True, persist_result=False)
def pull_backlog(stage: str = "ready_to_annotate", limit: int | None = None, force: bool = False) -> dict[str, Any]:
    """Pull the sequences at a stage of annotation.

    Args:
        stage: imported, ready_to_annotate, seq_annotation_done, annotated or no_annotation.
        limit: read at most so many sequences, those with the smallest ids; nothing is marked as left then.
        force: read detections and frames again even of sequences that did not change.

    Returns:
        The run's summary.

    Raises:
        UsageError: when there is no such stage, or the configuration cannot be used.
        RunError: when the queue cannot be listed or the store cannot take it.
    """
    chosen = stage_called(stage)
    if limit is not None and limit < 1:
        raise UsageError(f"--limit is {limit}: give 1 or more, or leave it out")
    store = Store.resolve()
    catalog, frames = store.catalog(), store.frame_store()
    with (
        Annotator.resolve().client() as api,
        Profiler(catalog) as profiler,
        recorded_run(catalog, "pull", {"stage": chosen, "limit": limit, "force": force}) as run,
    ):
        api.sign_in()
        counts = pull_queue(Puller(api, catalog, frames, run.id, profiler, chosen, limit, force))
        run.summary = {**counts.as_dict(), "seconds": run.seconds()}
        summary_markdown("pull-summary", f"Pull {chosen}", run.summary)
    return run.summary
