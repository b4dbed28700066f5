"""The Docker engine of this machine: how to reach its containers, and which image a reference gives."""

from __future__ import annotations

import os
import platform
import re
import socket
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import docker
import requests
from docker.auth import resolve_repository_name
from docker.context import ContextAPI
from docker.context.config import get_current_context_name
from docker.errors import APIError, DockerException, ImageNotFound, NotFound
from docker.models.containers import Container
from docker.utils import parse_repository_tag

from smokewatch.domain.releases import IdentityKind, ReleaseIdentity
from smokewatch.errors import RunError, UsageError

_CALL_SECONDS = 120
_OWN_ID = re.compile(r"/containers/([0-9a-f]{64})/(?:hostname|hosts|resolv\.conf)\b")
_LOCAL_HOSTS = (None, "", "localhost", "127.0.0.1", "::1")
# What a registry's refusal means, by what the engine says of it.
_REFUSALS = (
    (re.compile(r"no basic auth|unauthorized|authentication required|denied"), "unauthorized at the registry"),
    (re.compile(r"verification failed"), "its bytes are not what their digest says"),
    (re.compile(r"manifest unknown|name unknown"), "the registry has no such image"),
    (re.compile(r"HTTP status: 5\d\d"), "the registry failed"),
    (re.compile(r"dial tcp|timeout|Timeout|deadline exceeded|reset by peer|EOF"), "the registry cannot be reached"),
)
_LOG_IN = "`docker login`, or name a saved DockerRegistryCredentials block in SMOKEWATCH_REGISTRY_CREDENTIALS"

PullProgress = Callable[[float], None]
"""Told the part of an image that is here, from 0 to 1; may raise to end the pull."""


class Reach(Enum):
    """How this process gets to a container."""

    ROUTED = "by its own address"
    JOINED = "through its network, which this process's own container joins"
    PUBLISHED = "by ports published on 127.0.0.1"


@dataclass(frozen=True, slots=True)
class RegistryLogin:
    """What a registry asks for; the password is never shown."""

    username: str
    password: str
    registry: str

    def __repr__(self) -> str:
        return f"RegistryLogin({self.username}@{self.registry})"


