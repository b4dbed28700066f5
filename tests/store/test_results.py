"""Ledger, releases, verdicts, runs."""

from __future__ import annotations

import os
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from smokewatch.domain.releases import IdentityKind, ReleaseIdentity
from smokewatch.store import runs
from smokewatch.store import tables as t
from smokewatch.store.catalog import Catalog
from smokewatch.store.ledger import LedgerEntry, known_entries, record_entry
from smokewatch.store.releases import first_identity, health_of, record_health
from smokewatch.store.runs import (
    COMPLETED,
    LOST,
    ProcessRecord,
    finish_run,
    forget_process,
    is_alive,
    mark_lost_runs,
    orphaned_processes,
    process_start,
    record_process,
    recorded_processes,
    start_run,
    this_host,
)
from smokewatch.store.verdicts import DROPPED, Verdict, WindowScore, current_verdicts, record_verdicts

NOW = datetime(2026, 8, 15, tzinfo=UTC)
FIRST = ReleaseIdentity(IdentityKind.PROCESS, "sha256:" + "a" * 64)
SECOND = ReleaseIdentity(IdentityKind.PROCESS, "sha256:" + "b" * 64)


def record(catalog: Catalog, key: str, probability: float | None) -> None:
    with catalog.write() as connection:
        record_entry(
            connection,
            key=key,
            release_identity=FIRST.value,
            request="{}",
            frame_sha256s=["f1"],
            answer="{}",
            entry=LedgerEntry(probability, 1, 2.5),
            run_id="r",
            now=NOW,
        )


def test_the_ledger_keeps_float64_and_the_first_answer(catalog: Catalog) -> None:
    record(catalog, "k1", 0.1 + 0.2)
    record(catalog, "k1", 0.9)
    record(catalog, "k2", None)
    with catalog.read() as connection:
        entries = known_entries(connection, ["k1", "k2", "k3", *(f"x{n}" for n in range(2000))])
    assert entries == {"k1": LedgerEntry(0.1 + 0.2, 1, 2.5), "k2": LedgerEntry(None, 1, 2.5)}


def test_a_reference_keeps_the_identity_it_had_first(catalog: Catalog) -> None:
    with catalog.write() as connection:
        assert first_identity(connection, "process:0.3.1", FIRST, now=NOW) == FIRST
        assert first_identity(connection, "process:0.3.1", SECOND, now=NOW) == FIRST
        assert first_identity(connection, "process:0.3.2", SECOND, now=NOW) == SECOND


def test_a_healthy_release_is_remembered_even_when_it_names_no_model(catalog: Catalog) -> None:
    with catalog.write() as connection:
        assert health_of(connection, FIRST) == (False, None)
        record_health(connection, FIRST, model_version=None, now=NOW)
        assert health_of(connection, FIRST) == (True, None)
        record_health(connection, FIRST, model_version="0.2.0", now=NOW)
        assert health_of(connection, FIRST) == (True, "0.2.0")


EXACT = Verdict(
    source="alert-api",
    sequence_id=1,
    revision=1,
    outcome=1,
    verdict="exact",
    drop_reason=None,
    detail="it is",
    recorded_score=0.1 + 0.2,
    replayed_score=0.1 + 0.2,
    windows=(WindowScore(4, 4, "ab", True, 0.1 + 0.2, True), WindowScore(5, 5, "cd", False, None, False)),
)
DROP = Verdict("alert-api", 1, 1, 1, DROPPED, "stack_unhealthy", "it is not", 0.1 + 0.2)


def verdicts_kept(catalog: Catalog, *verdicts: Verdict) -> list[int]:
    with catalog.write() as connection:
        return [len(record_verdicts(connection, [verdict], run_id="r", now=NOW)) for verdict in verdicts]


def test_a_verdict_is_kept_when_it_changes(catalog: Catalog) -> None:
    other = replace(EXACT, verdict="window")
    assert verdicts_kept(catalog, EXACT, EXACT, other, other, EXACT) == [1, 0, 1, 0, 1]
    with catalog.read() as connection:
        current = current_verdicts(connection, [("alert-api", 1), ("alert-api", 2)])
    assert current["alert-api", 1]["verdict"] == "exact"
    assert list(current) == [("alert-api", 1)]


def test_a_drop_hides_no_verdict_of_the_same_inputs(catalog: Catalog) -> None:
    assert verdicts_kept(catalog, DROP, EXACT, DROP) == [1, 1, 0]
    assert verdicts_kept(catalog, replace(DROP, revision=2)) == [1]


def this_process() -> ProcessRecord:
    return ProcessRecord(this_host(), os.getpid(), process_start(os.getpid()), "run-1", "test", None)


def test_a_reused_pid_is_another_process() -> None:
    assert this_process().alive()
    assert not replace(this_process(), started_at=this_process().started_at - 1).alive()
    assert not replace(this_process(), host="elsewhere").alive()


def test_where_starts_are_told_in_fractions_of_a_second_a_label_still_names_its_process(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(runs, "_PROC", tmp_path)  # as on macOS
    began = process_start(os.getpid())
    assert is_alive(this_host(), os.getpid(), float(f"{began:.0f}"))
    assert not is_alive(this_host(), os.getpid(), began - 2)


def test_a_dead_process_waiting_for_its_parent_is_not_alive() -> None:
    child = subprocess.Popen(["/bin/true"])
    record = replace(this_process(), pid=child.pid, started_at=process_start(child.pid))
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert not record.alive()
    child.wait()


def test_processes_are_orphans_once_the_process_of_their_run_is_gone(catalog: Catalog) -> None:
    with catalog.write() as connection:
        start_run(connection, "run-1", "replay", {}, now=NOW)
        record_process(connection, this_process())
        assert orphaned_processes(connection) == []
        finish_run(connection, "run-1", state=COMPLETED, summary={"a": 1}, now=NOW)
        assert orphaned_processes(connection) == []
        connection.execute(t.runs.update().values(pid_started_at=1.0))
        assert orphaned_processes(connection) == [this_process()]
        forget_process(connection, this_process())
        assert recorded_processes(connection) == []


@pytest.mark.parametrize("gone", [True, False])
def test_only_runs_whose_process_is_gone_are_lost(catalog: Catalog, gone: bool) -> None:
    with catalog.write() as connection:
        start_run(connection, "run-1", "replay", {}, now=NOW)
        if gone:
            connection.execute(t.runs.update().values(pid_started_at=1.0))
        lost = mark_lost_runs(connection, now=NOW + timedelta(hours=1))
        state = connection.scalar(sa.select(t.runs.c.state))
    assert (lost, state) == ((["run-1"], LOST) if gone else ([], "running"))
