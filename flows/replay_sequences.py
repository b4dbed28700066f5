"""Stored sequences through the releases that decided them.

    store ── sequences by release ──▶ release + throwaway S3 ── scores ──▶ verdicts ──▶ store, artifacts

Why: a recorded score is explained when the exact release, fed the exact bytes, gives it again: with everything that
is known (`exact`), or with a window that production can have seen earlier (`window`). What no window gives is
`unexplained`, and worth a look. Requires: a stored day, and a runtime for releases: a Docker engine on this machine, or
SMOKEWATCH_RELEASE_COMMAND. No Prefect cache: the ledger knows every computation ever made.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from prefect import flow
from prefect.events import emit_event
from prefect.runtime import flow_run

from blocks.releases import Releases
from blocks.store import Store
from smokewatch.domain.days import days_between, span
from smokewatch.domain.detections import distinct_keys
from smokewatch.domain.labels import contradictory_labels, label_of
from smokewatch.domain.verdicts import Match, drop_before_replay
from smokewatch.store.sequences import StoredSequence, load_sequences
from smokewatch.store.verdicts import DROPPED, Verdict
from tasks.cases import dropped
from tasks.concluding import GroupResult, conclude
from tasks.enriching import enrich_triggers, resolve_trigger_image
from tasks.events import Event
from tasks.progress import Progress
from tasks.replaying import Replayer, replay_groups
from tasks.reporting import summary_markdown, verdict_table
from tasks.runs import clear_run, recorded_run
from tasks.runtimes import open_runtime
from tasks.stacks.stacks import OpenStacks

_TOLD = 100  # keys in one event


def _name() -> str:
    parameters = flow_run.parameters
    return f"replay {span(parameters['date_from'], parameters.get('date_to'))}"


@flow(
    name="replay-sequences",
    flow_run_name=_name,
    validate_parameters=True,
    persist_result=False,
    on_cancellation=[clear_run],
    on_crashed=[clear_run],
)
def replay_sequences(
    date_from: date,
    date_to: date | None = None,
    sequences: list[int] | None = None,
    all_ties: bool = False,
    trigger_image: str | None = None,
) -> dict[str, Any]:
    """Replay the stored sequences that started on UTC days, both included.

    Args:
        date_from: the first day.
        date_to: the last day; the first one when left out.
        sequences: only these ids.
        all_ties: compute every window, to list all that give the recorded score.
        trigger_image: a newer release's image, asked for the trigger fields that the pinned release's answers lack.

    Returns:
        The run's summary.

    Raises:
        UsageError: when the days or the configuration cannot be used.
        StorageError: when the store cannot be read or written.
    """
    days = days_between(date_from, date_to or date_from, today=datetime.now(UTC).date())
    store, releases = Store.resolve(), Releases.resolve()
    catalog = store.catalog()
    parameters = {
        "date_from": str(days[0]),
        "date_to": str(days[-1]),
        "sequences": sequences,
        "all_ties": all_ties,
        "trigger_image": trigger_image,
    }
    with (
        open_runtime(releases, catalog) as runtime,
        recorded_run(catalog, "replay", parameters) as run,
        OpenStacks() as stacks,
    ):
        with catalog.read() as connection:
            found = load_sequences(connection, first_day=days[0], last_day=days[-1], ids=sequences)
        with Progress("replay-progress", f"replay {span(days[0], days[-1])}", len(found)) as progress:
            replayer = Replayer(
                *(catalog, store.frame_store(), releases, runtime, stacks, progress, run.id, all_ties),
                history=store.history_log(),
            )
            newer = resolve_trigger_image(replayer, trigger_image) if trigger_image is not None else None
            groups, total = _by_release(replayer, found)
            total.add(replay_groups(replayer, groups))
            trigger = {"trigger": enrich_triggers(replayer, newer, total.verdicts)} if newer is not None else {}
        run.summary = _summary(total) | {"seconds": run.seconds(), "runtime": runtime.name} | trigger
        _tell_unexplained(run.id, total.verdicts)
        lines = run.summary | {"contradictory labels": _contradictions(found)}
        summary_markdown("replay-summary", f"Replay {span(days[0], days[-1])}", lines)
        verdict_table(found, total.verdicts, f"Every verdict of {span(days[0], days[-1])}, what needs a look first")
    return run.summary


def _by_release(
    replayer: Replayer, sequences: Sequence[StoredSequence]
) -> tuple[dict[str, list[StoredSequence]], GroupResult]:
    """Sequences by the version that scored them; those that nothing can replay are concluded at once."""
    groups: dict[str, list[StoredSequence]] = defaultdict(list)
    ruled_out: list[Verdict] = []
    for sequence in sequences:
        version = sequence.outcome.temporal_api_version
        drop = drop_before_replay(
            api_version=version,
            recorded_score=sequence.outcome.temporal_model_score,
            distinct_frames=len(distinct_keys(sequence.detections)),
            frames_stored=sum(sha256 is not None for sha256 in sequence.frame_sha256s.values()),
        )
        if drop is not None:
            ruled_out.append(dropped(sequence, drop))
        elif version is not None:
            groups[version].append(sequence)
    result = GroupResult()
    conclude(replayer, result, ruled_out)
    return dict(sorted(groups.items())), result


def _tell_unexplained(run_id: str, verdicts: Sequence[Verdict]) -> None:
    """Emit ``smokewatch.replay.unexplained`` when any verdict is: something for people to look at."""
    found = sorted((each.source, each.sequence_id) for each in verdicts if each.verdict == Match.UNEXPLAINED)
    if keys := [f"{source}_{identity}" for source, identity in found]:
        emit_event(
            event=Event.UNEXPLAINED,
            resource={"prefect.resource.id": f"smokewatch.run.{run_id}", "prefect.resource.name": "replay"},
            payload={"count": len(keys), "sequences": keys[:_TOLD]},
        )


def _contradictions(sequences: Sequence[StoredSequence]) -> str:
    """Sequences labelled smoke and false positive of the same frames, for people to settle."""
    found = contradictory_labels(
        (each.key, label_of(each.outcome.is_wildfire), frozenset(filter(None, each.frame_sha256s.values())))
        for each in sequences
    )
    return ", ".join(sorted(found)) or "none"


def _summary(total: GroupResult) -> dict[str, Any]:
    counts = Counter(verdict.verdict for verdict in total.verdicts)
    return {
        "sequences": len(total.verdicts),
        "replayed": len(total.verdicts) - counts[DROPPED],
        **{str(match): counts[match] for match in Match},
        "dropped": dict(Counter(str(verdict.drop_reason) for verdict in total.verdicts if verdict.drop_reason)),
        "cached": total.cached,
        "predict_calls": total.predict_calls,
        "release_seconds": round(total.release_seconds, 3),
    }
