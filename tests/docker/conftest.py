"""Production replayed through containers: the stub as images, and a real S3 server's image."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker
import pytest
import sqlalchemy as sa

from demo.images import rootfs
from demo.images.archive import Image
from demo.images.build import build_s3, ensure
from smokewatch.store import tables as t
from smokewatch.store.catalog import Catalog
from tasks.stacks.containers import RUN
from tests.docker.registry import PROGRAM, Registry, forget_all
from tests.images import REPOSITORY, stub_image
from tests.production import Production

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def s3_image(engine: docker.DockerClient) -> str:
    """The S3 server's image, as SMOKEWATCH_S3_IMAGE."""
    return build_s3(engine).reference


@dataclass(frozen=True)
class WorkerImages:
    """smokewatch in /opt/smokewatch, without what replays do not need."""

    as_root: str
    """With the tests."""
    worker: str
    """With a user and a folder for data as deployments/Dockerfile makes them."""


@pytest.fixture(scope="session")
def worker_images(engine: docker.DockerClient, tmp_path_factory: pytest.TempPathFactory) -> WorkerImages:
    """Images made of this machine's own Python, for no base image can be had."""
    packages = ["prefect", "prefect-docker", "minio", "psutil", "tenacity", "filelock", "pydantic-settings", "alembic",
                "pytest", "docker", "typer"]  # fmt: skip
    sources = {
        f"opt/smokewatch/{path.relative_to(ROOT)}": path
        for folder in ("smokewatch", "blocks", "tasks", "flows", "demo", "tests")
        for path in (ROOT / folder).rglob("*.py")
    }
    script = tmp_path_factory.mktemp("bin") / "prefect"
    script.write_text("#!/usr/local/bin/python3\nfrom prefect.cli import app\napp()\n")
    script.chmod(0o755)
    layers = (
        rootfs.python_layer(),
        rootfs.packages_layer(packages),
        rootfs.files_layer("smokewatch", {**sources, "usr/local/bin/prefect": script}),
    )
    variables = rootfs.ENVIRONMENT | {"PYTHONPATH": f"{rootfs.ENVIRONMENT['PYTHONPATH']}:/opt/smokewatch"}
    config: dict[str, Any] = {"Env": [f"{name}={value}" for name, value in variables.items()], "WorkingDir": "/tmp"}
    name = "localhost/smokewatch-test/smokewatch"
    as_root, worker = ensure(
        engine,
        [Image(f"{name}:root", layers, config), Image(f"{name}:worker", layers, config | {"User": "10001:10001"})],
    )
    return WorkerImages(as_root.image_id, worker.image_id)


@dataclass(frozen=True)
class Containers:
    """What the catalog's runs have on the engine."""

    engine: docker.DockerClient
    catalog: Catalog

    def left(self) -> list[str]:
        """Containers and networks of any run that the catalog knows."""
        with self.catalog.read() as connection:
            runs = set(connection.scalars(sa.select(t.runs.c.id)))
        containers = self.engine.containers.list(all=True, filters={"label": RUN}, ignore_removed=True)
        networks = self.engine.networks.list(filters={"label": RUN})
        return [
            *(f"container {each.name}" for each in containers if each.labels[RUN] in runs),
            *(f"network {each.name}" for each in networks if each.attrs["Labels"][RUN] in runs),
        ]


@pytest.fixture
def containers(engine: docker.DockerClient, catalog: Catalog) -> Containers:
    """Looks for what is left."""
    return Containers(engine, catalog)


@pytest.fixture
def stub(
    production: Production, engine: docker.DockerClient, s3_image: str, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., str]:
    """Sets the docker runtime; called with an API version and STUB variables, it makes that release's image."""
    monkeypatch.setenv("SMOKEWATCH_RUNTIME", "docker")
    monkeypatch.setenv("SMOKEWATCH_RELEASE_IMAGE", f"{REPOSITORY}:{{version}}")
    monkeypatch.setenv("SMOKEWATCH_S3_IMAGE", s3_image)
    monkeypatch.setenv("SMOKEWATCH_MAX_REPLICAS", "4")

    def make(version: str = "0.3.1", **environment: str) -> str:
        return stub_image(engine, version, environment)

    return make


@pytest.fixture(scope="module")
def registries(engine: docker.DockerClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Registry]]:
    """An open registry, and a private one that has the same images."""
    if shutil.which(PROGRAM) is None:
        if os.environ.get("SMOKEWATCH_REQUIRE_DOCKER"):
            pytest.fail(f"{PROGRAM} is not installed, and is required")
        pytest.skip(f"{PROGRAM} is not installed: `make docker-engine` installs it")
    folder = tmp_path_factory.mktemp("registries")
    running: list[Registry] = []
    try:
        for kind in ("open", "private"):
            running.append(Registry(folder / kind, folder / "storage", engine, private=kind == "private"))
        yield running
    finally:
        for each in running:
            each.stop()


@pytest.fixture
def registry(registries: list[Registry], engine: docker.DockerClient) -> Iterator[Registry]:
    """A running registry; the engine forgets afterwards what it knew by its name."""
    registries[0].start()
    yield registries[0]
    forget_all(engine, f"{registries[0].address}/")


@pytest.fixture
def private(registries: list[Registry], engine: docker.DockerClient) -> Iterator[Registry]:
    """The registry's images, for those who log in."""
    yield registries[1]
    forget_all(engine, f"{registries[1].address}/")
