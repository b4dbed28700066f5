"""Has the demo's images in an engine: those that are there with the same content are left as they are."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from docker import DockerClient
from docker.errors import APIError, ImageNotFound
from filelock import FileLock

from demo.images import release, s3
from demo.images.archive import LABEL_CONTENT, LABEL_HOW, Image, load
from demo.images.errors import ImageError


@dataclass(frozen=True)
class Built:
    """An image in the engine; `how`: `registry` (Dockerfile, pulled base) or `machine` (this machine's files)."""

    reference: str
    image_id: str
    how: str


def _to_stderr(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def build_releases(client: DockerClient, say: Callable[[str], None] = _to_stderr) -> list[Built]:
    """The demo's releases in the engine: MORNING's reference first, then those of what came later.

    `say` gets one line when they are made of this machine's Python.

    Raises:
        ImageError: neither way works.
    """
    images = release.images()
    with _alone():
        missing = {tag: image for tag, image in images.items() if existing(client, image) is None}
        replaced = _ids(client, missing.values())
        if missing:
            try:
                release.pull_base(client)
                for tag, image in missing.items():
                    release.build(client, tag, image)
            except ImageError as error:
                say(f"{error}; the releases are made of this machine's own Python instead")
                load(client, list(missing.values()))
        _remove_unnamed(client, replaced)
        return [_built(client, image) for image in images.values()]


def build_s3(client: DockerClient) -> Built:
    """The S3 server in the engine; it needs no base image.

    Raises:
        ImageError: the engine does not take it.
    """
    image = s3.image()
    replaced = _ids(client, [image] if existing(client, image) is None else [])
    (built,) = ensure(client, [image])
    _remove_unnamed(client, replaced)
    return built


def ensure(client: DockerClient, images: Sequence[Image]) -> list[Built]:
    """Images made of this machine's files in the engine.

    Raises:
        ImageError: the engine does not take them.
    """
    with _alone():
        missing = [image for image in images if existing(client, image) is None]
        if missing:
            load(client, missing)
        return [_built(client, image) for image in images]


def existing(client: DockerClient, image: Image) -> Built | None:
    """The image as the engine has it; None when it has another of that name, or none."""
    try:
        found = client.images.get(image.reference)
    except ImageNotFound:
        return None
    if found.labels.get(LABEL_CONTENT) != image.content:
        return None
    return Built(image.reference, str(found.id), found.labels[LABEL_HOW])


def _alone() -> FileLock:
    """Held while images are made: what two processes need at the same time is made once."""
    return FileLock(Path(tempfile.gettempdir()) / f"demo-images-{os.getuid()}.lock")


def _ids(client: DockerClient, images: Iterable[Image]) -> list[str]:
    """The images that bear these images' names now."""
    found = []
    for image in images:
        with contextlib.suppress(ImageNotFound):
            found.append(str(client.images.get(image.reference).id))
    return found


def _remove_unnamed(client: DockerClient, image_ids: Iterable[str]) -> None:
    """Remove images that lost their name to a newer one; those that a container runs stay."""
    for image_id in image_ids:
        with contextlib.suppress(ImageNotFound):
            if not client.images.get(image_id).tags:
                try:
                    client.images.remove(image_id)
                except APIError as error:
                    if error.status_code != HTTPStatus.CONFLICT:
                        raise


def _built(client: DockerClient, image: Image) -> Built:
    built = existing(client, image)
    if built is None:
        raise ImageError(f"{image.reference} is gone or was replaced while it was made: build again")
    return built
