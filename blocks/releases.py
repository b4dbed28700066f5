"""The releases of the temporal model: how they run, and what they must be."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import ByteSize, Field

from blocks.images import RegistryLogin
from blocks.resolve import SettingsBlock
from smokewatch.domain.buckets import bucket_name
from smokewatch.domain.releases import IdentityKind, ReleaseIdentity, process_identity
from smokewatch.errors import RunError, UsageError
from smokewatch.settings import Pin

MODEL_PATH = "TEMPORAL_API_MODEL_PATH"
_DEFAULT_MODEL = "/models/model.zip"  # contracts/temporal-model 1.5


class Releases(SettingsBlock):
    """How a recorded temporal API version is run again.

    Example:
        ```python
        from blocks.releases import Releases

        releases = Releases.resolve()
        releases.image_reference("0.3.1")
        ```
    """

    _block_type_name = "smokewatch Releases"
    _block_type_slug = "smokewatch-releases"
    _description = "How releases of the temporal model are run, pinned and fed with frames."

    setting_names: ClassVar[dict[str, str]] = {
        "runtime": "runtime",
        "image": "release_image",
        "s3_image": "s3_image",
        "registry_credentials": "registry_credentials",
        "replicas": "replicas",
        "max_replicas": "max_replicas",
        "replica_locks": "replica_locks",
        "memory": "release_memory",
        "cpus": "release_cpus",
        "command": "release_command",
        "environments": "release_env",
        "pins": "release_pins",
        "bucket_template": "bucket_template",
        "server_name": "server_name",
        "threshold": "threshold",
        "health_seconds": "health_seconds",
        "predict_seconds": "predict_seconds",
        "allow_unnamed_model": "allow_unnamed_model",
    }

    runtime: Literal["docker", "process", "auto"] = Field(
        "auto", description="How releases run: docker, process, or auto (docker when an engine answers, else process)."
    )
    image: str = Field(
        "pyronear/temporal-model-api:{version}",
        description="The image of a release, the recorded temporal API version filled in.",
    )
    s3_image: str = Field(
        "quay.io/minio/minio:RELEASE.2025-09-07T16-13-09Z",
        description="The throwaway S3 server's image: serves /data on port 9000 when called with `server /data`.",
    )
    registry_credentials: str | None = Field(
        None, description="Name of a saved DockerRegistryCredentials block; else what `docker login` saved."
    )
    replicas: int = Field(1, ge=1, description="Containers or processes of one release, each infers one at a time.")
    max_replicas: int = Field(2, ge=1, description="How many may run at once on this machine, over all releases.")
    replica_locks: Path | None = Field(
        None, description="A folder that all who share that limit see; without, one below the temporary folder."
    )
    memory: ByteSize = Field(ByteSize(4 * 1024**3), description="Memory a replica may use (containers only).")
    cpus: float | None = Field(
        None, gt=0, description="CPUs a replica may use (containers only); the engine's, shared by the replicas."
    )
    command: str | None = Field(
        None,
        description="The command that serves a release on 127.0.0.1; {port} is filled in, quotes as in a shell. "
        "It runs in an empty folder: give absolute paths.",
    )
    environments: dict[str, dict[str, str]] = Field(
        default_factory=dict, description="Temporal API version -> the environment that makes the command serve it."
    )
    pins: dict[str, Pin] = Field(
        default_factory=dict, description="Temporal API version -> the identity it must have; else what was seen first."
    )
    bucket_template: str = Field(
        "{server}-alert-api-{organization_id}", description="Production's bucket names, part of every request."
    )
    server_name: str = Field("ovh-alert-api-prod-v2", description="alert-api's SERVER_NAME, for {server}.")
    threshold: float = Field(0.45, description="alert-api's validation threshold (strict).")
    health_seconds: float = Field(300, description="How long a release may take to become healthy, in seconds.")
    predict_seconds: float = Field(600, description="How long one prediction may take, in seconds.")
    allow_unnamed_model: bool = Field(False, description="Accept a release whose /health names no model version.")

    def bucket(self, organization_id: int) -> str:
        """The organization's bucket in production.

        Raises:
            UsageError: when the template gives no S3 bucket name.
        """
        try:
            return bucket_name(self.bucket_template, server=self.server_name, organization_id=organization_id)
        except ValueError as error:
            raise UsageError(f"SMOKEWATCH_BUCKET_TEMPLATE: {error}") from error

    def image_reference(self, version: str) -> str:
        """The image of a version.

        Raises:
            UsageError: when the template has no place for it.
        """
        if "{version}" not in self.image:
            raise UsageError(f"SMOKEWATCH_RELEASE_IMAGE is {self.image!r}: write {{version}} where the version belongs")
        return self.image.replace("{version}", version)

    def registry_login(self) -> RegistryLogin | None:
        """What the saved DockerRegistryCredentials say, None when none are named.

        Raises:
            UsageError: when there is no such block.
        """
        if self.registry_credentials is None:
            return None
        from prefect_docker import DockerRegistryCredentials  # a slow import that few need

        try:
            saved = DockerRegistryCredentials.load(self.registry_credentials)
        except ValueError as error:
            raise UsageError(
                f"no DockerRegistryCredentials block named {self.registry_credentials!r}: save one in Prefect, "
                "or unset SMOKEWATCH_REGISTRY_CREDENTIALS"
            ) from error
        assert isinstance(saved, DockerRegistryCredentials)
        return RegistryLogin(saved.username, saved.password.get_secret_value(), saved.registry_url)

    def process_identity(self, version: str) -> ReleaseIdentity:
        """What the version is now as a process: its command, environment and model file.

        Raises:
            RunError: when the settings say nothing of it, or its model file cannot be read.
        """
        assert self.command is not None
        if self.environments and version not in self.environments:
            raise RunError(f"SMOKEWATCH_RELEASE_ENV says nothing of version {version}")
        environment = self.environments.get(version, {})
        model = environment.get(MODEL_PATH, _DEFAULT_MODEL if Path(_DEFAULT_MODEL).exists() else None)
        return process_identity(self.command, environment, _file_sha256(model))

    def environment(self, version: str) -> dict[str, str]:
        """The release's own variables. Only an environment made for a version may call itself that version."""
        configured = self.environments.get(version)
        return {} if configured is None else {"TEMPORAL_API_VERSION": version, **configured}

    def pin(self, version: str) -> ReleaseIdentity | None:
        """The identity the version must have, None when it is not pinned."""
        pin = self.pins.get(version)
        return None if pin is None else ReleaseIdentity(IdentityKind(pin.kind), pin.value)


def _file_sha256(path: str | None) -> str | None:
    if path is None:
        return None
    if not Path(path).is_absolute():
        raise RunError(
            f"model file {path}: give {MODEL_PATH} as an absolute path: releases run in a folder of their own"
        )
    try:
        with Path(path).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise RunError(f"model file {path}: {error.strerror}: check {MODEL_PATH} in SMOKEWATCH_RELEASE_ENV") from error
