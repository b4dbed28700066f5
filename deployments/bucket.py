"""A bucket on the S3 server of the AWS environment: ``python -m deployments.bucket NAME``. Again: nothing.

For a server that has just been started: it is waited for. Whether it is ready is asked by a signed call, as no two S3
servers agree on an address for their health.
"""

from __future__ import annotations

import os
import sys
from urllib.parse import urlsplit

import urllib3
from minio import Minio
from minio.credentials.providers import EnvAWSProvider
from minio.error import MinioException, S3Error
from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_fixed

from smokewatch.errors import RunError, SmokewatchError, UsageError

_PATIENCE_SECONDS = 60
_OURS_ALREADY = "BucketAlreadyOwnedByYou"


def make_bucket(name: str, *, patience: float = _PATIENCE_SECONDS) -> bool:
    """Make a bucket on ``AWS_ENDPOINT_URL`` with the credentials of the environment.

    Args:
        name: of the bucket.
        patience: seconds that a server may take until it answers.

    Returns:
        Whether it was made; it may be there already.

    Raises:
        UsageError: without an endpoint.
        RunError: when the server refuses, or does not answer in time.
    """
    endpoint = urlsplit(os.environ.get("AWS_ENDPOINT_URL", ""))
    if not endpoint.hostname:
        raise UsageError("AWS_ENDPOINT_URL is not set: the S3 server's address, e.g. http://s3:9000")
    http = urllib3.PoolManager(retries=False, timeout=urllib3.Timeout(5))
    client = Minio(endpoint.netloc, secure=endpoint.scheme == "https", credentials=EnvAWSProvider(), http_client=http)
    waiting = Retrying(
        retry=retry_if_exception(_is_starting), stop=stop_after_delay(patience), wait=wait_fixed(0.5), reraise=True
    )
    try:
        return bool(waiting(_make, client, name))
    except (MinioException, urllib3.exceptions.HTTPError, ValueError) as error:
        reason = error.code if isinstance(error, S3Error) else type(error).__name__
        raise RunError(f"bucket {name} at {endpoint.netloc}: {reason}: check AWS_ENDPOINT_URL and the keys") from None


def _make(client: Minio, name: str) -> bool:
    if client.bucket_exists(name):
        return False
    try:
        client.make_bucket(name)
    except S3Error as error:
        if error.code != _OURS_ALREADY:
            raise
        return False
    return True


def _is_starting(error: BaseException) -> bool:
    if isinstance(error, S3Error):
        return error.response.status >= 500
    return isinstance(error, urllib3.exceptions.HTTPError)


def main() -> int:
    """0 done, 1 refused, 2 the call is wrong."""
    if len(sys.argv) != 2:
        sys.stderr.write("usage: python -m deployments.bucket NAME\n")
        return 2
    try:
        made = make_bucket(sys.argv[1])
    except SmokewatchError as error:
        sys.stderr.write(f"bucket: {error}\n")
        return 2 if isinstance(error, UsageError) else 1
    sys.stdout.write(f"bucket {sys.argv[1]}: {'made' if made else 'there already'}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
