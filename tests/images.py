"""The stub of a release as an image, in as many variants as tests want: each is only another configuration."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from docker import DockerClient

from demo.images import rootfs
from demo.images.archive import Image
from demo.images.build import ensure
from tests import release_stub

REPOSITORY = "localhost/smokewatch-test/release"


def stub(tag: str, environment: Mapping[str, str]) -> Image:
    """The stub as `REPOSITORY:<tag>`, listening on port 8000 with `environment` (STUB...) in it."""
    layers = (
        rootfs.python_layer(),
        rootfs.packages_layer(["minio"]),
        rootfs.files_layer("the stub", {"app/release_stub.py": Path(release_stub.__file__)}),
    )
    variables = {**rootfs.ENVIRONMENT, "STUB_HOST": "0.0.0.0", "TEMPORAL_API_VERSION": tag, **environment}
    config = {
        "Env": [f"{name}={value}" for name, value in variables.items()],
        "Cmd": ["python", "/app/release_stub.py", "8000"],
        "ExposedPorts": {"8000/tcp": {}},
        "WorkingDir": "/app",
    }
    return Image(f"{REPOSITORY}:{tag}", layers, config)


def stub_image(client: DockerClient, tag: str, environment: Mapping[str, str] | None = None) -> str:
    """Have `stub` in the engine; its image ID.

    The tag is the release's version unless the environment says another (TEMPORAL_API_VERSION). The first call on a
    machine takes seconds.
    """
    (built,) = ensure(client, [stub(tag, environment or {})])
    return built.image_id
