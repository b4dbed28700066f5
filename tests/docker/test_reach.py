"""A stack's containers: how they are sealed, what they are told, and how a replay reaches them from where it runs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import docker
import pytest
from docker.errors import APIError
from docker.models.containers import Container

from blocks.engine import Engine, Reach
from blocks.releases import Releases
from smokewatch.domain.releases import IdentityKind, Isolation, ReleaseIdentity
from smokewatch.store.catalog import Catalog
from tasks.stacks.containers import PURPOSE, RUN, sweep
from tasks.stacks.docker import DockerRuntime
from tasks.stacks.stack import Stack
from tests import release_stub
from tests.docker.outside import outside, reaches
from tests.images import REPOSITORY, stub_image

if TYPE_CHECKING:  # within the image there is less than conftest.py needs
    from tests.docker.conftest import WorkerImages

HERE = uuid4().hex[:8]
"""In the names of runs, for others may test on this engine, too."""
FRAMES = [b"\xff\xd8one\xff\xd9", b"\xff\xd8two\xff\xd9"]
BODY = json.dumps({"bucket": "demo-alert-api-2", "frames": ["a.jpg", "b.jpg"]}).encode()


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    return Catalog.open(f"sqlite:///{tmp_path / 'catalog.db'}")


def stack(catalog: Catalog, connected: Engine, image_id: str, s3_image: str, run_id: str) -> Stack:
    releases = Releases(image=f"{REPOSITORY}:{{version}}", s3_image=s3_image, memory="300MiB", replicas=2)
    runtime = DockerRuntime(releases, catalog, connected)
    identity = ReleaseIdentity(IdentityKind.IMAGE_ID, image_id)
    reference = f"{REPOSITORY}:0.3.1"
    return Stack(runtime, reference, identity, run_id=run_id, replicas=2, health_seconds=120, predict_seconds=120)


def ask(running: Stack, replica: int = 0) -> dict[str, object]:
    for key, content in zip(("a.jpg", "b.jpg"), FRAMES, strict=True):
        running.put_frame("demo-alert-api-2", key, content)
    answer: dict[str, object] = json.loads(running.predict(BODY, replica=replica).content)
    return answer


def test_containers_are_sealed_and_know_no_secret_of_ours(
    engine: docker.DockerClient, s3_image: str, catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALERT_API_PASSWORD", "hunter2-hunter2")
    proxies = {"default": {"httpProxy": "http://me:hunter2-hunter2@proxy:3128"}}
    (tmp_path / "config.json").write_text(json.dumps({"proxies": proxies}))
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    image_id = stub_image(engine, "0.3.1")
    with stack(catalog, Engine.connect(), image_id, s3_image, f"run-sealed-{HERE}") as running:
        assert ask(running, 1)["probability"] == release_stub.score(None, FRAMES)
        memory = running.memory()
        assert len(memory) == 2
        assert all(2**20 < each < 300 * 2**20 for each in memory)
        containers = engine.containers.list(filters={"label": f"{RUN}=run-sealed-{HERE}"})
        (network,) = engine.networks.list(filters={"label": f"{RUN}=run-sealed-{HERE}"})
        assert network.attrs["Internal"]
        assert len(containers) == 3
        for each in containers:
            host, config = each.attrs["HostConfig"], each.attrs["Config"]
            assert host["ReadonlyRootfs"]
            assert (host["CapDrop"], host["CapAdd"], host["Privileged"]) == (["ALL"], None, False)
            assert host["SecurityOpt"] == ["no-new-privileges:true"]
            assert 0 < host["Memory"] == host["MemorySwap"]
            assert host["PidsLimit"] == 512
            assert 0 < host["NanoCpus"] <= 1e9 * engine.info()["NCPU"]
            assert not host["Binds"]
            assert not host.get("Mounts")
            assert list(each.attrs["NetworkSettings"]["Networks"]) == [network.name]
            assert "hunter2" not in json.dumps(each.attrs)
            if config["Labels"][PURPOSE].startswith("release"):
                assert each.attrs["Image"] == image_id
                assert not any(name.startswith(("PREFECT", "ALERT", "SMOKEWATCH")) for name in config["Env"])
    assert sweep(Engine.connect(), run_id=f"run-sealed-{HERE}").containers_removed == 0


def test_what_the_engine_will_not_remove_is_counted_and_stops_nothing(
    engine: docker.DockerClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    connected, image = Engine.connect(), stub_image(engine, "0.3.1")
    made = [engine.containers.create(image, labels={RUN: f"run-stuck-{HERE}"}) for _ in range(3)]
    stuck = made[1].name
    real = Container.remove

    def remove(container: Container, **options: Any) -> None:
        if container.name == stuck:
            raise APIError("device or resource busy")
        real(container, **options)

    monkeypatch.setattr(Container, "remove", remove)
    swept = sweep(connected, run_id=f"run-stuck-{HERE}")
    assert (swept.containers_removed, swept.engine_refused) == (2, 1)
    monkeypatch.undo()
    assert sweep(connected, run_id=f"run-stuck-{HERE}").containers_removed == 1


def test_where_networks_are_out_of_reach_ports_are_published_on_this_machine_only(
    engine: docker.DockerClient, s3_image: str, catalog: Catalog
) -> None:
    with outside() as internet:
        # Not as 0.3.1, which other tests replay meanwhile.
        image_id = stub_image(engine, "published", {"STUB": "escape", "STUB_REACH": internet})
        assert reaches(engine, image_id, internet)
        desktop = Engine(engine, Reach.PUBLISHED, None)
        with stack(catalog, desktop, image_id, s3_image, f"run-published-{HERE}") as running:
            answer = ask(running)
            for each in engine.containers.list(filters={"label": f"{RUN}=run-published-{HERE}"}):
                hosts = {port["HostIp"] for ports in each.ports.values() for port in ports or ()}
                assert hosts == {"127.0.0.1"}
    assert answer["probability"] == release_stub.score(None, FRAMES)
    assert answer["details"]["decision"]["reached"] is False  # type: ignore[index]
    assert DockerRuntime(Releases(), catalog, desktop).isolation is Isolation.NO_MASQUERADE
    joined = Engine(engine, Reach.JOINED, None)
    assert DockerRuntime(Releases(), catalog, joined).isolation is Isolation.ENGINE_HOST_AND_FLOW


INSIDE = """
import sys
from pathlib import Path
from blocks.engine import Engine, Reach
from smokewatch.store.catalog import Catalog
from tests.docker.test_reach import ask, stack

