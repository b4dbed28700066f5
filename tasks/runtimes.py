"""Which runtime replays."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from blocks.engine import Engine
from blocks.releases import Releases
from smokewatch.errors import UsageError
from smokewatch.store.catalog import Catalog
from tasks.runs import clear_containers
from tasks.stacks.docker import DockerRuntime
from tasks.stacks.parts import Runtime
from tasks.stacks.processes import ProcessRuntime


@contextmanager
def open_runtime(releases: Releases, catalog: Catalog) -> Iterator[Runtime]:
    """The runtime that the settings ask for; ``auto`` takes docker when an engine answers.

    What earlier runs left on the engine is removed first.

    Raises:
        UsageError: when it cannot be had.
        RunError: when the engine refuses.
    """
    if releases.runtime == "process":
        if releases.command is None:
            raise UsageError(
                "SMOKEWATCH_RUNTIME=process needs SMOKEWATCH_RELEASE_COMMAND: a command that serves a release, "
                "{port} filled in"
            )
        yield ProcessRuntime(releases, catalog)
        return
    try:
        engine = Engine.connect(releases.registry_login())
    except UsageError as error:
        if releases.runtime == "docker":
            raise
        if releases.command is None:
            raise UsageError(
                f"no runtime for releases: {error}; or set SMOKEWATCH_RELEASE_COMMAND to a command that serves one"
            ) from error
        yield ProcessRuntime(releases, catalog)
        return
    try:
        clear_containers(catalog, engine)
        yield DockerRuntime(releases, catalog, engine)
    finally:
        engine.close()
