"""The demo's releases as images: `Dockerfile` where its base image can be had, this machine's own Python elsewhere."""

from __future__ import annotations

import io
import os
import tarfile
from pathlib import Path
from typing import Any

from docker import DockerClient
from docker.errors import APIError, BuildError, ImageNotFound

from demo import releases
from demo.images import rootfs
from demo.images.archive import Image
from demo.images.errors import ImageError
from demo.releases import MODELS, Release

REPOSITORY = "localhost/smokewatch-demo/temporal-model-api"
"""Of `localhost`, which has no registry: whoever asks for more than the engine has is refused at once."""
TAGS = {
    "0.3.0-morning": releases.MORNING,
    "0.3.0": releases.MOVED,
    "0.3.1": releases.AFTERNOON,
    "0.4.0": releases.NEWER,
    "0.5.0": releases.MISTAUGHT,
    "0.5.1": releases.TAUGHT,
}
BASE = ("python", "3.11-slim")

_HERE = Path(__file__).parent
_ROOT = _HERE.parents[1]
_REQUIREMENTS = _HERE / "requirements.txt"
_COMMAND = ("python", "-m", "demo.release", "--port", "8000")


def images() -> dict[str, Image]:
    """Every release's image, by its tag."""
    names = _REQUIREMENTS.read_text().split()
    python, packages = rootfs.python_layer(), rootfs.packages_layer(names)
    app = rootfs.files_layer("the demo's release", {f"app/{path}": _ROOT / path for path in _sources()})
    return {tag: _image(tag, release, (python, packages, app)) for tag, release in TAGS.items()}


def pull_base(client: DockerClient) -> None:
    """Have the base image in the engine.

    Raises:
        ImageError: it is not there and cannot be pulled.
    """
    name = ":".join(BASE)
    try:
        client.images.get(name)
    except ImageNotFound:
        try:
            client.images.pull(*BASE)
        except APIError as error:
            raise ImageError(f"{name} cannot be pulled: {error.explanation or error}") from error


def build(client: DockerClient, tag: str, image: Image) -> None:
    """Run `docker build` for a release.

    Raises:
        ImageError: a step failed.
    """
    release = TAGS[tag]
    arguments = {"MODEL": release.model_version, "VERSION": release.version, "ERA": release.era}
    try:
        client.images.build(
            fileobj=io.BytesIO(_context()),
            custom_context=True,
            dockerfile="demo/images/Dockerfile",
            tag=image.reference,
            buildargs=arguments | {"TORCH_INDEX": os.environ.get("TORCH_INDEX", "")},
            labels=image.labels("registry"),
            rm=True,
            forcerm=True,
        )
    except (APIError, BuildError) as error:
        log = "".join(line.get("stream", "") for line in getattr(error, "build_log", ())).strip().splitlines()
        last = f" ({log[-1]})" if log else ""
        raise ImageError(f"docker build of {image.reference} failed: {error}{last}") from error


def _image(tag: str, release: Release, layers: tuple[Any, ...]) -> Image:
    model = rootfs.files_layer("the model", {"models/model.zip": MODELS / release.model_version / "model.zip"})
    environment = {
        **rootfs.ENVIRONMENT,
        "TEMPORAL_API_VERSION": release.version,
        "DEMO_RELEASE_ERA": release.era,
    }
    config = {
        "Env": [f"{name}={value}" for name, value in environment.items()],
        "Cmd": list(_COMMAND),
        "ExposedPorts": {"8000/tcp": {}},
        "WorkingDir": "/app",
    }
    return Image(f"{REPOSITORY}:{tag}", (*layers, model), config)


def _sources() -> list[str]:
    found = [_ROOT / "demo" / "__init__.py", *(_ROOT / "demo" / "release").glob("*.py")]
    return sorted(str(path.relative_to(_ROOT)) for path in found)


def _context() -> bytes:
    """What `docker build` may see: sources, models, and what to install."""
    models = sorted(str(path.relative_to(_ROOT)) for path in MODELS.glob("*/model.zip"))
    build_files = ("demo/images/Dockerfile", "demo/images/requirements.txt", "constraints.txt")
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as context:
        for path in (*build_files, *_sources(), *models):
            context.add(_ROOT / path, path)
    return content.getvalue()
