"""What a stack is made of, and what a runtime must be able to do."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Event
from typing import Protocol

from smokewatch.domain.releases import Isolation, ReleaseIdentity
from smokewatch.errors import RunError

S3_REGION = "us-east-1"


class UnhealthyError(RunError):
    """The release cannot be used (any more); the message says why."""


class StoppedError(RunError):
    """The run is being stopped: nobody waits for this any more."""

    def __init__(self) -> None:
        super().__init__("stopped with its run")


class ImageError(RunError):
    """An image cannot be had; the message says why."""


class Part(Protocol):
    """Something of ours that runs until it is stopped."""

    def exit_code(self) -> int | None:
        """Its exit code, None while it runs."""

    def listens(self) -> bool:
        """Whether it is this part that listens at its address, asked when somebody answers there."""

    def address_lost(self) -> bool:
        """Whether its address may belong to somebody else by now; cheap, asked before every request."""

    def ending(self) -> str:
        """How it ended, and its last words, for messages."""

    def memory(self) -> int | None:
        """Bytes it holds now, all its processes together; None when that cannot be told, as when it has ended."""

    def kill(self) -> None:
        """End it at once; :meth:`stop` is still due. May be called from any thread, at any time."""

    def stop(self) -> None:
        """End it and remove all of it; one that has ended by itself is fine."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """Keys of a throwaway S3 server, worth nothing anywhere else."""

    access_key: str = field(default_factory=lambda: secrets.token_hex(8))
    secret_key: str = field(default_factory=lambda: secrets.token_hex(20), repr=False)


@dataclass(frozen=True, slots=True)
class ObjectServer:
    """A running S3 server: ``host:port`` as this process reaches it, and as releases do."""

    part: Part
    endpoint: str
    release_endpoint: str


@dataclass(frozen=True, slots=True)
class ReleaseServer:
    """A running release and the URL at which this process reaches it."""

    part: Part
    url: str


class Parts(Protocol):
    """Starts the parts of one stack."""

    def start_objects(self, credentials: Credentials) -> ObjectServer:
        """Start the S3 server; it may not answer yet."""

    def start_release(self, environment: Mapping[str, str]) -> ReleaseServer:
        """Start a replica of the release with these variables beside its own; it may not answer yet."""

    def close(self) -> None:
        """Remove what the parts shared, once they are stopped."""


class Runtime(Protocol):
    """Where releases run."""

    @property
    def name(self) -> str:
        """``docker`` or ``process``."""

    @property
    def isolation(self) -> Isolation:
        """What a running release can reach."""

    def reference(self, version: str) -> str:
        """What a temporal API version is called here; its identity is remembered under that name."""

    def identity(self, reference: str, expected: ReleaseIdentity | None) -> ReleaseIdentity:
        """What a reference gives now.

        Args:
            reference: a release's.
            expected: what it must give, as far as that is known: where the reference cannot be asked, that is taken.

        Raises:
            RunError: when it gives nothing.
        """

    def parts(self, reference: str, identity: ReleaseIdentity, *, run_id: str, aborted: Event) -> Parts:
        """Get ready to start a stack of this very release.

        Args:
            reference: where it comes from.
            identity: what will run.
            run_id: the run it belongs to.
            aborted: set when nobody waits for the stack any more: long work ends with :class:`StoppedError`.

        Raises:
            ImageError: when its bytes cannot be had.
        """


def s3_environment(endpoint: str, credentials: Credentials) -> dict[str, str]:
    """What a release needs to read frames from an S3 server (contracts/temporal-model, 1.5)."""
    return {
        "TEMPORAL_API_S3_ENDPOINT_URL": f"http://{endpoint}",
        "TEMPORAL_API_S3_REGION": S3_REGION,
        "AWS_ACCESS_KEY_ID": credentials.access_key,
        "AWS_SECRET_ACCESS_KEY": credentials.secret_key,
        "AWS_DEFAULT_REGION": S3_REGION,
    }
