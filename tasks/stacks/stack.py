"""One version of a release, in one or more replicas, and the S3 server they read frames from."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

from smokewatch.domain.answers import Health
from smokewatch.domain.releases import ReleaseIdentity
from smokewatch.errors import InvalidAnswerError, RunError
from tasks.stacks.bucket import FrameBucket
from tasks.stacks.client import NoAnswerError, NotReachedError, ReleaseClient, Reply, TooSlowError
from tasks.stacks.parts import Credentials, Parts, ReleaseServer, Runtime, StoppedError, UnhealthyError, s3_environment

_MAX_RESTARTS = 2
_DYING_SECONDS = 5.0


class Stack:
    """A running release. Use it in a ``with`` statement: leaving it removes everything, whatever happened.

    Its /health may name no other API version than ``version``, unless that is None. It may be shared between threads.
    Each replica infers one request at a time, by its own rule; whoever asks the
    same one waits.

    Raises (on entering):
        ImageError: when the release's bytes, or the S3 server's, cannot be had.
        UnhealthyError: when a replica ends or does not become healthy in time.
        StoppedError: when :meth:`abort` was called.
        RunError: when the S3 server cannot be started.
    """

    def __init__(
        self,
        runtime: Runtime,
        reference: str,
        identity: ReleaseIdentity,
        *,
        version: str | None = None,
        run_id: str,
        replicas: int = 1,
        health_seconds: float,
        predict_seconds: float,
        meanwhile: Callable[[Stack], None] | None = None,
    ) -> None:
        """`meanwhile` is called on entering, once frames can be put, while the release still starts."""
        self._meanwhile = meanwhile
        self._runtime, self._reference, self._identity, self._run_id = runtime, reference, identity, run_id
        self._version = version
        self._count = replicas
        self._health_seconds, self._predict_seconds = health_seconds, predict_seconds
        self._aborted = threading.Event()
        self._parts: Parts | None = None
        self._stops: list[Callable[[], None]] = []
        self._bucket: FrameBucket | None = None
        self._replicas: list[_Replica] = []

    @property
    def health(self) -> Health:
        """What the release's /health said when it became healthy."""
        health = self._replicas[0].health
        assert health is not None, "the stack was entered"
        return health

    @property
    def aborted(self) -> bool:
        """Whether it was killed for good."""
        return self._aborted.is_set()

    @property
    def replicas(self) -> int:
        """How many requests it answers at once."""
        return self._count

    def __enter__(self) -> Stack:
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._aborted.set()
        with ExitStack() as last:
            if self._parts is not None:
                last.callback(self._parts.close)
            # At once, and each whatever becomes of the others.
            with ThreadPoolExecutor(max(1, len(self._stops)), "ending") as pool:
                ended = [pool.submit(stop) for stop in self._stops]
            for each in ended:
                last.callback(each.result)

    def put_frame(self, bucket: str, key: str, content: bytes) -> None:
        """Show the release a frame.

        Raises:
            RunError: when the object store does not take it.
        """
        assert self._bucket is not None
        self._bucket.put(bucket, key, content)

    def remove_frames(self, bucket: str, keys: Iterable[str]) -> None:
        """Take frames away again.

        Raises:
            RunError: when the object store does not delete them.
        """
        assert self._bucket is not None
        self._bucket.remove(bucket, keys)

    def predict(self, body: bytes, *, replica: int = 0) -> Reply:
        """Ask a replica, which is started again when it has died since, a few times at the most.

        Raises:
            UnhealthyError: when it died too often, or does not come back.
            NoAnswerError: when it gives no answer: it died of the request, or is too slow, or says too much.
        """
        return self._replicas[replica].predict(body)

    def memory(self) -> list[int]:
        """Bytes that each running replica holds now."""
        return [held for replica in self._replicas if (held := replica.memory()) is not None]

    def abort(self) -> None:
        """Kill the release at once, for good: whoever waits for it or its answers gets an error."""
        self._aborted.set()
        for replica in self._replicas:
            replica.kill()

    def _start(self) -> None:
        parts = self._runtime.parts(self._reference, self._identity, run_id=self._run_id, aborted=self._aborted)
        self._parts = parts
        credentials = Credentials()
        objects = parts.start_objects(credentials)
        self._stops.append(objects.part.stop)
        environment = s3_environment(objects.release_endpoint, credentials)
        for _ in range(self._count):
            replica = _Replica(
                parts,
                self._reference,
                self._version,
                environment,
                self._aborted,
                health_seconds=self._health_seconds,
                predict_seconds=self._predict_seconds,
            )
            self._stops.append(replica.stop)
            self._replicas.append(replica)
        self._bucket = FrameBucket(objects, credentials)
        with ThreadPoolExecutor(self._count, "replicas") as pool:
            starting = [pool.submit(replica.start) for replica in self._replicas]
            self._bucket.wait_ready(self._aborted)
            if self._meanwhile is not None:
                self._meanwhile(self)
            for each in starting:
                each.result()


