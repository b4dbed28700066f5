"""The replay beside a sequential one that uploads before every call and keeps no ledger; ratios within one run.

Seconds are from the flow's beginning to its last verdict: Prefect's own start and end, and its server's, are left out,
and given beside.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

from prefect.testing.utilities import prefect_test_harness

from benchmarks.bounds import figure
from benchmarks.days import Day, computing_day, lived_day
from benchmarks.sequential import replay_sequentially
from blocks.store import Store
from flows.replay_sequences import replay_sequences
from smokewatch.store.sequences import load_sequences
from tasks.stacks.stack import Stack

DEMO_SEQUENCES, MANY_SEQUENCES, COMPUTING_SEQUENCES = 36, 500, 250
PREDICT_SECONDS = 0.2
"""Of one core. The real model's take longer: a vision transformer over up to 20 crops of every tube."""
_RUNS, _WARMING = 3, 4
_TIMES_FASTER = 100
"""That a second run of the large day is, at the least."""


@dataclass
class Watched:
    """What stacks did meanwhile."""

    start_seconds: float = 0.0
    stop_seconds: float = 0.0
    uploads: int = 0


def measure_day(sequences: int = DEMO_SEQUENCES) -> dict[str, Any]:
    """A day of the demo, its release a small torch model."""
    with beside_prefect() as folder, lived_day(folder / "demo", sequences=sequences) as day:
        return compare(day)


def measure_replicas(
    sequences: int = DEMO_SEQUENCES, many: int = MANY_SEQUENCES, predict_seconds: float = PREDICT_SECONDS
) -> dict[str, Any]:
    """One replica and two, where a prediction's cost is known: one thread each, as a real model's would be."""
    found: dict[str, Any] = {"core_seconds_a_prediction": predict_seconds}
    with beside_prefect() as folder:
        for name, count in (("day", sequences), ("large_day", many)):
            with computing_day(folder / name, sequences=count, predict_seconds=predict_seconds) as day:
                warm_up(day)
                one, two = _replay(day, 1), _replay(day, 2)
            found[name] = {"one_replica": one, "two_replicas": two | _speed_up(one, two, at_least=1.7)}
    return found


def measure_releases(
    sequences: int = COMPUTING_SEQUENCES // 2, predict_seconds: float = PREDICT_SECONDS
) -> dict[str, Any]:
    """A day of two releases: one after the other, and at once where the machine may run two replicas."""
    day_of = partial(computing_day, sequences=sequences, predict_seconds=predict_seconds)
    with beside_prefect() as folder, day_of(folder / "releases", versions=("0.3.0", "0.3.1")) as day:
        warm_up(day)
        alone, at_once = _replay(day, 1, limit=1), _replay(day, 1, limit=2)
    return {
        "core_seconds_a_prediction": predict_seconds,
        "one_after_the_other": alone,
        "at_once": at_once | {"speed_up": round(alone["seconds"] / at_once["seconds"], 2)},
    }


@contextmanager
def beside_prefect() -> Iterator[Path]:
    """A folder, and a Prefect server of the benchmark's own."""
    os.environ["PREFECT_SERVER_ANALYTICS_ENABLED"] = "false"
    with prefect_test_harness(server_startup_timeout=180), tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def warm_up(day: Day) -> None:
    """Replay some of each release: what comes first would read every image from the disk, for all that come after."""
    day.forget("warm")
    some: defaultdict[str | None, list[int]] = defaultdict(list)
    with closing(Store.resolve().catalog()) as catalog, catalog.read() as connection:
        for each in load_sequences(connection, first_day=day.date, last_day=day.date):
            some[each.outcome.temporal_api_version].append(each.id)
    replay_sequences(date_from=day.date, sequences=[each for ids in some.values() for each in ids[:_WARMING]])


def compare(day: Day) -> dict[str, Any]:
    """The day by the sequential replay, by ours with one and with two replicas, and by ours a second time."""
    warm_up(day)
    day.forget("sequential")
    with watched_stacks() as watched:
        started = time.perf_counter()
        plain = replay_sequentially(day.date)
        seconds = time.perf_counter() - started
    sequential = {
        "seconds": round(seconds, 2),
        "predict_calls": plain.calls,
        "uploads": watched.uploads,
        "release_seconds": round(plain.release_seconds, 2),
        "stack_start_seconds": round(watched.start_seconds, 2),
    }
    two = _replay(day, 2)
    one = _replay(day, 1)
    for ours in (one, two):
        found = {match: ours["summary"][match] for match in ("exact", "window", "unexplained")}
        assert found == {match: plain.matches[match] for match in found}, "both replays must find the same"
    return {
        "sequences": one["summary"]["sequences"],
        "runtime": one["summary"]["runtime"],
        "sequential": sequential,
        "one_replica": one | {"speed_up_over_sequential": round(seconds / one["seconds"], 2)},
        "two_replicas": two | {"speed_up_over_sequential": round(seconds / two["seconds"], 2)} | _speed_up(one, two),
        "calls_saved_in_first_run": plain.calls - one["predict_calls"],
        "uploads_saved_in_first_run": watched.uploads - one["uploads"],
        "second_run": _again(day, one),
    }


