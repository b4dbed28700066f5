"""A release and its throwaway object store, as local processes."""

from __future__ import annotations

import shlex
import tempfile
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx

from blocks.releases import Releases
from smokewatch.domain.answers import Health, parse_health
from smokewatch.errors import InvalidAnswerError, RunError, UsageError
from smokewatch.store.catalog import Catalog
from tasks.object_store import ObjectStore, free_ports
from tasks.processes import OwnProcess, kill, spawn, stop

_MAX_ANSWER_BYTES = 16 * 1024 * 1024
_MAX_RESTARTS = 2
_GRACE_SECONDS = 2.0


class UnhealthyError(RunError):
    """The release cannot be used (any more); the message says why."""


class _TooSlowError(RunError):
    """No answer in time."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer to ``POST /predict`` as it came."""

    status: int
    content: bytes
    milliseconds: float


class ProcessStack:
    """One version of a release serving on 127.0.0.1, and the S3 server it reads frames from.

    Use it in a ``with`` statement: leaving it ends both, whatever happened. It may be shared between threads.

    Raises (on entering):
        UnhealthyError: when the release ends or does not become healthy in time.
        RunError: when the object store cannot be started.
    """

    def __init__(self, releases: Releases, version: str, *, catalog: Catalog, run_id: str) -> None:
        self._releases, self._version = releases, version
        self._catalog, self._run_id = catalog, run_id
        self._objects: ObjectStore | None = None
        self._process: OwnProcess | None = None
        self._lock = threading.Lock()
        self._restarts = 0
        self._aborted = False
        self._client: httpx.Client | None = None
        self.health: Health | None = None

    def __enter__(self) -> ProcessStack:
        try:
            self._objects = ObjectStore.start(catalog=self._catalog, run_id=self._run_id)
            self._spawn_release()
            self._objects.wait_ready()
            self.health = self._wait_healthy()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        # Each part is ended whatever becomes of the others: ending writes to the catalog, which may fail.
        with ExitStack() as ending:
            if self._objects is not None:
                ending.callback(self._objects.close)
            if self._process is not None:
                ending.callback(stop, self._process, self._catalog, grace_seconds=_GRACE_SECONDS)
            if self._client is not None:
                ending.callback(self._client.close)

    def put_frame(self, bucket: str, key: str, content: bytes) -> None:
        """Show the release a frame.

        Raises:
            RunError: when the object store does not take it.
        """
        assert self._objects is not None
        self._objects.put(bucket, key, content)

    def abort(self) -> None:
        """Kill the release at once, for good: whoever waits for an answer gets an error."""
        self._aborted = True
        if self._process is not None:
            kill(self._process)

    def predict(self, body: bytes) -> Reply:
        """Ask the release, with the request's exact bytes and everything it can tell.

        Requests wait for each other: a release infers one at a time anyway, and one that kills it takes no other
        down with it. A release that died since is started again, a few times at the most.

        Raises:
            UnhealthyError: when the release died too often, or does not come back.
            RunError: when it gives no answer: dead, too slow or too large.
        """
        with self._lock:
            self._ensure_running()
            try:
                reply = self._ask(body)
            except _TooSlowError:
                # It infers one request at a time: whoever comes next would wait behind this one.
                assert self._process is not None
                kill(self._process)
                raise
            self._restarts = 0
            return reply

    def _ensure_running(self) -> None:
        assert self._process is not None
        if self._aborted:
            raise UnhealthyError(f"release {self._version} was stopped with its run")
        if self._process.exit_code() is None:
            return
        self._restarts += 1
        if self._restarts > _MAX_RESTARTS:
            raise UnhealthyError(f"release {self._version} died {self._restarts} times: {_ending(self._process)}")
        stop(self._process, self._catalog)
        self._spawn_release()
        self.health = self._wait_healthy()

    def _ask(self, body: bytes) -> Reply:
        assert self._client is not None
        assert self._process is not None
        started = time.perf_counter()
        too_slow = _TooSlowError(f"no answer within {self._releases.predict_seconds:g} s")
        try:
            with self._client.stream(
                "POST",
                "/predict?verbose=true&compute_trigger=true",
                content=body,
                headers={"Content-Type": "application/json"},
            ) as response:
                content = b""
                for chunk in response.iter_bytes():
                    content += chunk
                    if time.perf_counter() - started > self._releases.predict_seconds:
                        raise too_slow
                    if len(content) > _MAX_ANSWER_BYTES:
                        raise RunError(f"the answer is larger than {_MAX_ANSWER_BYTES} bytes")
        except httpx.TimeoutException as error:
            raise too_slow from error
        except httpx.RequestError as error:
            time.sleep(0.05)  # let a dying process be seen as dead
            raise RunError(f"no answer: {_ending(self._process)}") from error
        return Reply(response.status_code, content, (time.perf_counter() - started) * 1000)

    def _spawn_release(self) -> None:
        assert self._objects is not None
        assert self._releases.command is not None
        (port,) = free_ports(1)
        try:
            command = shlex.split(self._releases.command.replace("{port}", str(port)))
        except ValueError as error:
            raise UsageError(f"SMOKEWATCH_RELEASE_COMMAND cannot be read as a command: {error}") from error
        self._process = spawn(
            command,
            environment={**self._releases.environment(self._version), **self._objects.release_environment()},
            catalog=self._catalog,
            run_id=self._run_id,
            purpose=f"release {self._version}",
            folder=Path(tempfile.mkdtemp(prefix="smokewatch-release-")),
        )
        if self._client is not None:
            self._client.close()
        # trust_env off: a proxy setting must not carry requests away from this machine.
        self._client = httpx.Client(
            base_url=f"http://127.0.0.1:{port}", timeout=self._releases.predict_seconds, trust_env=False
        )

    def _wait_healthy(self) -> Health:
        assert self._client is not None
        assert self._process is not None
        deadline = time.monotonic() + self._releases.health_seconds
        last = "it does not answer"
        while time.monotonic() < deadline:
            if self._aborted:
                raise UnhealthyError(f"release {self._version} was stopped with its run")
            if self._process.exit_code() is not None:
                raise UnhealthyError(f"release {self._version} is gone before it was healthy: {_ending(self._process)}")
            try:
                health = parse_health(self._client.get("/health", timeout=5).content)
                if health.api_version not in (None, self._version):
                    raise UnhealthyError(f"release {self._version} is {health.api_version}: its /health says so")
                if health.model_loaded:
                    return health
                last = f"/health says {health.status!r}, no model loaded"
            except httpx.RequestError:
                pass  # not listening yet: the usual case
            except InvalidAnswerError as error:
                last = f"/health: {error}"
            time.sleep(0.05)
        raise UnhealthyError(f"release {self._version} not healthy after {self._releases.health_seconds:g} s: {last}")


def _ending(process: OwnProcess) -> str:
    code = process.exit_code()
    return f"{'still running' if code is None else f'ended with code {code}'}; its last words: {process.last_words()}"
