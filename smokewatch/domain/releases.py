"""Releases: which bytes answered. A reference is a name that can move; an identity cannot."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

_API_VERSION = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$")


class IdentityKind(StrEnum):
    """What an identity is made of, the strongest first."""

    REGISTRY_DIGEST = "registry_digest"
    IMAGE_ID = "image_id"
    PROCESS = "process"


@dataclass(frozen=True, slots=True)
class ReleaseIdentity:
    """What a release is: ``value`` is ``sha256:<64 hex digits>`` for every kind."""

    kind: IdentityKind
    value: str

    def __str__(self) -> str:
        return f"{self.kind} {self.value}"


class Isolation(StrEnum):
    """What a running release could reach beside the throwaway S3 server, kept with each verdict."""

    ENGINE_HOST_ONLY = "engine_host_only"
    """An internal network: no Internet, no other network; what listens on the engine's own host can be reached."""
    ENGINE_HOST_AND_FLOW = "engine_host_and_flow"
    """As above, and what listens in the container that the replay itself runs in, which joins the network."""
    NO_MASQUERADE = "no_masquerade"
    """A bridge whose packets are not translated: the Internet does not answer, local networks may."""
    NONE = "none"
    """A process of this host: whatever this host can reach."""


def valid_api_version(version: str) -> bool:
    """Whether a recorded temporal API version may stand in an image reference (contracts/temporal-model, 4)."""
    return _API_VERSION.fullmatch(version) is not None


def process_identity(command: str, environment: Mapping[str, str], model_sha256: str | None) -> ReleaseIdentity:
    """The identity of a release that runs as a process.

    Args:
        command: as configured, with ``{port}`` not yet filled in.
        environment: the release's own variables, as configured for its version.
        model_sha256: hex digest of the model file, None when the environment names none.
    """
    parts = {"command": command, "environment": dict(environment), "model": model_sha256}
    digest = hashlib.sha256(json.dumps(parts, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
    return ReleaseIdentity(IdentityKind.PROCESS, f"sha256:{digest}")


def ledger_key(identity: ReleaseIdentity, body: bytes, frame_sha256s: tuple[str, ...]) -> str:
    """The name of one computation: these request bytes over these frame bytes through this release.

    Args:
        identity: the release's identity.
        body: the request's exact bytes.
        frame_sha256s: hex digests of the frames' bytes, in request order.

    Returns:
        64 hex digits.
    """
    parts = [identity.value, hashlib.sha256(body).hexdigest(), *frame_sha256s]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
