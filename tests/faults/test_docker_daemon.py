"""Docker's daemon goes away in the middle of a replay: one line, nothing lost, the next run goes on from the ledger.

The daemon is the test's own, in a network namespace of its own: this machine's engine is not touched. Commands run in
that namespace too, or they would not reach its containers.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docker
import pytest
import sqlalchemy as sa
from docker.errors import DockerException

from demo.images.build import build_s3
from flows.import_sequences import import_sequences
from smokewatch.store import tables as t
from smokewatch.store.catalog import Catalog
from tasks.stacks.containers import RUN
from tests.images import REPOSITORY, stub_image
from tests.production import DAY, Production
from tests.waiting import until

pytestmark = pytest.mark.chaos
SMOKEWATCH = [sys.executable, "-c", "from smokewatch.cli import main; main()"]
SEQUENCES = 12


class Daemon:
    """A Docker daemon that may be killed: its data, socket and network are its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.host = f"unix://{folder / 'docker.sock'}"
        self.client = docker.DockerClient(base_url=self.host, version="1.41", timeout=120)
        self._holder = subprocess.Popen(["unshare", "--net", "sh", "-c", "ip link set lo up; exec sleep infinity"])
        until(lambda: os.readlink(f"/proc/{self._holder.pid}/ns/net") != os.readlink("/proc/self/ns/net"))
        self._process: subprocess.Popen[bytes] | None = None

    def within(self, command: list[str]) -> list[str]:
        """The command, in the daemon's network."""
        return ["nsenter", f"--net=/proc/{self._holder.pid}/ns/net", "--", *command]

    def start(self) -> None:
        """Start it until it answers, as a service manager does: where it was killed, what it left may end it once."""
        for _ in range(3):
            self._start()
            until(lambda: self._answers() or self._ended())
            if not self._ended():
                return
        raise AssertionError((self._folder / "log").read_text()[-2000:])

    def _start(self) -> None:
        folder = self._folder
        own = ["--data-root", folder / "data", "--exec-root", folder / "exec", "--pidfile", folder / "pid"]
        command = ["dockerd", "-H", self.host, "--log-level=warn", *map(str, own)]
        (folder / "pid").unlink(missing_ok=True)  # of the one that was killed: its number may be another's by now
        with (folder / "log").open("ab") as log:
            self._process = subprocess.Popen(self.within(command), stdout=log, stderr=log, start_new_session=True)

    def end(self, number: signal.Signals) -> None:
        """End it as told."""
        assert self._process is not None
        self._process.send_signal(number)
        self._process.wait(60)
        self._process = None

    def close(self) -> None:
        """End it and all that it ran."""
        if self._process is None:
            self.start()
        for each in self.client.containers.list(all=True, ignore_removed=True):
            with contextlib.suppress(DockerException):
                each.remove(force=True)
        self.end(signal.SIGTERM)
        self.client.close()
        self._holder.kill()
        self._holder.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def left(self) -> list[str]:
        """Containers and networks of any run."""
        containers = self.client.containers.list(all=True, filters={"label": RUN}, ignore_removed=True)
        networks = self.client.networks.list(filters={"label": RUN})
        return [*(f"container {each.name}" for each in containers), *(f"network {each.name}" for each in networks)]

    def _ended(self) -> bool:
        return self._process is None or self._process.poll() is not None

    def _answers(self) -> bool:
        with contextlib.suppress(DockerException, OSError):
            return bool(self.client.ping())
        return False


@pytest.fixture(scope="module")
def daemon() -> Iterator[Daemon]:
    if os.getuid() != 0 or not all(map(shutil.which, ("dockerd", "unshare", "nsenter", "ip"))):
        pytest.skip("a Docker daemon of the tests' own needs root, dockerd, unshare, nsenter and ip")
    running = Daemon(Path(tempfile.mkdtemp(prefix="smokewatch-dockerd-", dir="/tmp")))  # a socket's path is short
    running.start()
    try:
        yield running
    finally:
        running.close()


@pytest.fixture
def day(production: Production, daemon: Daemon, engine: docker.DockerClient) -> dict[str, str]:
    """A day whose replay takes some ten seconds; the environment of a command that replays it in containers."""
    stub_image(engine, "0.3.1-slow", {"STUB": "slow", "STUB_SECONDS": "0.7"})
    image = build_s3(engine).reference
    for each in (f"{REPOSITORY}:0.3.1-slow", image):
        if not daemon.client.images.list(name=each):
            daemon.client.images.load(b"".join(engine.images.get(each).save(named=each)))
    for number in range(SEQUENCES):
        production.add(frames=4, seen=4, hour=number / 2, api_version="0.3.1-slow")
    import_sequences(date_from=DAY)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    return environment | {
        "DOCKER_HOST": daemon.host,
        "PREFECT_HOME": str(production.folder / "prefect"),  # a server of its own: no other is in that network
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "SMOKEWATCH_RUNTIME": "docker",
        "SMOKEWATCH_RELEASE_IMAGE": f"{REPOSITORY}:{{version}}",
        "SMOKEWATCH_S3_IMAGE": image,
    }


@pytest.mark.parametrize("returns", [False, True], ids=["it stays away", "it is restarted at once"])
def test_the_daemon_dies_in_the_middle_of_a_replay(
    production: Production, catalog: Catalog, daemon: Daemon, day: dict[str, str], returns: bool
) -> None:
    command = daemon.within([*SMOKEWATCH, "replay", f"--day={DAY}", "--json"])

    def replay() -> subprocess.Popen[bytes]:
        with (production.folder / "errors").open("wb") as errors:
            return subprocess.Popen(command, env=day, cwd=production.folder, stdout=subprocess.PIPE, stderr=errors)

    def told() -> str:
        return (production.folder / "errors").read_text()

    process = replay()
    until(lambda: process.poll() is not None or _known(catalog) >= 3)
    assert process.poll() is None, told()
    daemon.end(signal.SIGKILL)
    if returns:
        daemon.start()
    process.communicate(timeout=300)
    assert "Traceback" not in told()
    if not returns:
        assert process.returncode == 1
        assert "Docker engine, " in told().splitlines()[-1]
    known = _known(catalog)
    if not returns:
        daemon.start()

    again = replay()
    out, _ = again.communicate(timeout=300)
    assert again.returncode == 0, told()
    summary: dict[str, Any] = json.loads(out.splitlines()[-1])
    assert (summary["exact"], summary["predict_calls"]) == (SEQUENCES, SEQUENCES - known)
    assert daemon.left() == []


def _known(catalog: Catalog) -> int:
    with catalog.read() as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(t.replays)) or 0
