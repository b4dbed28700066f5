"""Frames on a throwaway S3 server, under their original bucket and keys."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from io import BytesIO
from xml.etree.ElementTree import ParseError

import urllib3
from minio import Minio
from minio.deleteobjects import DeleteObject
from minio.error import MinioException

from smokewatch.errors import RunError
from tasks.stacks.parts import S3_REGION, Credentials, ObjectServer, StoppedError

_READY_SECONDS = 60
_NOT_S3 = (MinioException, urllib3.exceptions.HTTPError, ValueError, ParseError)


class FrameBucket:
    """A client of a stack's S3 server. It may be shared between threads."""

    def __init__(self, server: ObjectServer, credentials: Credentials) -> None:
        self._server = server
        self._client = Minio(
            server.endpoint,
            access_key=credentials.access_key,
            secret_key=credentials.secret_key,
            region=S3_REGION,
            secure=False,
            http_client=urllib3.PoolManager(maxsize=16, timeout=urllib3.Timeout(connect=2, read=60), retries=False),
        )
        self._lock = threading.Lock()
        self._buckets: set[str] = set()

    def wait_ready(self, aborted: threading.Event) -> None:
        """Wait until a signed call succeeds: a health page answers before the server can.

        Raises:
            RunError: when the server ends, or is not ready in time.
            StoppedError: when nobody waits for it any more.
        """
        deadline = time.monotonic() + _READY_SECONDS
        while True:
            try:
                self._client.list_buckets()
                if self._server.part.listens():
                    return
                last = "somebody else answers there"
            except _NOT_S3 as error:
                last = str(error)
            if self._server.part.exit_code() is not None:
                raise RunError(f"throwaway object store: {self._server.part.ending()}")
            if time.monotonic() > deadline:
                raise RunError(
                    f"throwaway object store at {self._server.endpoint} not ready after {_READY_SECONDS} s: {last}"
                )
            if aborted.wait(0.05):
                raise StoppedError

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
        except _NOT_S3 as error:
            raise RunError(f"throwaway object store: {bucket}/{key}: {error}") from error

    def remove(self, bucket: str, keys: Iterable[str]) -> None:
        """Delete objects, so that a long day needs no more room than a short one.

        Raises:
            RunError: when the server does not delete them.
        """
        try:
            refused = list(self._client.remove_objects(bucket, [DeleteObject(key) for key in keys]))
        except _NOT_S3 as error:
            raise RunError(f"throwaway object store: deleting from {bucket}: {error}") from error
        if refused:
            raise RunError(f"throwaway object store: {bucket}/{refused[0].name}: {refused[0].message}")