catalog = Catalog.open(f"sqlite:///{Path(sys.argv[1])}/catalog.db")
engine = Engine.connect()
assert engine.reach is Reach[sys.argv[4]], engine.reach
with stack(catalog, engine, sys.argv[2], sys.argv[3], sys.argv[5]) as running:
    print(ask(running, 1)["probability"])
    if "stay" in sys.argv:
        import time
        print("up", flush=True)
        time.sleep(600)
"""
RUN_INSIDE = f"run-inside-{HERE}"


@pytest.fixture
def inside(
    engine: docker.DockerClient, worker_images: WorkerImages, s3_image: str, tmp_path: Path
) -> Callable[..., Container]:
    """Starts a replay's stack from within a container that has the engine's socket."""

    def start(network: str, reach: Reach, *more: str) -> Container:
        socket = "/var/run/docker.sock"
        arguments = [str(tmp_path), stub_image(engine, "0.3.1"), s3_image, reach.name, RUN_INSIDE, *more]
        return engine.containers.run(
            worker_images.as_root,
            ["python3", "-c", INSIDE, *arguments],
            network_mode=network,
            volumes=[f"{socket}:{socket}", f"{tmp_path}:{tmp_path}"],
            detach=True,
        )

    return start


@pytest.mark.parametrize(("network", "reach"), [("bridge", Reach.JOINED), ("host", Reach.ROUTED)])
def test_a_replay_in_a_container_reaches_its_stack(
    engine: docker.DockerClient,
    inside: Callable[..., Container],
    network: str,
    reach: Reach,
) -> None:
    container = inside(network, reach)
    try:
        status = container.wait(timeout=600)["StatusCode"]
        said = container.logs().decode()
    finally:
        container.remove(force=True)
    assert status == 0, said
    assert float(said.splitlines()[-1]) == release_stub.score(None, FRAMES)
    assert not engine.containers.list(all=True, filters={"label": f"{RUN}={RUN_INSIDE}"})
    assert not engine.networks.list(filters={"label": f"{RUN}={RUN_INSIDE}"})


@pytest.mark.parametrize(("network", "reach"), [("bridge", Reach.JOINED), ("host", Reach.ROUTED)])
def test_what_a_killed_container_left_is_removed_from_outside(
    engine: docker.DockerClient,
    inside: Callable[..., Container],
    network: str,
    reach: Reach,
) -> None:
    container = inside(network, reach, "stay")
    connected = Engine.connect()
    try:
        for line in container.logs(stream=True, follow=True):
            if b"up" in line:
                break
        alive = sweep(connected)
        assert len(engine.containers.list(filters={"label": f"{RUN}={RUN_INSIDE}"})) == 3, alive
    finally:
        container.remove(force=True)
    sweep(connected)
    assert not engine.containers.list(all=True, filters={"label": f"{RUN}={RUN_INSIDE}"})
    assert not engine.networks.list(filters={"label": f"{RUN}={RUN_INSIDE}"})
