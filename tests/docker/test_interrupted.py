"""Nothing is left of a replay through containers, whatever ends it."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

import psutil
import pytest
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.objects import StateType
from prefect.exceptions import ObjectNotFound
from prefect.states import Cancelling

from flows.housekeeping import housekeeping
from flows.import_sequences import import_sequences
from flows.replay_sequences import replay_sequences
from smokewatch.store.catalog import Catalog
from smokewatch.store.runs import recorded_processes
from tests.docker.conftest import Containers
from tests.faults.test_kill import start
from tests.marks import chaos
from tests.production import DAY, Production
from tests.waiting import until

ROOT = Path(__file__).parents[2]
Stub = Callable[..., str]


@pytest.fixture
def endless(production: Production, stub: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    """A day whose release never answers: a replay of it would take half an hour."""
    stub("0.3.1-endless", STUB="hang")
    for hour in range(3):
        production.add(frames=6, seen=6, hour=hour, api_version="0.3.1-endless")
    monkeypatch.setenv("SMOKEWATCH_PREDICT_SECONDS", "600")
    import_sequences(date_from=DAY)


def is_asked(containers: Containers) -> bool:
    """Whether the release, its S3 server and their network are there."""
    return len(containers.left()) == 3


def replay_command(production: Production, prefect_api: str) -> subprocess.Popen[bytes]:
    chosen = {name: value for name, value in os.environ.items() if name.startswith("SMOKEWATCH_")}
    return start(production, "replay", prefect_api, **chosen)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), chaos(signal.SIGTERM, -signal.SIGTERM)])
@pytest.mark.usefixtures("endless")
def test_interrupted_by_a_person(
    production: Production, containers: Containers, prefect_api: str, number: signal.Signals, code: int
) -> None:
    process = replay_command(production, prefect_api)
    until(lambda: is_asked(containers))
    process.send_signal(number)
    _, errors = process.communicate(timeout=600)
    assert process.returncode == code, errors.decode()
    assert containers.left() == []


@pytest.mark.parametrize("by", [chaos("housekeeping"), "the next run"])
@pytest.mark.usefixtures("endless")
def test_killed_outright(production: Production, containers: Containers, stub: Stub, prefect_api: str, by: str) -> None:
    process = replay_command(production, prefect_api)
    until(lambda: is_asked(containers))
    process.kill()
    process.communicate()
    if by == "housekeeping":
        housekeeping()
    else:
        stub("0.3.1")
        good = production.add(hour=5, seen=8)
        import_sequences(date_from=DAY)
        assert replay_sequences(date_from=DAY, sequences=[good])["exact"] == 1
    assert containers.left() == []


@contextlib.contextmanager
def served(prefect_api: str) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A process that serves the replay as a deployment; the deployment's name."""
    name = f"replay-{os.urandom(4).hex()}"
    code = f"from flows.replay_sequences import replay_sequences as f; f.serve(name={name!r}, pause_on_shutdown=False)"
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        env={**os.environ, "PREFECT_API_URL": prefect_api, "PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield process, f"replay-sequences/{name}"
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.mark.usefixtures("endless")
def test_a_deployed_run(containers: Containers, prefect_api: str) -> None:
    """Cancelled in Prefect, killed, and ended with its worker; one after the other, for a worker starts slowly."""

    def begun() -> UUID:
        run = client.create_flow_run_from_deployment(_deployment(client, name)[0], parameters={"date_from": str(DAY)})
        until(lambda: is_asked(containers))
        return run.id

    def nothing_is_left(run: UUID, ended: StateType | None) -> None:
        def state() -> StateType | None:
            now = client.read_flow_run(run).state
            return now.type if now is not None else None

        until(lambda: ended is None or state() is ended)
        until(lambda: containers.left() == [])

    with get_client(sync_client=True) as client, served(prefect_api) as (worker, name):
        until(lambda: _deployment(client, name))
        cancelled = begun()
        client.set_flow_run_state(cancelled, Cancelling())
        nothing_is_left(cancelled, StateType.CANCELLED)

        killed = begun()
        for child in psutil.Process(worker.pid).children(recursive=True):
            child.kill()
        nothing_is_left(killed, StateType.CRASHED)

        with_worker = begun()
        worker.terminate()
        worker.wait(timeout=600)
        nothing_is_left(with_worker, None)


def _deployment(client: SyncPrefectClient, name: str) -> list[UUID]:
    try:
        return [client.read_deployment_by_name(name).id]
    except ObjectNotFound:
        return []


@pytest.mark.chaos
@pytest.mark.parametrize("seed", range(50))
def test_killed_at_any_time(
    production: Production, catalog: Catalog, containers: Containers, stub: Stub, prefect_api: str, seed: int
) -> None:
    stub("0.3.1")
    for hour in range(6):
        production.add(frames=6, seen=6, hour=hour)
    import_sequences(date_from=DAY)
    process = replay_command(production, prefect_api)
    chosen = random.Random(seed)
    timer = threading.Timer(
        chosen.uniform(2.0, 9.0), process.send_signal, [chosen.choice([signal.SIGKILL, signal.SIGINT, signal.SIGTERM])]
    )
    timer.start()
    process.communicate(timeout=120)
    timer.cancel()
    if process.returncode == -signal.SIGKILL:
        housekeeping()
    assert containers.left() == []
    with catalog.read() as connection:
        assert not [each for each in recorded_processes(connection) if each.alive() and "Prefect" not in each.purpose]
    assert replay_sequences(date_from=DAY)["exact"] == 6
    assert containers.left() == []
