"""Which engine is used: this machine's, and what is said when there is none."""

from __future__ import annotations

import json
import platform
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import docker
import pytest

from blocks.engine import Engine, Reach
from smokewatch.errors import UsageError


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """An engine as a forwarded port gives it; what it says of its machine, to be changed."""
    info = {"Name": "far-away", "KernelVersion": platform.release(), "OperatingSystem": "Debian GNU/Linux 12"}
    answers = {"/_ping": "OK", "/version": {"ApiVersion": "1.41", "MinAPIVersion": "1.12"}, "/info": info}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = "/" + self.path.partition("?")[0].rpartition("/")[2]
            self.send_response(200 if path in answers else 404)
            self.send_header("Api-Version", "1.41")
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(answers.get(path, {"message": "no such container"})).encode())

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        monkeypatch.setenv("DOCKER_HOST", f"tcp://127.0.0.1:{server.server_port}")
        yield info
        server.shutdown()
        thread.join()


def test_an_engine_on_another_machine_is_refused(elsewhere: dict[str, Any]) -> None:
    with pytest.raises(UsageError) as refused:
        Engine.connect()
    told = str(refused.value)
    assert "\n" not in told
    assert told.startswith("the Docker engine at tcp://127.0.0.1:")
    assert (
        "runs on another machine (far-away): unset DOCKER_HOST to use this machine's, or run the flow over there"
        in told
    )
    assert Engine.find() is None


def test_an_engine_of_this_machine_is_told_by_its_name_and_kernel(elsewhere: dict[str, Any]) -> None:
    elsewhere["Name"] = socket.gethostname()
    connected = Engine.connect()
    assert connected.reach is Reach.ROUTED
    connected.close()
    elsewhere["KernelVersion"] = "0.0.1"
    with pytest.raises(UsageError, match="runs on another machine"):
        Engine.connect()


def test_where_its_networks_are_out_of_reach_ports_are_published(elsewhere: dict[str, Any]) -> None:
    for said in (
        {"OperatingSystem": "Docker Desktop"},
        {"Name": socket.gethostname(), "SecurityOptions": ["name=rootless"]},
    ):
        before = dict(elsewhere)
        elsewhere.update(said)
        connected = Engine.connect()
        assert connected.reach is Reach.PUBLISHED
        connected.close()
        elsewhere.clear()
        elsewhere.update(before)


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("DOCKER_HOST", "tcp://127.0.0.1:9", "no Docker engine answers at tcp://127.0.0.1:9 ("),
        ("DOCKER_HOST", "unix:///none/docker.sock", "no Docker engine answers at unix:///none/docker.sock ("),
        ("DOCKER_HOST", "pigeon://post", "no Docker engine answers at pigeon://post ("),
        ("DOCKER_CONTEXT", "none", "there is no Docker context named 'none': "),
        ("DOCKER_CONFIG", "", "there is no Docker context named 'lost': "),
    ],
)
def test_without_an_engine_the_other_runtime_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, variable: str, value: str, says: str
) -> None:
    (tmp_path / "config.json").write_text('{"currentContext": "lost"}')
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    monkeypatch.setenv(variable, value or str(tmp_path))
    with pytest.raises(UsageError) as refused:
        Engine.connect()
    told = str(refused.value)
    assert "\n" not in told
    assert told.startswith(says)
    assert told.endswith(", or set SMOKEWATCH_RUNTIME=process")


def test_this_machines_engine_is_used(engine: docker.DockerClient, monkeypatch: pytest.MonkeyPatch) -> None:
    connected = Engine.connect()
    assert connected.client.info()["ID"] == engine.info()["ID"]
    connected.close()
