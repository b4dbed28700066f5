"""Images handed to an engine as one archive (`docker load`), without the layers that it has."""

from __future__ import annotations

import hashlib
import json
import platform
import tempfile
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from docker import DockerClient
from docker.errors import APIError, ImageLoadError, ImageNotFound

from demo.images.errors import ImageError
from demo.images.layers import Entry, Layer, complete, digest, tar, tar_length

LABEL_CONTENT = "smokewatch-demo.content"
LABEL_LAYERS = "smokewatch-demo.layers"
LABEL_HOW = "smokewatch-demo.how"
_EPOCH = "1970-01-01T00:00:00Z"
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}

Keys = tuple[str, ...]


@dataclass(frozen=True)
class Image:
    """An image to be: `config` has the fields of an image's configuration (Env, Cmd, WorkingDir, ...)."""

    reference: str
    layers: tuple[Layer, ...]
    config: Mapping[str, Any] = field(default_factory=dict)

    @property
    def keys(self) -> Keys:
        """Its layers' keys, lowest first."""
        return tuple(layer.key for layer in self.layers)

    @property
    def content(self) -> str:
        """Equal for images of equal content."""
        return digest(*self.keys, json.dumps(self.config, sort_keys=True))

    def labels(self, how: str) -> dict[str, str]:
        """What the image says of itself, for it not to be made again."""
        return {LABEL_CONTENT: self.content, LABEL_HOW: how}


def load(client: DockerClient, images: Sequence[Image]) -> dict[str, str]:
    """Hand images to the engine; image IDs by reference.

    Raises:
        ImageError: the engine refused them.
    """
    known = _known_layers(client)
    with tempfile.TemporaryDirectory(prefix="demo-images-") as folder:
        try:
            # The SDK streams an iterator; its types know of bytes and files only.
            client.images.load(archive(images, known, Path(folder)))  # type: ignore[arg-type]
        except (ImageLoadError, APIError) as error:
            references = ", ".join(image.reference for image in images)
            raise ImageError(f"the engine does not load {references}: {error}") from error
    return {image.reference: str(client.images.get(image.reference).id) for image in images}


def _known_layers(client: DockerClient) -> dict[Keys, str]:
    """The digest of the last layer of every stack of layers that the engine has of ours."""
    # An engine with containerd's store wants every layer in every archive.
    if any("containerd" in str(value) for _, value in client.info().get("DriverStatus") or ()):
        return {}
    known: dict[Keys, str] = {}
    # Not `images.list`, which looks at each again and fails when somebody removes one meanwhile.
    for summary in client.api.images(filters={"label": LABEL_LAYERS}):
        try:
            image = client.images.get(summary["Id"])
        except ImageNotFound:
            continue
        keys = tuple(image.labels[LABEL_LAYERS].split())
        for count, layer in enumerate(image.attrs["RootFS"]["Layers"][: len(keys)], start=1):
            known[keys[:count]] = layer
    return known


def archive(images: Sequence[Image], known: Mapping[Keys, str], folder: Path) -> Iterator[bytes]:
    """The archive, piece by piece: layers that are not `known`, then configurations, then the manifest.

    `folder` is an empty one for what has to be written on the way.
    """
    digests = dict(known)
    by_key: dict[str, str] = {}
    for image in images:
        for count, layer in enumerate(image.layers, start=1):
            keys = image.keys[:count]
            if keys in digests:
                continue
            if layer.key not in by_key:
                by_key[layer.key] = yield from _layer(layer, folder)
            digests[keys] = by_key[layer.key]
    manifest = []
    for image in images:
        layers = [digests[image.keys[:count]] for count in range(1, len(image.layers) + 1)]
        config = json.dumps(_config(image, layers), sort_keys=True).encode()
        name = f"{hashlib.sha256(config).hexdigest()}.json"
        yield from Entry(name, config).blocks()
        files = [_layer_file(layer) for layer in image.layers]
        manifest.append({"Config": name, "RepoTags": [image.reference], "Layers": files})
    yield from tar([Entry("manifest.json", json.dumps(manifest).encode())])


def _layer(layer: Layer, folder: Path) -> Generator[bytes, None, str]:
    """The layer as a file of the archive; returns its digest."""
    below = folder / layer.key
    below.mkdir()
    entries = complete(layer.files(below))
    header = Entry(_layer_file(layer), b"").header()
    header.size = tar_length(entries)
    yield header.tobuf()
    hashed = hashlib.sha256()
    for block in tar(entries):
        hashed.update(block)
        yield block
    yield bytes(-header.size % 512)
    return f"sha256:{hashed.hexdigest()}"


def _layer_file(layer: Layer) -> str:
    return f"{layer.key}.tar"


def _config(image: Image, layers: Sequence[str]) -> dict[str, Any]:
    labels = {**image.labels("machine"), LABEL_LAYERS: " ".join(image.keys)}
    return {
        "architecture": _ARCHITECTURES.get(platform.machine(), platform.machine()),
        "config": {**image.config, "Labels": labels},
        "created": _EPOCH,
        "history": [{"created": _EPOCH, "created_by": layer.name} for layer in image.layers],
        "os": "linux",
        "rootfs": {"type": "layers", "diff_ids": list(layers)},
    }
