"""Images: which one a reference gives, and having it here."""

from __future__ import annotations

import re
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import docker
import requests
from docker.auth import resolve_repository_name
from docker.errors import APIError, DockerException, ImageNotFound
from docker.utils import parse_repository_tag

from smokewatch.domain.releases import IdentityKind, ReleaseIdentity
from smokewatch.errors import RunError

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


@dataclass(frozen=True, slots=True)
class RegistryLogin:
    """What a registry asks for; the password is never shown."""

    username: str
    password: str
    registry: str

    def __repr__(self) -> str:
        return f"RegistryLogin({self.username}@{self.registry})"


class Images:
    """An engine's images and the registries they come from. It may be shared between threads."""

    def __init__(self, client: docker.DockerClient, login: RegistryLogin | None = None) -> None:
        self._client = client
        self._login = login
        self._pulling: dict[str, threading.Lock] = defaultdict(threading.Lock)

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
            api: Any = self._client.api
            told = api.inspect_distribution(reference, auth_config=self._auth(reference))
            return ReleaseIdentity(IdentityKind.REGISTRY_DIGEST, told["Descriptor"]["digest"])
        except (DockerException, requests.RequestException) as error:
            return _refusal(why(error))

    def _local_identity(self, reference: str) -> ReleaseIdentity | None:
        with engine_errors(f"looking for image {reference}"):
            try:
                image = self._client.images.get(reference)
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
                return str(self._client.images.get(name).id)
            except ImageNotFound:
                return None

    def _pull(self, repository: str, digest: str, progress: PullProgress) -> None:
        # Not `images.pull`, which tells every failure as "not found".
        name = f"{repository}@{digest}"
        layers: dict[str, tuple[int, int]] = {}
        try:
            stream: Iterator[dict[str, Any]] = self._client.api.pull(
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
            raise RunError(f"image {name} cannot be pulled: {_refusal(why(error))}") from error

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
        raise RunError(f"Docker engine, {doing}: {why(error)}") from error


def why(error: Exception) -> str:
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