class _Replica:
    """A running release that answers one request at a time."""

    def __init__(
        self,
        parts: Parts,
        name: str,
        version: str | None,
        environment: dict[str, str],
        aborted: threading.Event,
        *,
        health_seconds: float,
        predict_seconds: float,
    ) -> None:
        self._parts, self._name, self._version = parts, name, version
        self._environment, self._aborted = environment, aborted
        self._health_seconds, self._predict_seconds = health_seconds, predict_seconds
        self._lock = threading.Lock()
        self._restarts = 0
        self._gone = False
        self._server: ReleaseServer | None = None
        self._client: ReleaseClient | None = None
        self.health: Health | None = None

    def start(self) -> None:
        """Start it and wait until it is healthy."""
        if self._aborted.is_set():
            raise StoppedError
        self._server = self._parts.start_release(self._environment)
        self._client = ReleaseClient(self._server.url, predict_seconds=self._predict_seconds)
        self.health = self._wait_healthy(self._server, self._client)

    def predict(self, body: bytes) -> Reply:
        with self._lock:
            while True:
                assert self._client is not None
                assert self._server is not None
                if self._gone or self._server.part.address_lost():
                    self._start_again(self._server)
                    continue
                try:
                    reply = self._client.predict(body)
                except NotReachedError:
                    self._start_again(self._server)
                except TooSlowError:
                    # It infers one request at a time: whoever comes next would wait behind this one.
                    self._server.part.kill()
                    self._gone = True
                    raise
                except NoAnswerError as error:
                    ending = self._ending(self._server)
                    self._gone = self._server.part.exit_code() is not None
                    raise NoAnswerError(f"{error}: {ending}") from error
                else:
                    self._restarts = 0
                    return reply

    def memory(self) -> int | None:
        server = self._server
        return None if server is None else server.part.memory()

    def kill(self) -> None:
        if self._server is not None:
            self._server.part.kill()

    def stop(self) -> None:
        if self._client is not None:
            self._client.close()
        if self._server is not None:
            self._server.part.stop()

    def _start_again(self, server: ReleaseServer) -> None:
        if self._aborted.is_set():
            raise StoppedError
        self._restarts += 1
        if self._restarts > _MAX_RESTARTS:
            raise UnhealthyError(f"release {self._name} died {self._restarts} times: {server.part.ending()}")
        self.stop()
        self.start()
        self._gone = False

    def _ending(self, server: ReleaseServer) -> str:
        # A dying process is not dead at once: its broken connection is seen first, on a busy machine long before.
        deadline = time.monotonic() + _DYING_SECONDS
        while server.part.exit_code() is None and time.monotonic() < deadline:
            time.sleep(0.02)
        return server.part.ending()

    def _wait_healthy(self, server: ReleaseServer, client: ReleaseClient) -> Health:
        name = f"release {self._name}"
        deadline = time.monotonic() + self._health_seconds
        last = "it does not answer"
        while time.monotonic() < deadline:
            if server.part.exit_code() is not None:
                raise UnhealthyError(f"{name} is gone before it was healthy: {server.part.ending()}")
            try:
                health = client.health()
            except InvalidAnswerError as error:
                last = f"/health: {error}"
            except NoAnswerError as error:
                last = f"/health: {error}"
            except RunError:
                pass  # not listening yet: the usual case
            else:
                if not server.part.listens():
                    last = "somebody else answers there"
                elif None not in (health.api_version, self._version) and health.api_version != self._version:
                    raise UnhealthyError(f"{name} is {health.api_version}: its /health says so")
                elif health.model_loaded:
                    return health
                else:
                    last = f"/health says {health.status!r}, no model loaded"
            if self._aborted.wait(0.05):
                raise StoppedError
        raise UnhealthyError(f"{name} not healthy after {self._health_seconds:g} s: {last}")