class Engine:
    """A Docker engine on this machine. It may be shared between threads."""

    def __init__(
        self, client: docker.DockerClient, reach: Reach, own: Container | None, login: RegistryLogin | None = None
    ) -> None:
        self.client = client
        self.reach = reach
        self.own_container = own
        """The container that this process runs in, None outside of any."""
        self._login = login
        self._pulling: dict[str, threading.Lock] = defaultdict(threading.Lock)

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
                f"no Docker engine answers at {url} ({_why(error)}): start one, or set SMOKEWATCH_RUNTIME=process"
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

    def identity(self, reference: str, expected: ReleaseIdentity | None = None) -> ReleaseIdentity:
        """What an image reference gives now: its registry's digest, else the ID of the image that is here.

        The registry is asked even when the image is here, for a tag can move. Where it cannot be asked, what is here
        under that name counts; where nothing is here either, ``expected`` is taken: its bytes are still to be had, or
        not.

        Args:
            reference: repository with a tag or digest.
            expected: what the reference must give, as far as that is known.

        Raises:
            RunError: when neither the registry nor this engine knows it.
        """
        _, digest = parse_repository_tag(reference)
        if digest and digest.startswith("sha256:"):
            return ReleaseIdentity(IdentityKind.REGISTRY_DIGEST, digest)
        told = self._registry_digest(reference)
        if isinstance(told, ReleaseIdentity):
            found = told
        elif (here := self._local_identity(reference)) is not None:
            found = here
        elif expected is not None and expected.kind is not IdentityKind.PROCESS:
            return expected
        else:
            raise RunError(f"image {reference} cannot be had: {told}; and this engine has no image of that name")
        return expected if expected is not None and self._same(reference, found, expected) else found

    def ensure(self, reference: str, identity: ReleaseIdentity, progress: PullProgress) -> str:
        """The ID of the image with this identity, pulled by digest when it is not here.

        Args:
            reference: where it comes from; its tag is not used.
            identity: what it must be.
            progress: told how far a pull is.

        Raises:
            RunError: when it cannot be had.
        """
        if identity.kind is IdentityKind.IMAGE_ID:
            if (image_id := self._image_id(identity.value)) is None:
                raise RunError(f"image {identity.value} ({reference}) is not on this engine, and no registry has it")
            return image_id
        repository, _ = parse_repository_tag(reference)
        name = f"{repository}@{identity.value}"
        with self._pulling[name]:
            if (image_id := self._image_id(name)) is None:
                self._pull(repository, identity.value, progress)
                image_id = self._image_id(name)
        if image_id is None:
            raise RunError(f"image {name} was pulled, but is not there: is something else removing images?")
        return image_id

    def _registry_digest(self, reference: str) -> ReleaseIdentity | str:
        """The registry's word, or why there is none."""
        try:
            api: Any = self.client.api
            told = api.inspect_distribution(reference, auth_config=self._auth(reference))
            return ReleaseIdentity(IdentityKind.REGISTRY_DIGEST, told["Descriptor"]["digest"])
        except (DockerException, requests.RequestException) as error:
            return _refusal(_why(error))

    def _local_identity(self, reference: str) -> ReleaseIdentity | None:
        with engine_errors(f"looking for image {reference}"):
            try:
                image = self.client.images.get(reference)
            except ImageNotFound:
                return None
        repository, _ = parse_repository_tag(reference)
        for digest in image.attrs.get("RepoDigests") or ():
            name, _, value = digest.partition("@")
            if name == repository or name == repository.removeprefix("docker.io/").removeprefix("library/"):
                return ReleaseIdentity(IdentityKind.REGISTRY_DIGEST, value)
        return ReleaseIdentity(IdentityKind.IMAGE_ID, str(image.id))

    def _same(self, reference: str, one: ReleaseIdentity, other: ReleaseIdentity) -> bool:
        """Whether both identities name the same image: a digest is known of an image that was known by its ID."""
        if one.kind is other.kind:
            return one == other
        repository, _ = parse_repository_tag(reference)
        ids = {
            each.value if each.kind is IdentityKind.IMAGE_ID else self._image_id(f"{repository}@{each.value}")
            for each in (one, other)
        }
        return len(ids) == 1 and None not in ids

    def _image_id(self, name: str) -> str | None:
        with engine_errors(f"looking for image {name}"):
            try:
                return str(self.client.images.get(name).id)
            except ImageNotFound:
                return None

    def _pull(self, repository: str, digest: str, progress: PullProgress) -> None:
        # Not `images.pull`, which tells every failure as "not found".
        name = f"{repository}@{digest}"
        layers: dict[str, tuple[int, int]] = {}
        try:
            stream: Iterator[dict[str, Any]] = self.client.api.pull(
                repository, tag=digest, stream=True, decode=True, auth_config=self._auth(repository)
            )
            for line in stream:
                if "error" in line:
                    raise RunError(f"image {name} cannot be pulled: {_refusal(_line(line['error']))}")
                detail = line.get("progressDetail") or {}
                if line.get("status") == "Downloading" and detail.get("total"):
                    layers[line["id"]] = (detail["current"], detail["total"])
                    progress(sum(now for now, _ in layers.values()) / sum(total for _, total in layers.values()))
        except (DockerException, requests.RequestException) as error:
            raise RunError(f"image {name} cannot be pulled: {_refusal(_why(error))}") from error

    def _auth(self, reference: str) -> dict[str, str] | None:
        """The login, when it is this registry's; None leaves it to what `docker login` saved."""
        if self._login is None:
            return None
        registry, _ = resolve_repository_name(parse_repository_tag(reference)[0])
        wanted = urlsplit(self._login.registry if "//" in self._login.registry else f"//{self._login.registry}").netloc
        if registry.removeprefix("index.") != wanted.removeprefix("index."):
            return None
        return {"username": self._login.username, "password": self._login.password}


@contextmanager
def engine_errors(doing: str) -> Iterator[None]:
    """Turn an engine's errors into one line that says what was being done.

    Raises:
        RunError: when the engine refuses, or is gone.
    """
    try:
        yield
    except (DockerException, requests.RequestException) as error:
        raise RunError(f"Docker engine, {doing}: {_why(error)}") from error


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


def _why(error: Exception) -> str:
    """What an engine or registry said, in one line."""
    said = error.explanation if isinstance(error, APIError) and error.explanation else error
    return _line(said)


def _refusal(said: str) -> str:
    """What a registry's refusal means, and what was said."""
    for pattern, meaning in _REFUSALS:
        if pattern.search(said):
            return f"{meaning} ({said})" + (f": {_LOG_IN}" if meaning.startswith("unauthorized") else "")
    return said


def _line(said: object) -> str:
    return " ".join(str(said).split())[:300]
