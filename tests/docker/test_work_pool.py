"""A replay as the pool `docker` runs it: in a container of its own, by a real worker, through the engine's socket."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest
from prefect_docker.worker import DockerWorker

from flows.import_sequences import import_sequences
from smokewatch.store.catalog import Catalog
from smokewatch.store.verdicts import current_verdicts
from tests.deployments.conftest import PREFECT, Server, new_server
from tests.docker.conftest import Containers, WorkerImages
from tests.images import REPOSITORY, stub_image
from tests.production import DAY, Production
from tests.servers import PostgreSql

SOCKET = Path("/var/run/docker.sock")


@pytest.fixture
def server(
    engine: docker.DockerClient, postgresql: PostgreSql, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A Prefect server where containers of the engine's usual network reach it."""
    gateway = engine.networks.get("bridge").attrs["IPAM"]["Config"][0]["Gateway"]
    with new_server(tmp_path_factory.mktemp("prefect"), postgresql, host=gateway) as running:
        pool = {"name": "docker", "type": "docker", "base_job_template": DockerWorker.get_default_base_job_template()}
        running.post("/work_pools/", pool)
        yield running


def test_a_replay_in_the_docker_pool_replays_beside_itself(
    server: Server,
    production: Production,
    catalog: Catalog,
    engine: docker.DockerClient,
    worker_images: WorkerImages,
    containers: Containers,
    s3_image: str,
    tmp_path: Path,
) -> None:
    stub_image(engine, "0.3.1")
    sequences = [production.add(frames=8, seen=5), production.add(seen=8, hour=3)]
    import_sequences(date_from=DAY)
    for path in [tmp_path, *(tmp_path / "store").rglob("*"), tmp_path / "store"]:
        path.chmod(0o777 if path.is_dir() else 0o666)  # the image's user is nobody here

    group = str(SOCKET.stat().st_gid)
    server.prefect("--no-prompt", "deploy", "--name", "replay-sequences/docker", DOCKER_GID=group)
    (deployed,) = server.deployments().values()
    declared = deployed["job_variables"]
    assert declared["container_create_kwargs"] == {"group_add": [group]}
    assert declared["volumes"] == ["smokewatch-data:/data", f"{SOCKET}:{SOCKET}"]
    worker = [*PREFECT, "worker", "start", "--pool=docker"]
    server.children.start("worker", worker, {**os.environ, **server.environment()})
    settings = {
        **production.environment(SMOKEWATCH_RUNTIME="docker"),
        "SMOKEWATCH_RELEASE_IMAGE": f"{REPOSITORY}:{{version}}",
        "SMOKEWATCH_S3_IMAGE": s3_image,
        # The worker hands its own Prefect settings on, which name files of this machine.
        "PREFECT_HOME": "/tmp/prefect",
        "PREFECT_API_SSL_CERT_FILE": "/packages/certifi/cacert.pem",
    }
    job = {
        "image": worker_images.worker,
        "image_pull_policy": "Never",
        "env": declared["env"] | settings,
        # The store of this test in the place of the volume that runs share.
        "volumes": [f"{SOCKET}:{SOCKET}", f"{tmp_path}:{tmp_path}"],
    }
    run = server.run("replay-sequences/docker", job=job, date_from=str(DAY))
    ended = server.ended(run)[run]
    (own,) = engine.containers.list(all=True, filters={"label": f"io.prefect.flow-run-id={run}"})
    said = own.logs().decode()
    own.remove(force=True)
    assert ended["state"]["type"] == "COMPLETED", said
    with catalog.read() as connection:
        told = current_verdicts(connection, [("alert-api", each) for each in sequences])
    assert [told["alert-api", each]["verdict"] for each in sequences] == ["window", "exact"]
    assert {(each["runtime"], each["isolation"]) for each in told.values()} == {("docker", "engine_host_and_flow")}
    assert containers.left() == []
