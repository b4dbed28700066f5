"""Runs, and the processes they started: what must not be left behind."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import psutil
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from smokewatch.domain.day_states import DailyRun
from smokewatch.store import tables as t
from smokewatch.store.catalog import upsert

RUNNING, COMPLETED, FAILED, LOST = "running", "completed", "failed", "lost"
_PROC = Path("/proc")
_FIRST_NAMESPACE = "pid:[4026531836]"  # the host's own, on every Linux


@dataclass(frozen=True, slots=True)
class ProcessRecord:
    """A process of ours. A pid alone means nothing later: the start time (:func:`process_start`) tells it apart."""

    host: str
    pid: int
    started_at: float
    run_id: str
    purpose: str
    folder: str | None

    def alive(self) -> bool:
        """Whether exactly this process still runs here."""
        return is_alive(self.host, self.pid, self.started_at)


def this_host() -> str:
    """The place that this process's number means something in: the host's name, with its namespace when it has one.

    A container on the host's own network has the host's name, but numbers processes by itself.
    """
    try:
        namespace = os.readlink("/proc/self/ns/pid")
    except OSError:
        namespace = _FIRST_NAMESPACE
    return socket.gethostname() if namespace == _FIRST_NAMESPACE else f"{socket.gethostname()} {namespace}"


def is_alive(host: str, pid: int, started_at: float) -> bool:
    """Whether the process with this pid and start time runs on this host (never true of another host's)."""
    if host != this_host():
        return False
    try:
        return process_start(pid) == started_at and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def process_start(pid: int) -> float:
    """When a process began: clock ticks since boot on Linux, which no clock change moves; elsewhere epoch seconds.

    A whole number, so that a label can hold it.

    Raises:
        psutil.NoSuchProcess: when there is none.
    """
    if not (_PROC / "self" / "stat").exists():
        return float(round(psutil.Process(pid).create_time()))
    try:
        # The command's name, in parentheses, may hold blanks: fields are counted after it (proc(5), field 22).
        return float((_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[19])
    except (FileNotFoundError, ProcessLookupError) as error:
        raise psutil.NoSuchProcess(pid) from error


def start_run(connection: Connection, run_id: str, kind: str, parameters: Mapping[str, Any], *, now: datetime) -> None:
    """Record that this process began a run; a retried run begins anew."""
    here = {"host": this_host(), "pid": os.getpid(), "pid_started_at": process_start(os.getpid())}
    begun = {"started_at": now, "finished_at": None, "state": RUNNING, "summary": None}
    row = {"id": run_id, "kind": kind, "parameters": dict(parameters), **begun, **here}
    upsert(connection, t.runs, [row])


def finish_run(
    connection: Connection, run_id: str, *, state: str, summary: Mapping[str, Any] | None, now: datetime
) -> None:
    """Record how a run ended, with its summary when it has one."""
    connection.execute(
        t.runs.update().where(t.runs.c.id == run_id).values(state=state, summary=summary, finished_at=now)
    )


def mark_lost_runs(connection: Connection, *, now: datetime) -> list[str]:
    """Mark runs whose process on this host is gone without an end; returns their ids."""
    rows = connection.execute(
        sa.select(t.runs.c.id, t.runs.c.pid, t.runs.c.pid_started_at).where(
            t.runs.c.state == RUNNING, t.runs.c.host == this_host()
        )
    )
    lost = [row.id for row in rows if not is_alive(this_host(), row.pid, row.pid_started_at)]
    connection.execute(t.runs.update().where(t.runs.c.id.in_(lost)).values(state=LOST, finished_at=now))
    return lost


def daily_runs(connection: Connection, first: date, last: date) -> list[DailyRun]:
    """Every run of `daily` for these UTC days, both included."""
    r = t.runs.c
    day = r.parameters["day"].as_string()
    rows = connection.execute(
        sa.select(r.id, day.label("day"), r.state, r.started_at, r.finished_at, r.summary)
        .where(r.kind == "daily", day.between(str(first), str(last)))
        .order_by(r.started_at)
    )
    return [DailyRun(row.id, date.fromisoformat(row.day), *row[2:]) for row in rows]


def summaries_since(connection: Connection, kind: str, since: datetime) -> list[dict[str, Any]]:
    """The summaries of the runs of a kind that began at a time or later and have one, oldest first."""
    r = t.runs.c
    found = connection.scalars(
        sa.select(r.summary).where(r.kind == kind, r.started_at >= since).order_by(r.started_at, r.id)
    )
    return [summary for summary in found if summary is not None]


def ended_runs(connection: Connection) -> set[str]:
    """The ids of every run that is over, whatever its end."""
    return set(connection.scalars(sa.select(t.runs.c.id).where(t.runs.c.state != RUNNING)))


def record_process(connection: Connection, process: ProcessRecord) -> None:
    """Remember a process before it does anything."""
    upsert(connection, t.processes, [{name: getattr(process, name) for name in ProcessRecord.__dataclass_fields__}])


def forget_process(connection: Connection, process: ProcessRecord) -> None:
    """Forget a process that is gone."""
    c = t.processes.c
    connection.execute(
        t.processes.delete().where(c.host == process.host, c.pid == process.pid, c.started_at == process.started_at)
    )


def recorded_processes(connection: Connection) -> list[ProcessRecord]:
    """Every remembered process of this host."""
    names = ProcessRecord.__dataclass_fields__
    rows = connection.execute(
        sa.select(*(t.processes.c[name] for name in names)).where(t.processes.c.host == this_host())
    )
    return [ProcessRecord(*row) for row in rows]


def orphaned_processes(connection: Connection) -> list[ProcessRecord]:
    """Processes of this host whose run's own process is gone: nobody will stop them any more."""
    here = this_host()
    rows = connection.execute(
        sa.select(t.runs.c.id, t.runs.c.pid, t.runs.c.pid_started_at).where(t.runs.c.host == here)
    )
    owned = {row.id for row in rows if is_alive(here, row.pid, row.pid_started_at)}
    return [process for process in recorded_processes(connection) if process.run_id not in owned]
