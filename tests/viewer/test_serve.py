"""``smokewatch serve``: a process of its own, as people start it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from smokewatch.store.bundles.writing import write_bundle
from smokewatch.store.catalog import Catalog
from smokewatch.store.frames import FrameStore
from tests.command import call

_LIGHT = """
import sys
from smokewatch.cli import main
try:
    main()
finally:
    loaded = {name.partition(".")[0] for name in sys.modules}
    heavy = loaded & {"prefect", "docker", "torch", "blocks", "tasks", "flows"}
    assert not heavy, heavy
"""


@contextmanager
def serving(folder: Path, *arguments: str, **environment: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The command, and the line it says when it answers."""
    command = [sys.executable, "-c", _LIGHT, "serve", "--port", "0", *arguments]
    with subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            yield process, process.stdout.readline()
        finally:
            process.kill()


def address(line: str) -> str:
    return line.split(" ")[3].rstrip("/;\n")


def refused(folder: Path, *arguments: str, **environment: str) -> str:
    """The one line of a call that is refused."""
    done = call(folder, "serve", *arguments, **environment)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr


def test_it_answers_soon_without_prefect_docker_or_torch_and_ends_at_once(tmp_path: Path) -> None:
    with serving(tmp_path) as (process, line):
        assert line.startswith("smokewatch is at http://127.0.0.1:")
        with httpx.Client(base_url=address(line)) as client:  # a connection stays open, and holds nothing up
            assert client.get("/api/sequences").json()["count"] == 0
            began = time.monotonic()
            process.send_signal(signal.SIGINT)
            assert process.wait(300) == 0
            assert time.monotonic() - began < 5
        assert process.stderr is not None
        assert process.stderr.read() == ""


def test_a_bundle_is_shown_where_it_lies_and_nothing_is_written(
    tmp_path: Path, made_up: Path, made_up_catalog: Catalog
) -> None:
    bundle = tmp_path / "bundle"
    write_bundle(made_up_catalog, FrameStore.open(str(made_up / "frames")), bundle)
    before = {path: path.stat().st_mtime_ns for path in bundle.rglob("*")}
    with serving(tmp_path, "--store", str(bundle)) as (_, line), httpx.Client(base_url=address(line)) as client:
        assert client.get("/api/sequences").json()["count"] == 400
        assert client.get("/api/sweep").status_code == 200
        frames = client.get("/api/sequences/alert-api_3").json()["frames"]
        assert client.get(frames[0]["url"]).headers["content-type"] == "image/jpeg"
    assert {path: path.stat().st_mtime_ns for path in bundle.rglob("*")} == before
    assert [path.name for path in tmp_path.iterdir()] == ["bundle"]


def test_others_need_a_token(tmp_path: Path) -> None:
    assert "SMOKEWATCH_VIEWER_TOKEN" in refused(tmp_path, "--host", "0.0.0.0")
    assert "--token is empty" in refused(tmp_path, "--token", " ")
    with serving(tmp_path, "--host", "0.0.0.0", SMOKEWATCH_VIEWER_TOKEN="secret") as (process, line):
        assert "secret" not in line
        port = line.partition("0.0.0.0:")[2].partition("/")[0]
        url = f"http://127.0.0.1:{port}/api/sequences"
        assert httpx.get(url).status_code == 401
        assert httpx.get(url, headers={"authorization": "Bearer secret"}).status_code == 200
        assert httpx.get(f"{url}?token=secret").status_code == 303
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=300)
        assert "secret" not in errors


def test_a_taken_port_is_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert f"port {port} of 127.0.0.1 cannot be used" in refused(tmp_path, "--port", port)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--host", "no.such.host.invalid", "--token", "x"), "no address of this machine"),
        (("--host", "203.0.113.7", "--token", "x"), "cannot be used"),
        (("--store", "nowhere"), "nowhere"),
    ],
)
def test_a_wrong_call_is_one_line(tmp_path: Path, arguments: tuple[str, ...], says: str) -> None:
    assert says in refused(tmp_path, "--port", "0", *arguments)


def test_it_listens_on_ipv6_too(tmp_path: Path) -> None:
    if not os.path.exists("/proc/net/if_inet6"):
        pytest.skip("this machine has no IPv6")
    with serving(tmp_path, "--host", "::1") as (_, line):
        assert line.startswith("smokewatch is at http://[::1]:")
        assert httpx.get(f"{address(line)}/healthz").status_code == 200
