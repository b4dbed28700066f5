"""Processes of ours: remembered before they do anything, stopped by identity, never by name."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from smokewatch.errors import RunError, printable
from smokewatch.store.catalog import Catalog
from smokewatch.store.runs import ProcessRecord, forget_process, process_start, record_process, this_host

# The child waits for a line before it becomes the command. Should the parent die before it has remembered the
# child, the line never comes and the child ends without having done anything.
_GATE = 'read -r go && exec "$0" "$@" </dev/null'
_PASSED_ON = ("PATH", "LANG", "LC_ALL", "TZ")


@dataclass(frozen=True, slots=True)
class OwnProcess:
    """A running process of ours, leader of its own session."""

    popen: subprocess.Popen[bytes]
    record: ProcessRecord
    log: Path

    def exit_code(self) -> int | None:
        """Its exit code, negative for a signal; None while it runs."""
        return self.popen.poll()

    def last_words(self) -> str:
        """The last line it logged, for messages."""
        lines = self.log.read_text(errors="replace").strip().splitlines()
        return printable(lines[-1].strip(), 300) if lines else "it logged nothing"


def spawn(
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    catalog: Catalog,
    run_id: str,
    purpose: str,
    folder: Path,
) -> OwnProcess:
    """Start a command with only the given environment (and PATH, locale, time zone), its output in a log file.

    Args:
        command: program and arguments.
        environment: its variables; nothing else of ours is passed on.
        catalog: where it is remembered, before it runs.
        run_id: the run it belongs to.
        purpose: for people, e.g. ``release 0.3.1``.
        folder: its working and home folder, removed with it.

    Raises:
        RunError: when it cannot be started.
    """
    inherited = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    log = folder / f"{purpose.replace(' ', '-')}.log"
    try:
        with log.open("ab") as output:
            popen = subprocess.Popen(
                ["/bin/sh", "-c", _GATE, *command],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=folder,
                env={**inherited, "HOME": str(folder), "TMPDIR": str(folder), **environment},
                start_new_session=True,
            )
    except OSError as error:
        raise RunError(f"{purpose} cannot be started: {error}") from error
    record = ProcessRecord(
        host=this_host(),
        pid=popen.pid,
        started_at=process_start(popen.pid),
        run_id=run_id,
        purpose=purpose,
        folder=str(folder),
    )
    process = OwnProcess(popen, record, log)
    try:
        with catalog.write() as connection:
            record_process(connection, record)
        assert popen.stdin is not None
        popen.stdin.write(b"go\n")
        popen.stdin.close()
    except BaseException:
        popen.kill()
        popen.wait()
        raise
    return process


def listens(process: OwnProcess, port: int) -> bool:
    """Whether the process, or one that it started, listens on a TCP port: a free port may be taken by others first."""
    for member in _members(process.record):
        with contextlib.suppress(psutil.Error):
            if any(
                each.status == psutil.CONN_LISTEN and each.laddr.port == port
                for each in member.net_connections(kind="tcp")
            ):
                return True
    return False


def kill(process: OwnProcess) -> None:
    """Kill a process and everything it started; :func:`stop` is still due."""
    _signal(process.record, signal.SIGKILL)


def stop(process: OwnProcess, catalog: Catalog, *, grace_seconds: float = 0.0) -> None:
    """End a process and everything it started, remove its folder, forget it.

    Args:
        process: what to end; one that has ended by itself is fine.
        catalog: where it is remembered.
        grace_seconds: how long it may take to end by itself after SIGTERM; 0 kills at once.
    """
    if grace_seconds:
        _signal(process.record, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.popen.wait(timeout=grace_seconds)
    kill(process)
    process.popen.wait()
    _forget(process.record, catalog)


def end_recorded(record: ProcessRecord, catalog: Catalog) -> bool:
    """End a process that another, dead process of ours started; returns whether it was still running."""
    members = _members(record)
    _signal(record, signal.SIGKILL)
    psutil.wait_procs(members, timeout=10)
    _forget(record, catalog)
    return bool(members)


def _forget(record: ProcessRecord, catalog: Catalog) -> None:
    if record.folder:
        shutil.rmtree(record.folder, ignore_errors=True)
    with catalog.write() as connection:
        forget_process(connection, record)


def _signal(record: ProcessRecord, number: signal.Signals) -> None:
    for member in _members(record):
        with contextlib.suppress(psutil.NoSuchProcess):
            member.send_signal(number)


def _members(record: ProcessRecord) -> list[psutil.Process]:
    """The process, while it is the one that was recorded, and what is left of its session, with or without it.

    The kernel gives no new process the number of a session that still has members, so a member of that session that
    began no earlier is ours.
    """
    members = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.NoSuchProcess, ProcessLookupError):
            began = process_start(process.pid)
            is_it = process.pid == record.pid and began == record.started_at
            if is_it or (began >= record.started_at and os.getsid(process.pid) == record.pid != process.pid):
                members.append(process)
    return members
