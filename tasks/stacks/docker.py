"""The docker runtime: the pinned image and its S3 server, in a sealed network of their own."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Event
from typing import Any, cast

from docker.errors import NotFound
from docker.models.containers import Container
from docker.models.networks import Network
from prefect.logging import get_logger

from blocks.engine import Engine, Reach
from blocks.images import engine_errors
from blocks.releases import Releases
from smokewatch.domain.releases import Isolation, ReleaseIdentity
from smokewatch.errors import RunError, StorageError, printable
from smokewatch.store.catalog import Catalog
from tasks.identities import settled_identity
from tasks.stacks.containers import (
    address,
    create_network,
    inner_address,
    kill,
    remove,
    remove_network,
    run_sealed,
)
from tasks.stacks.parts import Credentials, ImageError, ObjectServer, ReleaseServer, StoppedError, UnhealthyError

_RELEASE_PORT, _S3_PORT = 8000, 9000
_S3_MEMORY = 2 * 1024**3
_S3_CPUS = 2.0
_ISOLATION = {
    Reach.ROUTED: Isolation.ENGINE_HOST_ONLY,
    Reach.JOINED: Isolation.ENGINE_HOST_AND_FLOW,
    Reach.PUBLISHED: Isolation.NO_MASQUERADE,
}
# Where a release writes: its home, temporary files, and the weights it unpacks beside where it runs
# (contracts/temporal-model, 1.6 and 2). None of it changes what it computes.
_ENVIRONMENT = {"HOME": "/tmp", "UV_CACHE_DIR": "/tmp/uv", "UV_NO_SYNC": "1", "PYTHONDONTWRITEBYTECODE": "1"}


@dataclass(frozen=True)
class DockerRuntime:
    """Runs a release's image by its identity, never by its tag."""

    releases: Releases
    catalog: Catalog
    engine: Engine
    name: str = "docker"

    @property
    def isolation(self) -> Isolation:
        """What its containers can reach."""
        return _ISOLATION[self.engine.reach]

    def reference(self, version: str) -> str:
        """The image's name and tag."""
        return self.releases.image_reference(version)

    def identity(self, reference: str, expected: ReleaseIdentity | None) -> ReleaseIdentity:
        """What an image's name gives now."""
        return self.engine.images.identity(reference, expected)

    def parts(self, reference: str, identity: ReleaseIdentity, *, run_id: str, aborted: Event) -> ContainerParts:
        """Pull what is not here yet, and make the stack's network."""
        release_id = self._image(reference, identity, aborted)
        s3_id = self._s3_image(aborted)
        network = create_network(self.engine, run_id, f"smokewatch-{os.urandom(6).hex()}")
        try:
            with engine_errors(f"reading image {release_id}"):
                config = self.engine.client.images.get(release_id).attrs["Config"]
                cores = int(self.engine.client.info()["NCPU"])
        except BaseException:
            remove_network(self.engine, network)
            raise
        folder = config.get("WorkingDir") or "/"
        return ContainerParts(
            engine=self.engine,
            network=network,
            release_id=release_id,
            s3_id=s3_id,
            writable=("/tmp", os.path.join(folder, ".cache")),
            memory=int(self.releases.memory),
            cpus=self.releases.cpus or max(1.0, cores / self.releases.replicas),
            s3_cpus=min(_S3_CPUS, cores),
            reference=reference,
            run_id=run_id,
        )

    def _s3_image(self, aborted: Event) -> str:
        reference = self.releases.s3_image
        try:
            identity = settled_identity(
                self.catalog, reference, lambda expected: self.engine.images.identity(reference, expected)
            )
            return self._image(reference, identity, aborted)
        except (StorageError, StoppedError):
            raise
        except RunError as error:
            raise ImageError(f"S3 server: {error}: see SMOKEWATCH_S3_IMAGE") from error

    def _image(self, reference: str, identity: ReleaseIdentity, aborted: Event) -> str:
        told = -1

        def progress(done: float) -> None:
            nonlocal told
            if aborted.is_set():
                raise StoppedError
            if int(done * 10) > told:
                told = int(done * 10)
                get_logger("smokewatch").info("pulling %s (%s): %d %%", reference, identity, done * 100)

        try:
            return self.engine.images.ensure(reference, identity, progress)
        except StoppedError:
            raise
        except RunError as error:
            raise ImageError(str(error)) from error


