"""The Internet in small: a network namespace behind this machine, with somebody who listens."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import docker

_NET = os.getpid() % 250 + 1
ADDRESS, _GATEWAY = f"198.18.{_NET}.2", f"198.18.{_NET}.1"  # of the range for tests, RFC 2544
PORT = 8000
_LISTEN = f"import http.server as h; h.HTTPServer(('{ADDRESS}', {PORT}), h.BaseHTTPRequestHandler).serve_forever()"


@contextmanager
def outside() -> Iterator[str]:
    """Somebody on another machine, reached over this one: their ``host:port``."""
    space, here, there = f"outside-{os.getpid()}", f"out{os.getpid()}a"[-15:], f"out{os.getpid()}b"[-15:]
    _ip("netns", "add", space)
    try:
        _ip("link", "add", here, "type", "veth", "peer", "name", there)
        _ip("link", "set", there, "netns", space)
        _ip("addr", "add", f"{_GATEWAY}/30", "dev", here)
        _ip("link", "set", here, "up")
        for what in (["addr", "add", f"{ADDRESS}/30", "dev", there], ["link", "set", there, "up"]):
            _ip("-n", space, *what)
        listener = subprocess.Popen(["ip", "netns", "exec", space, sys.executable, "-c", _LISTEN])
        try:
            yield f"{ADDRESS}:{PORT}"
        finally:
            listener.kill()
            listener.wait()
    finally:
        _ip("netns", "delete", space)  # the pair of links goes with it


def reaches(engine: docker.DockerClient, image: str, address: str, **options: object) -> bool:
    """Whether an ordinary container gets there in the end: without this, a sealed one's failure shows nothing."""
    host, _, port = address.rpartition(":")
    code = f"import socket; socket.create_connection(('{host}', {port}), 1).close()"
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        try:
            engine.containers.run(image, ["python", "-c", code], remove=True, **options)  # type: ignore[call-overload]
            return True
        except docker.errors.ContainerError:
            continue
    return False


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True)
