"""Stored sequences through the releases that decided them.

    store ── sequences by release ──▶ release + throwaway S3 ── scores ──▶ verdicts ──▶ store, artifacts

Why: a recorded score is explained when the exact release, fed the exact bytes, gives it again: with everything that
is known (`exact`), or with a window that production can have seen earlier (`window`). What no window gives is
`unexplained`, and worth a look. Requires: a stored day, and a runtime for releases (SMOKEWATCH_RELEASE_COMMAND, or the
Releases block). No Prefect cache: the ledger knows every computation ever made.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from prefect import flow
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
from tasks.replaying import GroupResult, Replayer, conclude, replay_release
from tasks.reporting import summary_markdown, verdict_table
from tasks.runs import recorded_run


def _name() -> str:
    parameters = flow_run.parameters
    return f"replay {span(parameters['date_from'], parameters.get('date_to'))}"


@flow(name="replay-sequences", flow_run_name=_name, validate_parameters=True, persist_result=False)
def replay_sequences(
    date_from: date, date_to: date | None = None, sequences: list[int] | None = None, all_ties: bool = False
) -> dict[str, Any]:
    """Replay the stored sequences that started on UTC days, both included.

    Args:
        date_from: the first day.
        date_to: the last day; the first one when left out.
        sequences: only these ids.
        all_ties: compute every window, to list all that give the recorded score.

    Returns:
        The run's summary.

    Raises:
        UsageError: when the days or the configuration cannot be used.
        StorageError: when the store cannot be read or written.
    """
    days = days_between(date_from, date_to or date_from, today=datetime.now(UTC).date())
    store, releases = Store.resolve(), Releases.resolve()
    runtime = releases.chosen_runtime()
    catalog = store.catalog()
    parameters = {"date_from": str(days[0]), "date_to": str(days[-1]), "sequences": sequences, "all_ties": all_ties}
    with recorded_run(catalog, "replay", parameters) as run:
        replayer = Replayer(catalog, store.frame_store(), releases, run.id, all_ties)
        with catalog.read() as connection:
            found = load_sequences(connection, first_day=days[0], last_day=days[-1], ids=sequences)
        groups, total = _by_release(replayer, found)
        for version, group in sorted(groups.items()):
            result = replay_release(replayer, version, group)
            total.verdicts += result.verdicts
            total.cached += result.cached
            total.predict_calls += result.predict_calls
            total.release_seconds += result.release_seconds
        run.summary = _summary(total) | {"seconds": run.seconds(), "runtime": runtime}
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
    return groups, result


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
