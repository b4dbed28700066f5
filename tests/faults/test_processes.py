"""Processes of ours are found and ended by what they are, also when who started them is gone."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import psutil
import pytest

from flows.housekeeping import housekeeping
from smokewatch.store.catalog import Catalog
from smokewatch.store.runs import ProcessRecord, process_start, recorded_processes, this_host
from tasks.processes import end_recorded, spawn, stop
from tests.faults.test_kill import start
from tests.production import Production
from tests.waiting import until


def spawn_shell(catalog: Catalog, folder: Path, script: str) -> tuple[ProcessRecord, int]:
    """A shell of ours and the child it started."""
    folder.mkdir()
    process = spawn(
        ["/bin/sh", "-c", script], environment={}, catalog=catalog, run_id="r", purpose="a shell", folder=folder
    )
    until(lambda: (folder / "child").exists() and (folder / "child").read_text().endswith("\n"))
    return process.record, int((folder / "child").read_text())


def test_what_a_dead_release_had_started_is_ended_too(catalog: Catalog, tmp_path: Path) -> None:
    record, child = spawn_shell(catalog, tmp_path / "f", "sleep 300 & echo $! > child; wait")
    os.kill(record.pid, 9)
    os.waitpid(record.pid, 0)
    assert psutil.pid_exists(child)
    assert end_recorded(record, catalog)
    until(lambda: not psutil.pid_exists(child) or psutil.Process(child).status() == psutil.STATUS_ZOMBIE)
    assert not (tmp_path / "f").exists()
    with catalog.read() as connection:
        assert recorded_processes(connection) == []


def test_a_stranger_with_the_same_pid_is_left_alone(catalog: Catalog) -> None:
    stranger = ProcessRecord(this_host(), os.getpid(), process_start(os.getpid()) - 1, "r", "old", None)
    assert not end_recorded(stranger, catalog)


def test_a_process_whose_recorder_died_never_begins(tmp_path: Path) -> None:
    class NoCatalog:
        def write(self) -> None:
            raise RuntimeError("killed before it was remembered")

    with pytest.raises(RuntimeError, match="killed before"):
        spawn(
            ["/bin/touch", str(tmp_path / "begun")],
            environment={},
            catalog=NoCatalog(),  # type: ignore[arg-type]
            run_id="r",
            purpose="too early",
            folder=tmp_path,
        )
    assert not (tmp_path / "begun").exists()


def test_stopping_twice_is_fine(catalog: Catalog, tmp_path: Path) -> None:
    (tmp_path / "f").mkdir()
    process = spawn(
        ["/bin/sleep", "300"], environment={}, catalog=catalog, run_id="r", purpose="a nap", folder=tmp_path / "f"
    )
    stop(process, catalog)
    stop(process, catalog)
    assert process.exit_code() == -9


@pytest.mark.chaos
def test_a_killed_run_leaves_no_temporary_prefect_server(
    production: Production, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    production.add(seen=4)
    killed: list[int] = []

    def kill(_number: int, _key: str) -> None:
        if not killed:
            killed.append(process.pid)
            process.kill()

    production.objects.before_get = kill
    process = start(production, "import", "", PREFECT_HOME=str(production.folder / "prefect"))
    # Its output stays open in the server's hands: only its end is waited for.
    assert process.wait(timeout=120) == -signal.SIGKILL
    with catalog.read() as connection:
        (server,) = recorded_processes(connection)
    assert server.alive()
    assert housekeeping()["processes_ended"] == 1
    assert not server.alive()
