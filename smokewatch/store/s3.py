"""Objects on an S3 server, below a bucket's prefix.

Where the server is and who we are is told as to every S3 tool, by the AWS environment: ``AWS_ENDPOINT_URL_S3`` or
``AWS_ENDPOINT_URL`` (without: AWS), ``AWS_REGION`` or ``AWS_DEFAULT_REGION``, ``AWS_CA_BUNDLE``; credentials from
``AWS_ACCESS_KEY_ID``, ``AWS_SECRET_ACCESS_KEY`` and ``AWS_SESSION_TOKEN``, else the AWS credentials file
(``AWS_PROFILE``), else the machine's role. Not settings of our own: the same words serve ``aws`` and ``dvc``, and a
secret has one place. They are read from the environment only, not from ``.env``.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from io import BytesIO
from typing import BinaryIO, NoReturn
from urllib.parse import urlsplit
from xml.etree.ElementTree import ParseError

import certifi
import urllib3
from minio import Minio
from minio.credentials.providers import AWSConfigProvider, ChainedProvider, EnvAWSProvider, IamAwsProvider
from minio.error import MinioException, S3Error

from smokewatch.errors import StorageError, UsageError

SCHEME = "s3://"
_LOCATION = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/([\w!.*'()/-]*))?", re.ASCII)
_NOT_S3 = (MinioException, urllib3.exceptions.HTTPError, ParseError)
_CONNECTIONS = 32
_BACKOFF_SECONDS = 0.2  # doubled each time: a server may be gone for six seconds
_BLOCK = 1 << 20


class S3Folder:
    """A prefix of a bucket. May be shared between threads. Nothing it raises tells a key or a signature."""

    def __init__(self, location: str, client: Minio, http: urllib3.PoolManager, bucket: str, prefix: str) -> None:
        self.location = location.rstrip("/")
        self._client, self._http, self._bucket, self._prefix = client, http, bucket, prefix

    @classmethod
    def open(cls, location: str, *, name: str) -> S3Folder:
        """Open ``s3://bucket/prefix``; the bucket must be there, the prefix need not.

        Args:
            location: the address.
            name: what the caller calls it, for messages.

        Raises:
            UsageError: when it is no such address, the server cannot be reached or refuses us, or has no such bucket.
        """
        match = _LOCATION.fullmatch(location)
        if match is None or ".." in location:
            raise UsageError(f"{name} is no S3 address: expected s3://bucket/prefix")
        prefix = (match[2] or "").strip("/")
        http = _http_client()
        folder = cls(location, _client(http), http, match[1], f"{prefix}/" if prefix else "")
        try:
            # Not the cheaper HEAD: its refusals have no body, so no reason.
            next(folder._client.list_objects(folder._bucket, folder._prefix, recursive=True), None)
        except (*_NOT_S3, ValueError) as error:  # ValueError: no credentials anywhere
            raise UsageError(f"{name}={location} cannot be used: {_reason(error)}: {_hint(error)}") from None
        return folder

    def put_absent(self, path: str, content: bytes) -> None:
        """Store an object unless there is one: for names that say what the content is.

        One conditional request. A server that does not know the condition stores the same bytes under the same name
        once more, and objects appear whole or not at all: harmless, as when two writers come at the same moment.

        Raises:
            StorageError: when the server does not take it.
        """
        with self._told(path):
            # minio-py signs no conditions; a signed address takes them.
            url = self._client.get_presigned_url("PUT", self._bucket, self._prefix + path)
            md5 = base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()
            answer = self._http.request("PUT", url, body=content, headers={"If-None-Match": "*", "Content-MD5": md5})
            if answer.status in (HTTPStatus.OK, HTTPStatus.PRECONDITION_FAILED):
                return
            if answer.status not in (HTTPStatus.CONFLICT, HTTPStatus.NOT_IMPLEMENTED):
                code = re.search(rb"<Code>(\w+)</Code>", answer.data)
                self._fail(path, code[1].decode() if code else f"status {answer.status}")
            # Another writer is at it, and may still fail; or the server has no conditions.
            self._client.put_object(self._bucket, self._prefix + path, BytesIO(content), len(content))

    def read(self, path: str, offset: int = 0, length: int = 0) -> bytes | None:
        """An object's bytes, or ``length`` of them from ``offset`` on; None when there is no such object.

        Raises:
            StorageError: when the server does not give it.
        """
        with self._told(path):
            try:
                answer = self._client.get_object(self._bucket, self._prefix + path, offset=offset, length=length)
            except S3Error as error:
                if error.code == "NoSuchKey":
                    return None
                if error.code == "InvalidRange":
                    return b""
                raise
            try:
                content = bytes(answer.read())
            finally:
                answer.release_conn()
        return content

    def copy_to(self, path: str, target: BinaryIO) -> bool:
        """Copy an object's bytes into a file; False when there is no such object.

        Raises:
            StorageError: when the server does not give it.
            OSError: when the file does not take it.
        """
        with self._told(path):
            try:
                answer = self._client.get_object(self._bucket, self._prefix + path)
            except S3Error as error:
                if error.code == "NoSuchKey":
                    return False
                raise
            try:
                for block in answer.stream(_BLOCK):
                    target.write(block)
            finally:
                answer.close()
                answer.release_conn()
        return True

    def sizes(self, paths: Iterable[str]) -> dict[str, int]:
        """How many bytes these objects have; those that are not there are left out.

        Raises:
            StorageError: when the server does not list them.
        """
        with self._told(""):
            listed = list(self._client.list_objects(self._bucket, self._prefix, recursive=True))
        found = {str(each.object_name).removeprefix(self._prefix): each.size or 0 for each in listed}
        return {path: found[path] for path in paths if path in found}

    @contextmanager
    def _told(self, path: str) -> Iterator[None]:
        try:
            yield
        except _NOT_S3 as error:
            self._fail(path, _reason(error))

    def _fail(self, path: str, reason: str) -> NoReturn:
        raise StorageError(f"{self.location}/{path}: {reason}: check the S3 server, then run again") from None


def _client(http: urllib3.PoolManager) -> Minio:
    url = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or "https://s3.amazonaws.com"
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or parts.path.strip("/") or parts.username or not parts.hostname:
        raise UsageError("AWS_ENDPOINT_URL is no server's address: expected https://host:port")
    # Asked last, and briefly: on most machines nobody answers.
    role = IamAwsProvider(http_client=urllib3.PoolManager(timeout=urllib3.Timeout(2), retries=False))
    return Minio(
        parts.netloc,
        region=os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION"),
        secure=parts.scheme == "https",
        credentials=ChainedProvider([EnvAWSProvider(), AWSConfigProvider(), role]),
        http_client=http,
    )


def _http_client() -> urllib3.PoolManager:
    authorities = os.environ.get("AWS_CA_BUNDLE") or os.environ.get("SSL_CERT_FILE") or certifi.where()
    return urllib3.PoolManager(
        maxsize=_CONNECTIONS,
        timeout=urllib3.Timeout(connect=5, read=60),
        retries=urllib3.Retry(total=5, backoff_factor=_BACKOFF_SECONDS, status_forcelist=[500, 502, 503, 504]),
        cert_reqs="CERT_REQUIRED",
        ca_certs=authorities,
    )


def _reason(error: Exception) -> str:
    """What went wrong, without what was asked: an address may be signed."""
    if isinstance(error, S3Error):
        return str(error.code)
    if isinstance(error, ValueError):
        return "no credentials"
    cause = error.reason if isinstance(error, urllib3.exceptions.MaxRetryError) and error.reason else error
    return str(cause).rpartition(": ")[2] if isinstance(cause, urllib3.exceptions.HTTPError) else type(cause).__name__


def _hint(error: Exception) -> str:
    if isinstance(error, S3Error):
        return {"NoSuchBucket": "make the bucket, or name another"}.get(
            str(error.code), "check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and what they may do"
        )
    if isinstance(error, ValueError):
        return "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE"
    return "check AWS_ENDPOINT_URL"
