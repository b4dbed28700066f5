"""Work in processes of its own that can be killed at any moment, without a Prefect server: a kill costs a second.

A moment is a number of Python calls and calls from Python into C: uniformly over the work, whatever else the machine
does. At an odd one the process kills itself; at an even one it has another process do so and goes on: SIGKILL hits it
wherever it is by then, also within a commit.
"""

from __future__ import annotations

import itertools
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from types import FrameType

import sqlalchemy as sa

from smokewatch.store import tables as t
from smokewatch.store.catalog import Catalog
from smokewatch.store.frames import FrameStore
from smokewatch.store.runs import COMPLETED, finish_run, start_run
from tasks.runs import clear_leftovers

SECONDS = 300
_LATE = ["smokewatch.store.upgrading", "smokewatch.store.frame_folder", "alembic.ddl.sqlite", "pytz", "h11", "idna"]
"""Imported when they are needed, which would be most of the work: where a kill shows nothing."""
_CONTEXT = multiprocessing.get_context("forkserver")
_UNCOMPARED = {"runs", "run_progress", "processes", "throughput", "triages", "alembic_version"}
_TIMES = {"imported_at", "read_at", "observed_at", "stored_at", "profiled_at", "updated_at", "seen_at", "first_seen_at"}
_TIMES |= {"replayed_at", "decided_at", "pulled_at", "listed_at", "scored_at", "claimed_at", "settled_at", "checked_at"}
_OF_A_RUN = {"run_id", "milliseconds", "claimed_by", "summarized_at", "made_at", "skipped_at", "fetched_at", "asked_at"}
_NUMBERED = {"verdicts", "outbox", "drift_checks"}

Dump = dict[str, set[tuple[object, ...]]]


def run(work: Callable[[], None], environment: dict[str, str], folder: Path, moment: int | None = None) -> int | None:
    """Do work in a process of its own, below a folder, and kill it at a moment (None: never).

    Returns:
        How many calls it took; None when it was killed.
    """
    _CONTEXT.set_forkserver_preload(["tests.faults.works", *_LATE])
    ours, theirs = _CONTEXT.Pipe(duplex=False)
    process = _CONTEXT.Process(target=_child, args=(work, environment, str(folder), moment, theirs))
    process.start()
    theirs.close()
    process.join(SECONDS)
    assert process.exitcode is not None, f"{work} neither ended nor came to call {moment} in {SECONDS} s"
    calls = ours.recv() if ours.poll() and process.exitcode == 0 else None
    ours.close()
    assert process.exitcode in (0, -signal.SIGKILL), f"{work} ended with {process.exitcode}: see its traceback"
    return calls


def _child(work: Callable[[], None], environment: dict[str, str], folder: str, moment: int | None, pipe: Pipe) -> None:
    os.environ.update(environment)
    os.chdir(folder)
    bell = _killer()
    calls = itertools.count(1)

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        if event in ("call", "c_call") and next(calls) == moment:
            if moment % 2:
                os.kill(os.getpid(), signal.SIGKILL)  # just here
            os.write(bell, b"!")  # a little later, wherever that is

    threading.setprofile(count)
    sys.setprofile(count)
    work()
    sys.setprofile(None)
    threading.setprofile(None)
    pipe.send(next(calls))


def _killer() -> int:
    """A process that kills this one as soon as something is written to the descriptor that is returned."""
    victim = os.getpid()
    bell, ours = os.pipe()
    if os.fork():
        os.close(bell)
        return ours
    os.close(ours)
    if os.read(bell, 1):
        os.kill(victim, signal.SIGKILL)
    os._exit(0)


@contextmanager
def recorded(catalog: Catalog, kind: str) -> Iterator[str]:
    """A run in the catalog as flows record it, without what Prefect is told; its id."""
    clear_leftovers(catalog)
    run_id = f"{kind} {os.getpid()} {datetime.now(UTC)}"
    with catalog.write() as connection:
        start_run(connection, run_id, kind, {}, now=datetime.now(UTC))
    yield run_id
    with catalog.write() as connection:
        finish_run(connection, run_id, state=COMPLETED, summary={}, now=datetime.now(UTC))


def dump(url: str, *, runs: int = 1) -> Dump:
    """Every row of a catalog without what differs from run to run: times of ours, runs, durations, row numbers.

    Of each there may be as many as runs that keep what they found.
    """
    catalog, found = Catalog.open(url), {}
    with catalog.read() as connection:
        for name, table in t.metadata.tables.items():
            if name in _UNCOMPARED:
                continue
            left_out = _TIMES | _OF_A_RUN | ({"id", "digest_id"} if name in _NUMBERED else set())
            columns = [column for column in table.columns if column.name not in left_out]
            rows = connection.execute(sa.select(*columns)).all()
            found[name] = {tuple(map(_plain, row)) for row in rows}
            assert len(rows) <= runs * len(found[name]), f"{name}: a row is there more than {runs} times"
    catalog.close()
    return found


def assert_whole(url: str, frames: Path | None) -> None:
    """The database is sound, and, where there are frames, no row is without its bytes or the rows it belongs to."""
    catalog = Catalog.open(url)
    with catalog.read() as connection:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
        assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
        named = set(connection.scalars(sa.select(t.frames.c.sha256)))
        for column in (t.detections.c.frame_sha256, t.backlog_frames.c.frame_sha256):
            assert set(connection.scalars(sa.select(column).where(column.is_not(None)))) <= named
        revisions = set(connection.execute(sa.select(t.revisions.c.sequence_id, t.revisions.c.revision)).tuples())
        sequences = set(connection.execute(sa.select(t.sequences.c.id, t.sequences.c.revision)).tuples())
    catalog.close()
    if frames is None:
        return
    assert sequences <= revisions
    kept = FrameStore.open(str(frames))
    for sha256 in named:
        kept.read(sha256)


def _plain(value: object) -> object:
    return repr(value) if isinstance(value, (list, dict)) else value
