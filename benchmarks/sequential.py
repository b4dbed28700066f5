"""A day replayed one request after another: frames uploaded before every call, nothing kept, nothing known.

That is how the peer replays (contracts/temporal-model, section 4), with our windows in our order, so that both ask the
same questions of the same stack.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from uuid import uuid4

from blocks.releases import Releases
from blocks.store import Store
from smokewatch.domain.answers import parse_answer
from smokewatch.domain.detections import distinct_keys
from smokewatch.domain.verdicts import Match, drop_before_replay, equals
from smokewatch.domain.window import PredictRequest, candidate_requests, production_request
from smokewatch.store.frames import FrameStore
from smokewatch.store.runs import COMPLETED, finish_run, start_run
from smokewatch.store.sequences import StoredSequence, load_sequences
from tasks.runtimes import open_runtime
from tasks.stacks.stack import Stack


@dataclass
class Replayed:
    """What became of the sequences, and what it cost."""

    matches: Counter[str] = field(default_factory=Counter)
    calls: int = 0
    release_seconds: float = 0.0


def replay_sequentially(day: date) -> Replayed:
    """Replay a stored day through every release whose reference still gives what it is pinned to."""
    store, releases = Store.resolve(), Releases.resolve()
    catalog, frames = store.catalog(), store.frame_store()
    run_id, now, result = str(uuid4()), datetime.now(UTC), Replayed()
    with catalog.write() as connection:
        start_run(connection, run_id, "sequential", {}, now=now)
    with catalog.read() as connection:
        groups = _by_release(load_sequences(connection, first_day=day, last_day=day, ids=None))
    with open_runtime(releases, catalog) as runtime:
        for version, sequences in groups.items():
            reference = runtime.reference(version)
            identity = runtime.identity(reference, None)
            if releases.pin(version) not in (None, identity):
                continue
            with Stack(
                runtime,
                reference,
                identity,
                version=version,
                run_id=run_id,
                health_seconds=releases.health_seconds,
                predict_seconds=releases.predict_seconds,
            ) as stack:
                for sequence in sequences:
                    result.matches[_replay(sequence, stack, frames, releases, result)] += 1
    with catalog.write() as connection:
        finish_run(connection, run_id, state=COMPLETED, summary={}, now=datetime.now(UTC))
    catalog.close()
    return result


def _by_release(sequences: Sequence[StoredSequence]) -> dict[str, list[StoredSequence]]:
    groups: dict[str, list[StoredSequence]] = defaultdict(list)
    for sequence in sequences:
        drop = drop_before_replay(
            api_version=sequence.outcome.temporal_api_version,
            recorded_score=sequence.outcome.temporal_model_score,
            distinct_frames=len(distinct_keys(sequence.detections)),
            frames_stored=sum(sha256 is not None for sha256 in sequence.frame_sha256s.values()),
        )
        if drop is None:
            groups[str(sequence.outcome.temporal_api_version)].append(sequence)
    return dict(sorted(groups.items()))


def _replay(sequence: StoredSequence, stack: Stack, frames: FrameStore, releases: Releases, result: Replayed) -> Match:
    recorded = sequence.outcome.temporal_model_score
    assert recorded is not None
    bucket = releases.bucket(sequence.organization_id)
    full = production_request(sequence.detections, bucket=bucket)
    assert full is not None
    for window in (full, *candidate_requests(sequence.detections, bucket=bucket, recorded_score=recorded)):
        if window == full and window is not full:
            continue  # asked first
        if equals(_ask(window, sequence, stack, frames, result), recorded):
            return Match.EXACT if window is full else Match.WINDOW
    return Match.UNEXPLAINED


def _ask(
    window: PredictRequest, sequence: StoredSequence, stack: Stack, frames: FrameStore, result: Replayed
) -> float | None:
    for key in window.frames:
        sha256 = sequence.frame_sha256s[key]
        assert sha256 is not None
        stack.put_frame(window.bucket, key, frames.read(sha256))
    reply = stack.predict(window.body())
    result.calls += 1
    result.release_seconds += reply.milliseconds / 1000
    return parse_answer(reply.content).probability