@dataclass(frozen=True)
class ContainerParts:
    """The containers of one stack, in their network."""

    engine: Engine
    network: Network
    release_id: str
    s3_id: str
    writable: tuple[str, ...]
    memory: int
    cpus: float
    s3_cpus: float
    reference: str
    run_id: str

    def start_objects(self, credentials: Credentials) -> ObjectServer:
        """Start an S3 server that keeps everything in memory."""
        container = run_sealed(
            self.engine,
            self.s3_id,
            command=["server", "/data"],
            network=self.network,
            port=_S3_PORT,
            environment={
                "MINIO_ROOT_USER": credentials.access_key,
                "MINIO_ROOT_PASSWORD": credentials.secret_key,
                "AWS_ACCESS_KEY_ID": credentials.access_key,
                "AWS_SECRET_ACCESS_KEY": credentials.secret_key,
            },
            writable=("/data", "/tmp"),
            memory=_S3_MEMORY,
            cpus=self.s3_cpus,
            run_id=self.run_id,
            purpose="object store",
        )
        part = ContainerPart(self.engine, container)
        try:
            here = address(self.engine, container, self.network, _S3_PORT)
            return ObjectServer(part, here, f"{inner_address(container, self.network)}:{_S3_PORT}")
        except RunError as error:
            raise self._ended(part, error) from error

    def start_release(self, environment: Mapping[str, str]) -> ReleaseServer:
        """Start a replica of the release."""
        container = run_sealed(
            self.engine,
            self.release_id,
            network=self.network,
            port=_RELEASE_PORT,
            environment=_ENVIRONMENT | dict(environment),
            writable=self.writable,
            memory=self.memory,
            cpus=self.cpus,
            run_id=self.run_id,
            purpose=f"release {self.reference}",
        )
        part = ContainerPart(self.engine, container)
        try:
            return ReleaseServer(part, f"http://{address(self.engine, container, self.network, _RELEASE_PORT)}")
        except RunError as error:
            raise self._ended(part, error) from error

    def close(self) -> None:
        """Remove the network."""
        remove_network(self.engine, self.network)

    def _ended(self, part: ContainerPart, error: RunError) -> UnhealthyError:
        ended = UnhealthyError(f"{error}: {part.ending()}")
        part.stop()
        return ended


@dataclass(frozen=True)
class ContainerPart:
    """A container at an address that only its network knows."""

    engine: Engine
    container: Container

    def exit_code(self) -> int | None:
        """Its exit code, None while it runs; that of SIGKILL when it has been removed."""
        with engine_errors(f"looking at {self.container.name}"):
            try:
                self.container.reload()
            except NotFound:
                return 137
        state = self.container.attrs["State"]
        return None if state["Running"] else int(state["ExitCode"])

    def listens(self) -> bool:
        """Whoever answers at its address is it."""
        return True

    def address_lost(self) -> bool:
        """Its address is nobody else's while its network stands."""
        return False

    def ending(self) -> str:
        """How it ended, and the last line it logged."""
        code = self.exit_code()
        if code is None:
            how = "still running"
        elif self.container.attrs["State"].get("OOMKilled"):
            limit = self.container.attrs["HostConfig"]["Memory"] / 1024**3
            how = f"ended with code {code}: out of memory (it may use {limit:g} GiB: see SMOKEWATCH_RELEASE_MEMORY)"
        else:
            how = f"ended with code {code}"
        return f"{how}; its last words: {self._last_words()}"

    def memory(self) -> int | None:
        """Bytes that its control group counts, without what the kernel merely caches of files."""
        try:
            with engine_errors(f"looking at {self.container.name}"):
                told = cast("dict[str, Any]", self.container.stats(stream=False))["memory_stats"]
        except (RunError, NotFound):
            return None
        used = told.get("usage")
        return None if used is None else int(used) - int(told.get("stats", {}).get("inactive_file", 0))

    def kill(self) -> None:
        """Kill it."""
        kill(self.container)

    def stop(self) -> None:
        """Remove it."""
        remove(self.engine, self.container)

    def _last_words(self) -> str:
        try:
            with engine_errors(f"reading the log of {self.container.name}"):
                lines = self.container.logs(tail=5).decode(errors="replace").strip().splitlines()
        except RunError:
            return "its log is gone"
        return printable(lines[-1].strip(), 300) if lines else "it logged nothing"