def _replay(day: Day, replicas: int, *, limit: int = 2) -> dict[str, Any]:
    """The day's first replay, by `replicas` of each release, `limit` at once on this machine."""
    day.forget(f"replicas-{replicas}-of-{limit}")
    os.environ.update(SMOKEWATCH_REPLICAS=str(replicas), SMOKEWATCH_MAX_REPLICAS=str(limit))
    with watched_stacks() as watched:
        started = time.perf_counter()
        summary = replay_sequences(date_from=day.date)
        outer = time.perf_counter() - started
    inferring = summary["release_seconds"] / replicas
    return {
        "seconds": summary["seconds"],
        "seconds_with_prefect": round(outer, 2),
        "predict_calls": summary["predict_calls"],
        "uploads": watched.uploads,
        "release_seconds": summary["release_seconds"],
        "stack_start_seconds": round(watched.start_seconds, 2),
        "stack_stop_seconds": round(watched.stop_seconds, 2),
        "seconds_without_stack_start_over_inference": figure(
            (summary["seconds"] - watched.start_seconds) / inferring, limit=1.1, digits=3
        ),
        "summary": {name: summary[name] for name in ("sequences", "exact", "window", "unexplained", "runtime")},
    }


def _speed_up(one: dict[str, Any], two: dict[str, Any], *, at_least: float | None = None) -> dict[str, Any]:
    """Of two replicas over one, and of what they do once their stack stands."""
    started_one, started_two = (each["seconds"] - each["stack_start_seconds"] for each in (one, two))
    return {
        "speed_up_over_one_replica": figure(one["seconds"] / two["seconds"], at_least=at_least),
        "speed_up_without_stack_start": round(started_one / started_two, 2),
    }


def _again(day: Day, first: dict[str, Any]) -> dict[str, Any]:
    """The day that was replayed last, replayed again: the ledger knows all of it."""
    large = first["summary"]["sequences"] >= MANY_SEQUENCES
    empty = min(_cpu(day.date - timedelta(days=1))[1] for _ in range(_RUNS))
    (seconds, outer), cpu = min((_cpu(day.date) for _ in range(_RUNS)), key=lambda run: run[0])
    return {
        "seconds": seconds,
        "seconds_with_prefect": round(outer, 2),
        "predict_calls": 0,
        "times_faster": figure(first["seconds"] / seconds, at_least=_TIMES_FASTER if large else None, digits=0),
        "times_faster_with_prefect": round(first["seconds_with_prefect"] / outer),
        "empty_run_cpu_ms": round(empty * 1000, 1),
        "cpu_ms_a_sequence": round((cpu - empty) * 1000 / first["summary"]["sequences"], 3),
    }


def _cpu(day: date) -> tuple[tuple[float, float], float]:
    """A replay that asks nothing: its seconds, those with Prefect's own, and this process's CPU seconds."""
    started, cpu = time.perf_counter(), time.process_time()
    summary = replay_sequences(date_from=day)
    assert summary["predict_calls"] == 0
    return (summary["seconds"], time.perf_counter() - started), time.process_time() - cpu


@contextmanager
def watched_stacks() -> Iterator[Watched]:
    """Count what stacks do, and how long they take to start and to go away."""
    watched = Watched()
    enter, leave, put = Stack.__enter__, Stack.__exit__, Stack.put_frame

    def timed_enter(stack: Stack) -> Stack:
        started = time.perf_counter()
        entered = enter(stack)
        watched.start_seconds += time.perf_counter() - started
        return entered

    def timed_leave(stack: Stack, *error: object) -> None:
        started = time.perf_counter()
        leave(stack, *error)
        watched.stop_seconds += time.perf_counter() - started

    def counted_put(stack: Stack, bucket: str, key: str, content: bytes) -> None:
        put(stack, bucket, key, content)
        watched.uploads += 1

    with (
        patch.object(Stack, "__enter__", timed_enter),
        patch.object(Stack, "__exit__", timed_leave),
        patch.object(Stack, "put_frame", counted_put),
    ):
        yield watched
