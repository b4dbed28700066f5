"""Frames fetched from S3."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import urllib3
from minio import Minio
from minio.error import MinioException, S3Error

from demo.release.errors import FrameNotFoundError, S3UnavailableError
from demo.release.settings import Settings

_MISSING = ("404", "NoSuchKey", "NoSuchBucket")
_PARALLEL = 4


class Frames:
    """The S3 server of the settings; without an endpoint, Amazon's."""

    def __init__(self, settings: Settings) -> None:
        endpoint = urlsplit(settings.s3_endpoint_url or "https://s3.amazonaws.com")
        self._client = Minio(
            endpoint.netloc,
            access_key=settings.s3_access_key,
            secret_key=settings.s3_secret_key,
            secure=endpoint.scheme == "https",
            region=settings.s3_region or "us-east-1",
            http_client=urllib3.PoolManager(
                maxsize=_PARALLEL,
                timeout=urllib3.Timeout(connect=2, read=20),
                retries=urllib3.Retry(1, backoff_factor=0.1),
            ),
        )
        self._pool = ThreadPoolExecutor(_PARALLEL)

    def fetch(self, bucket: str, keys: Sequence[str]) -> list[bytes]:
        """The bytes of every key, in order.

        Raises FrameNotFoundError for the first key that (or whose bucket) does not exist, S3UnavailableError for any
        other trouble with the server.
        """
        distinct = list(dict.fromkeys(keys))
        found = dict(zip(distinct, self._pool.map(lambda key: self._get(bucket, key), distinct), strict=True))
        return [found[key] for key in keys]

    def _get(self, bucket: str, key: str) -> bytes:
        try:
            response = self._client.get_object(bucket_name=bucket, object_name=key)
            try:
                return response.read()
            finally:
                response.close()
                response.release_conn()
        except S3Error as error:
            if error.code in _MISSING:
                raise FrameNotFoundError(f"frame not found: {key}") from error
            raise S3UnavailableError(f"s3 error: {error.code}: {error.message}") from error
        except (MinioException, urllib3.exceptions.HTTPError) as error:
            raise S3UnavailableError(f"s3 unavailable: {error}") from error
