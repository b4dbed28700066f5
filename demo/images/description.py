"""The demo's images as whoever replays through them must know them."""

from __future__ import annotations

import sys
from typing import Any

import docker
from docker.errors import DockerException

from demo import releases
from demo.images.build import build_releases, build_s3
from demo.images.errors import ImageError


def describe_images() -> dict[str, Any]:
    """Have the images in this machine's engine.

    Returns:
        ``release``: the reference with a ``{version}`` to fill in; ``s3``: the S3 server's; ``newer``: a release that
        scored nothing and knows compute_trigger; ``then``: version -> ID of the image that the reference gave when
        the day was lived, for versions whose reference gives another one by now; ``how`` they were made.

    Raises:
        ImageError: they cannot be had.
    """
    try:
        client = docker.from_env(timeout=600)
    except DockerException as error:
        raise ImageError(f"no Docker engine answers: {error}") from error
    try:
        built = build_releases(client, say=lambda line: print(line, file=sys.stderr, flush=True))
        s3 = build_s3(client)
    finally:
        client.close()
    morning = built[0]
    repository, _, _ = morning.reference.rpartition(":")
    return {
        "release": f"{repository}:{{version}}",
        "s3": s3.reference,
        "newer": f"{repository}:{releases.NEWER.version}",
        "then": {releases.MORNING.version: morning.image_id},
        "how": morning.how,
    }
