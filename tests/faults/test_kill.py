"""kill -9 at any moment: the next run finishes the work, no row lacks its bytes, nothing of ours is left running."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import threading
from pathlib import Path

import psutil
import pytest
import sqlalchemy as sa

from flows.housekeeping import housekeeping
from flows.import_sequences import import_sequences
from flows.replay_sequences import replay_sequences
from smokewatch.store import tables as t
from smokewatch.store.catalog import Catalog
from smokewatch.store.frames import FrameStore
from smokewatch.store.runs import ProcessRecord, recorded_processes
from tasks.asking import ITEMS_A_REPLICA
from tests.marks import chaos
from tests.production import DAY, Production

SEQUENCES, FRAMES = 8, 6
PREDICTIONS = SEQUENCES  # the full window of each, which is the one production saw
SEED = os.environ.get("SMOKEWATCH_CHAOS_SEED", "0")
SMOKEWATCH = [sys.executable, "-c", "from smokewatch.cli import main; main()"]


def populate(production: Production) -> list[int]:
    return [production.add(frames=FRAMES, seen=FRAMES, hour=hour, camera=hour % 2) for hour in range(SEQUENCES)]


def start(production: Production, command: str, prefect_api: str, **settings: str) -> subprocess.Popen[bytes]:
    environment = {**os.environ, **production.environment(), **settings, "PREFECT_API_URL": prefect_api}
    return subprocess.Popen(
        [*SMOKEWATCH, command, f"--day={DAY}"], env=environment, cwd=production.folder, stderr=subprocess.PIPE
    )


def assert_killed(process: subprocess.Popen[bytes]) -> None:
    _, errors = process.communicate(timeout=600)
    assert process.returncode == -signal.SIGKILL, errors.decode()


def assert_no_row_without_bytes(production: Production, catalog: Catalog) -> None:
    frames = FrameStore.open(production.environment()["SMOKEWATCH_FRAMES"])
    with catalog.read() as connection:
        named = set(connection.scalars(sa.select(t.detections.c.frame_sha256)))
        named |= set(connection.scalars(sa.select(t.frames.c.sha256)))
    assert None not in named
    for sha256 in named:
        frames.read(sha256)


def left_running(catalog: Catalog) -> list[ProcessRecord]:
    """What still runs of what was recorded, but for the tests' own Prefect server."""
    with catalog.read() as connection:
        alive = [process for process in recorded_processes(connection) if process.alive()]
    return [process for process in alive if psutil.Process(process.pid).ppid() != os.getpid()]


def running_below(folder: Path) -> list[str]:
    """Every process that works somewhere below a folder, whoever its parent is: releases and throwaway stores."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            where = Path(process.cwd())
            if where != folder and where.is_relative_to(folder):
                found.append(f"{process.pid} {' '.join(process.cmdline())}")
    return found


def kill_at_frame(production: Production, catalog: Catalog, prefect_api: str, moment: int) -> None:
    ids = populate(production)
    process: list[subprocess.Popen[bytes]] = []

    def kill(number: int, _key: str) -> None:
        if number == moment:
            process[0].kill()

    production.objects.before_get = kill
    process.append(start(production, "import", prefect_api))
    assert_killed(process[0])
    production.objects.before_get = lambda _number, _key: None
    assert_no_row_without_bytes(production, catalog)

    summary = import_sequences(date_from=DAY)
    assert summary["imported"] + summary["unchanged"] == SEQUENCES
    assert_no_row_without_bytes(production, catalog)
    with catalog.read() as connection:
        assert sorted(connection.scalars(sa.select(t.sequences.c.id))) == ids
        assert connection.scalar(sa.select(sa.func.count()).select_from(t.detections)) == SEQUENCES * FRAMES
        lost = connection.scalars(sa.select(t.runs.c.state).where(t.runs.c.kind == "import")).all()
    assert sorted(lost) == ["completed", "lost"]


def kill_at_prediction(
    production: Production,
    catalog: Catalog,
    prefect_api: str,
    moment: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    victim = production.folder / "victim"
    production.stub = {"STUB_VICTIM": str(victim)}
    monkeypatch.setenv("SMOKEWATCH_RELEASE_ENV", production.environment()["SMOKEWATCH_RELEASE_ENV"])
    populate(production)
    import_sequences(date_from=DAY)
    process = start(production, "replay", prefect_api)
    victim.write_text(f"{process.pid} {moment}")
    assert_killed(process)
    victim.unlink()
    assert left_running(catalog), "nothing was left running: the test shows nothing"
    with catalog.read() as connection:
        kept = connection.scalar(sa.select(sa.func.count()).select_from(t.replays)) or 0
    # While one item's prediction was asked for, the others' answers may have been on their way to the ledger.
    assert moment - ITEMS_A_REPLICA <= kept <= moment - 1
    summary = housekeeping()
    assert (summary["runs_lost"], summary["processes_ended"]) == (1, 2)
    assert left_running(catalog) == []
    assert running_below(production.folder) == []

    summary = replay_sequences(date_from=DAY)
    assert summary["exact"] == SEQUENCES
    # What was answered before the kill is never asked again.
    assert summary["predict_calls"] == PREDICTIONS - kept
    assert left_running(catalog) == []


@pytest.mark.parametrize("moment", [chaos(1), SEQUENCES * FRAMES // 2, chaos(SEQUENCES * FRAMES)])
def test_an_import_killed_at_a_frame_is_finished_by_the_next(
    production: Production, catalog: Catalog, prefect_api: str, moment: int
) -> None:
    kill_at_frame(production, catalog, prefect_api, moment)


@pytest.mark.parametrize("moment", [chaos(1), PREDICTIONS // 2, chaos(PREDICTIONS)])
def test_a_replay_killed_at_a_prediction_is_finished_by_the_next(
    production: Production,
    catalog: Catalog,
    prefect_api: str,
    moment: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    kill_at_prediction(production, catalog, prefect_api, moment, monkeypatch)


@pytest.mark.chaos
@pytest.mark.parametrize(
    ("command", "number"),
    [*(("import", n) for n in range(15)), *(("replay", n) for n in range(20)), *(("backfill", n) for n in range(15))],
)
def test_killed_at_any_time(
    production: Production,
    catalog: Catalog,
    prefect_api: str,
    command: str,
    number: int,
) -> None:
    ids = populate(production)
    if command == "replay":
        import_sequences(date_from=DAY)
    process = start(production, command, prefect_api)
    # Anywhere from before the run begins to after its end.
    seconds = random.Random(f"{command}-{number}-{SEED}").uniform(2.0, 9.0)
    timer = threading.Timer(seconds, process.kill)
    timer.start()
    process.communicate(timeout=120)
    timer.cancel()
    assert process.returncode in (0, -signal.SIGKILL)
    assert_no_row_without_bytes(production, catalog)
    housekeeping()
    assert left_running(catalog) == []
    assert running_below(production.folder) == []
    import_sequences(date_from=DAY)
    assert replay_sequences(date_from=DAY)["exact"] == SEQUENCES
    assert_no_row_without_bytes(production, catalog)
    with catalog.read() as connection:
        assert sorted(connection.scalars(sa.select(t.sequences.c.id))) == ids
    assert left_running(catalog) == []
