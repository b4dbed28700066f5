"""One Prefect server, nothing of it older than the tests; the repository's deployments on it; one real worker."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import yaml
from prefect.workers.process import ProcessWorker
from prefect_docker.worker import DockerWorker

from demo.processes import Children, free_ports
from tests.prefect_server import one_authority
from tests.servers import PostgreSql
from tests.waiting import until

ROOT = Path(__file__).parents[2]
PREFECT = [sys.executable, "-m", "prefect"]
CRONS = {
    "daily/default": "0 2 * * *",
    "check-drift/default": "0 6 * * *",
    "refresh-risk/default": "0 4 * * *",
    "watch/default": "*/5 * * * *",
    "housekeeping/default": "5 * * * *",
}


@dataclass(frozen=True)
class Server:
    """A Prefect server, asked over HTTP as its pages ask it."""

    api: str
    folder: Path
    children: Children

    def environment(self) -> dict[str, str]:
        """What makes a process talk to it."""
        return {
            "PREFECT_API_URL": self.api,
            "PREFECT_HOME": str(self.folder / "home"),
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "PREFECT_WORKER_QUERY_SECONDS": "1",
            "PREFECT_LOGGING_TO_API_ENABLED": "false",
            "PREFECT_API_SSL_CERT_FILE": str(one_authority(self.folder)),
            "NO_PROXY": str(urlsplit(self.api).hostname),
        }

    def prefect(self, *arguments: str, **environment: str) -> str:
        """Run a command of Prefect's in the repository, as docs/operations.md has it; what it printed."""
        ended = subprocess.run(
            [*PREFECT, *arguments],
            env={**os.environ, **self.environment(), **environment},
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=600,
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout

    def post(self, path: str, body: dict[str, Any] | list[dict[str, Any]]) -> Any:
        """An answer's JSON, None without one."""
        answer = httpx.post(f"{self.api}{path}", json=body, trust_env=False, verify=False, timeout=120)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    def deployments(self) -> dict[str, dict[str, Any]]:
        """Every deployment by flow and name."""
        flows = {flow["id"]: flow["name"] for flow in self.post("/flows/filter", {})}
        return {f"{flows[each['flow_id']]}/{each['name']}": each for each in self.post("/deployments/filter", {})}

    def runs(self, *states: str, **flow_runs: Any) -> list[dict[str, Any]]:
        """Flow runs in these states."""
        chosen = {"state": {"type": {"any_": list(states)}}} | flow_runs
        found: list[dict[str, Any]] = self.post("/flow_runs/filter", {"flow_runs": chosen})
        return found

    def run(self, name: str, *, at: str | None = None, job: dict[str, Any] | None = None, **parameters: Any) -> str:
        """Ask for a run, now or as if it had been scheduled for a time, with job variables of its own; its id."""
        state = {"type": "SCHEDULED", "state_details": {"scheduled_time": at} if at else {}}
        body = {"state": state, "parameters": parameters, "job_variables": job or {}}
        created = self.post(f"/deployments/{self.deployments()[name]['id']}/create_flow_run", body)
        return str(created["id"])

    def ended(self, *ids: str) -> dict[str, dict[str, Any]]:
        """The runs, once all of them have ended."""
        ends = ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")
        found: dict[str, dict[str, Any]] = {}

        def all_ended() -> bool:
            found.update({run["id"]: run for run in self.runs(*ends, id={"any_": list(ids)})})
            return len(found) == len(ids)

        until(all_ended, 600, every=0.3)
        return found


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, postgresql: PostgreSql) -> Iterator[Server]:
    """A server that has just been installed."""
    with new_server(tmp_path_factory.mktemp("prefect"), postgresql) as running:
        yield running


@contextmanager
def new_server(folder: Path, postgresql: PostgreSql, *, host: str = "127.0.0.1") -> Iterator[Server]:
    """A server that has just been installed, on PostgreSQL: with a worker SQLite is too slow for it."""
    (port,) = free_ports(1)
    with Children(folder / "logs") as children:
        running = Server(f"http://{host}:{port}/api", folder, children)
        environment = running.environment()
        del environment["PREFECT_API_URL"]
        url = postgresql.new_database().replace("postgresql:", "postgresql+asyncpg:")
        environment["PREFECT_API_DATABASE_CONNECTION_URL"] = url
        environment["PREFECT_UI_URL"] = f"http://{host}:{port}"  # what messages link to
        start = [*PREFECT, "server", "start", f"--host={host}", f"--port={port}", "--no-ui"]
        child = children.start("server", start, environment)

        def answers() -> bool:
            try:
                return httpx.get(f"{running.api}/health", trust_env=False, verify=False, timeout=5).is_success
            except httpx.TransportError:
                return False

        child.wait_until(answers, timeout=600)
        yield running


@pytest.fixture(scope="module")
def deployed(server: Server) -> Server:
    """The server with the repository's deployments."""
    for worker in (ProcessWorker, DockerWorker):  # as `prefect work-pool create` does, which takes seconds to start
        pool = {"name": worker.type, "type": worker.type}
        server.post("/work_pools/", pool | {"base_job_template": worker.get_default_base_job_template()})
    server.prefect("--no-prompt", "deploy", "--all")
    return server


@pytest.fixture(scope="module")
def written() -> list[dict[str, Any]]:
    """The deployments as they are written down."""
    deployments: list[dict[str, Any]] = yaml.safe_load((ROOT / "prefect.yaml").read_text())["deployments"]
    return deployments
