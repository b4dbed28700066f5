"""The Docker engine of this machine, and how to reach its containers."""

from __future__ import annotations

import os
import platform
import re
import socket
from enum import Enum
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import docker
import requests
from docker.context import ContextAPI
from docker.context.config import get_current_context_name
from docker.errors import APIError, DockerException, NotFound
from docker.models.containers import Container

from blocks.images import Images, RegistryLogin, why
from smokewatch.errors import UsageError

_CALL_SECONDS = 120
_OWN_ID = re.compile(r"/containers/([0-9a-f]{64})/(?:hostname|hosts|resolv\.conf)\b")
_LOCAL_HOSTS = (None, "", "localhost", "127.0.0.1", "::1")


class Reach(Enum):
    """How this process gets to a container."""

    ROUTED = "by its own address"
    JOINED = "through its network, which this process's own container joins"
    PUBLISHED = "by ports published on 127.0.0.1"


class Engine:
    """A Docker engine on this machine. It may be shared between threads."""

    def __init__(
        self, client: docker.DockerClient, reach: Reach, own: Container | None, login: RegistryLogin | None = None
    ) -> None:
        self.client = client
        self.reach = reach
        self.own_container = own
        """The container that this process runs in, None outside of any."""
        self.images = Images(client, login)

    @classmethod
    def connect(cls, login: RegistryLogin | None = None) -> Engine:
        """The engine that DOCKER_HOST, the current context, or the usual socket names.

        Raises:
            UsageError: when none answers, or it is another machine's.
        """
        environment = dict(os.environ)
        if not environment.get("DOCKER_HOST"):
            environment["DOCKER_HOST"] = _context_host()
        url = environment.get("DOCKER_HOST") or "the usual socket"
        try:
            client = docker.from_env(environment=environment, timeout=_CALL_SECONDS, max_pool_size=32)
            info = client.info()
        except (DockerException, requests.RequestException) as error:
            raise UsageError(
                f"no Docker engine answers at {url} ({why(error)}): start one, or set SMOKEWATCH_RUNTIME=process"
            ) from None
        try:
            reach, own = _reach(client, info, url)
        except UsageError:
            client.close()
            raise
        return cls(client, reach, own, login)

    @classmethod
    def find(cls, login: RegistryLogin | None = None) -> Engine | None:
        """The engine of this machine, None when none can be used."""
        try:
            return cls.connect(login)
        except UsageError:
            return None

    def close(self) -> None:
        """Close its connections."""
        self.client.close()


def _reach(client: docker.DockerClient, info: dict[str, Any], url: str) -> tuple[Reach, Container | None]:
    own = _own_container(client)
    if own is not None:
        if own.attrs["HostConfig"]["NetworkMode"] == "host":
            return Reach.ROUTED, own
        return Reach.JOINED, own
    if info.get("Name") == socket.gethostname() and info.get("KernelVersion") == platform.release():
        rootless = any("rootless" in option for option in info.get("SecurityOptions") or ())
        return (Reach.PUBLISHED if rootless else Reach.ROUTED), None
    parts = urlsplit(url)
    on_this_machine = parts.scheme not in ("tcp", "http", "https", "ssh") or parts.hostname in _LOCAL_HOSTS
    # A virtual machine on this one, as Docker Desktop's: its ports are published on 127.0.0.1, its networks are far.
    if on_this_machine and parts.scheme != "ssh" and platform.system() in ("Darwin", "Windows"):
        return Reach.PUBLISHED, None
    if on_this_machine and "Desktop" in str(info.get("OperatingSystem")):
        return Reach.PUBLISHED, None
    raise UsageError(
        f"the Docker engine at {url} runs on another machine ({info.get('Name')}): "
        "unset DOCKER_HOST to use this machine's, or run the flow over there, where its containers can be reached"
    )


def _context_host() -> str:
    """The address of the Docker context in use, empty for the usual socket."""
    name = os.environ.get("DOCKER_CONTEXT")
    context = ContextAPI.get_context(name)
    if context is None:
        raise UsageError(
            f"there is no Docker context named {name or get_current_context_name()!r}: choose one that is there "
            "(`docker context ls`), or set SMOKEWATCH_RUNTIME=process"
        )
    return context.Host or ""


def _own_container(client: docker.DockerClient) -> Container | None:
    """The container this process runs in, when this engine runs it."""
    candidates = [socket.gethostname()] if Path("/.dockerenv").exists() else []
    mounts = Path("/proc/self/mountinfo")
    if mounts.exists() and (match := _OWN_ID.search(mounts.read_text())):
        candidates.insert(0, match[1])
    for candidate in candidates:
        try:
            return client.containers.get(candidate)
        except (NotFound, APIError):
            continue
    return None
