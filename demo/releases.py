"""The temporal API releases of the demo: which scored the day, and what a reference gives by the time of replay."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from demo.objects import S3Address
from demo.processes import Child, ChildError, Children, free_ports

COMMAND = (sys.executable, "-m", "demo.release", "--port", "{port}")
MODELS = Path(__file__).parent / "release" / "models"


@dataclass(frozen=True)
class Release:
    """A tag of the temporal API, the model package in it, and how old its contract is (DEMO_RELEASE_ERA)."""

    version: str
    model_version: str
    era: str

    def environment(self) -> dict[str, str]:
        """What makes a release process this release; where frames are is set beside."""
        return {
            "TEMPORAL_API_MODEL_PATH": str(MODELS / self.model_version / "model.zip"),
            "TEMPORAL_API_VERSION": self.version,
            "DEMO_RELEASE_ERA": self.era,
        }

    def described(self) -> dict[str, object]:
        """The release as production.json has it."""
        return {"environment": self.environment(), "model_version": self.model_version}


MORNING = Release("0.3.0", "0.2.0", "0.3")
AFTERNOON = Release("0.3.1", "0.2.0", "0.3")
MOVED = Release("0.3.0", "0.2.1", "0.3")
"""The same reference as the morning's, with another model in it."""
NEWER = Release("0.4.0", "0.2.0", "0.4")
"""Scored nothing: it has the morning's model and knows compute_trigger."""
MISTAUGHT = Release("0.5.0", "0.3.0", "0.4")
"""Was never in use: its model was taught that smoke in haze is none (:mod:`demo.release.refine`)."""
TAUGHT = Release("0.5.1", "0.3.1", "0.4")
"""Was never in use: the same, taught what there is to see."""


def packages() -> list[str]:
    """The model packages that there are, the day's first."""
    return [str(MODELS / version / "model.zip") for version in (AFTERNOON.model_version, MOVED.model_version)]


def command_text(command: Sequence[str] = COMMAND) -> str:
    """The release's command as one shell-style string with a `{port}` to fill in."""
    return " ".join(part if part == "{port}" else shlex.quote(part) for part in command)


@dataclass
class RunningRelease:
    """A release process and where it answers."""

    url: str
    child: Child

    def is_healthy(self) -> bool:
        """Whether /health says that the model is loaded."""
        health = self._health()
        return health is not None and health["model_loaded"] is True

    def wait_until_healthy(self) -> None:
        """Return once the release is healthy.

        Raises:
            ChildError: the process ended, could not load its model, or is not there after a minute.
        """

        def answers() -> bool:
            health = self._health()
            # A release that answers without a model will not load one any more.
            if health is not None and health["status"] == "unavailable":
                raise ChildError(f"{self.child.name} could not load its model: see {self.child.log}")
            return health is not None and health["model_loaded"] is True

        self.child.wait_until(answers)

    def _health(self) -> dict[str, Any] | None:
        try:
            # Plain HTTP: without `verify` no certificates are read, which takes longer than the call.
            answer = httpx.get(f"{self.url}/health", timeout=5, trust_env=False, verify=False)
        except httpx.TransportError:
            return None
        health: dict[str, Any] | None = answer.json() if answer.status_code == 200 else None
        return health


def start(children: Children, release: Release, s3: S3Address, command: Sequence[str]) -> RunningRelease:
    """Start a release on a free port of 127.0.0.1; it may not answer yet when this returns."""
    (port,) = free_ports(1)
    environment: Mapping[str, str] = {**release.environment(), **s3.release_environment()}
    filled = [part.replace("{port}", str(port)) for part in command]
    child = children.start(f"release-{release.version}", filled, environment)
    return RunningRelease(f"http://127.0.0.1:{port}", child)
