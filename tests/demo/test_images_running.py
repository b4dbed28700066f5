"""The demo's images, and the tests' stub of a release, run as a replay runs them: sealed, and sure of what they are."""

from __future__ import annotations

import io
import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any, TypeVar

import httpx
import pytest
import urllib3
from docker import DockerClient
from docker.models.containers import Container
from minio import Minio
from minio.error import S3Error

from demo.images.build import Built, build_releases, build_s3
from demo.scenes import frames, jpeg, sample_scene
from tests.images import stub_image

KEYS = {"AWS_ACCESS_KEY_ID": "replay-key", "AWS_SECRET_ACCESS_KEY": "replay-secret"}
MINIO = {"MINIO_ROOT_USER": "replay-key", "MINIO_ROOT_PASSWORD": "replay-secret"}
MEMORY = 512 * 2**20
FRAMES = [f"cam12_{number}.jpg" for number in range(6)]
Answer = TypeVar("Answer")


@pytest.fixture(scope="module")
def releases(engine: DockerClient) -> dict[str, Built]:
    built = build_releases(engine)
    return {it.reference.rpartition(":")[2]: it for it in built}


@pytest.fixture
def sealed(engine: DockerClient) -> Iterator[Callable[..., tuple[Container, str]]]:
    """Starts a container as a replay does, in a network without a way out; gives it and its address."""
    with ExitStack() as stack:
        network = engine.networks.create(f"smokewatch-test-images-{os.getpid()}", internal=True)
        stack.callback(network.remove)

        def start(reference: str, *arguments: str, writable: tuple[str, ...] = ("/tmp",), **more: Any) -> Any:
            container = engine.containers.run(
                reference,
                list(arguments) or None,
                detach=True,
                network=network.name,
                read_only=True,
                tmpfs=dict.fromkeys(writable, f"size={MEMORY},mode=1777"),
                cap_drop=["ALL"],
                security_opt=["no-new-privileges:true"],
                mem_limit=MEMORY,
                memswap_limit=MEMORY,
                pids_limit=256,
                **more,
            )
            stack.callback(container.remove, force=True)
            container.reload()
            return container, container.attrs["NetworkSettings"]["Networks"][network.name]["IPAddress"]

        yield start


def wait_for(container: Container, ask: Callable[[], Answer], *errors: type[Exception]) -> Answer:
    """What `ask` gives as soon as it raises none of `errors`; fails when the container ends."""
    deadline = time.monotonic() + 120
    while True:
        try:
            return ask()
        except errors:
            container.reload()
            if container.status != "running" or time.monotonic() > deadline:
                raise AssertionError(container.logs().decode()) from None
            time.sleep(0.05)


def health(container: Container, address: str) -> dict[str, Any]:
    """The release's /health, waiting for it."""
    url = f"http://{address}:8000/health"
    answer = wait_for(container, lambda: httpx.get(url, trust_env=False, timeout=5), httpx.TransportError)
    body: dict[str, Any] = answer.raise_for_status().json()
    return body


def objects(address: str, secret: str = KEYS["AWS_SECRET_ACCESS_KEY"]) -> Minio:
    """A client of the S3 server at `address`."""
    http = urllib3.PoolManager(retries=False, timeout=10)
    return Minio(
        f"{address}:9000", KEYS["AWS_ACCESS_KEY_ID"], secret, secure=False, region="us-east-1", http_client=http
    )


def stored_frames(container: Container, address: str) -> list[bytes]:
    """Six frames in the bucket `frames` of an S3 server, which is waited for."""
    client = objects(address)
    wait_for(container, client.list_buckets, urllib3.exceptions.HTTPError, S3Error)
    client.make_bucket("frames")
    contents = [jpeg(image) for image in frames(sample_scene(17, "smoke"), len(FRAMES))]
    for key, content in zip(FRAMES, contents, strict=True):
        client.put_object("frames", key, io.BytesIO(content), len(content))
    return contents


def predict(address: str) -> httpx.Response:
    """Ask a release about the stored frames."""
    body = {"bucket": "frames", "frames": FRAMES}
    query = {"verbose": "true", "compute_trigger": "true"}
    return httpx.post(f"http://{address}:8000/predict", json=body, params=query, trust_env=False, timeout=60)


@pytest.mark.parametrize("user", [None, "10001"])
def test_s3_answers_who_knows_the_secret(
    engine: DockerClient, sealed: Callable[..., tuple[Container, str]], user: str | None
) -> None:
    reference = build_s3(engine).reference
    container, address = sealed(
        reference, "server", "/data", writable=("/data", "/tmp"), environment=KEYS | MINIO, user=user
    )
    contents = stored_frames(container, address)
    assert objects(address).get_object("frames", FRAMES[3]).read() == contents[3]
    with pytest.raises(S3Error, match="SignatureDoesNotMatch"):
        objects(address, "another secret").list_buckets()


@pytest.mark.chaos  # the demo through containers runs them, too
def test_every_release_says_who_it_is_and_predicts(
    engine: DockerClient, releases: dict[str, Built], sealed: Callable[..., tuple[Container, str]]
) -> None:
    s3, s3_address = sealed(build_s3(engine).reference, writable=("/data", "/tmp"), environment=KEYS)
    endpoint = {"TEMPORAL_API_S3_ENDPOINT_URL": f"http://{s3_address}:9000", "TEMPORAL_API_S3_REGION": "us-east-1"}
    started = {tag: sealed(it.image_id, environment=KEYS | endpoint, user="10001") for tag, it in releases.items()}
    versions = {}
    for tag, (container, address) in started.items():
        told = health(container, address)
        versions[tag] = told["api_version"], told["model_version"]
    assert versions == {
        "0.3.0-morning": ("0.3.0", "0.2.0"),
        "0.3.0": ("0.3.0", "0.2.1"),
        "0.3.1": ("0.3.1", "0.2.0"),
        "0.4.0": ("0.4.0", "0.2.0"),
        "0.5.0": ("0.5.0", "0.3.0"),
        "0.5.1": ("0.5.1", "0.3.1"),
    }
    stored_frames(s3, s3_address)
    answers = {tag: predict(address).raise_for_status().json() for tag, (_, address) in started.items()}
    assert answers["0.3.0-morning"]["probability"] == answers["0.4.0"]["probability"]
    assert answers["0.4.0"]["trigger_frame_index"] is not None
    assert "trigger_frame_index" not in answers["0.3.0-morning"]


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"STUB": "escape", "STUB_REACH": "192.0.2.1:80"}, {"reached": False}),
        ({"STUB": "write"}, {"writable": []}),
        ({"STUB": "slow", "STUB_SECONDS": "0.1"}, {}),
    ],
)
def test_a_stub_is_only_another_configuration(
    engine: DockerClient,
    sealed: Callable[..., tuple[Container, str]],
    environment: dict[str, str],
    expected: dict[str, Any],
) -> None:
    plain = engine.images.get(stub_image(engine, "0.3.0"))
    image_id = stub_image(engine, "0.3.0-" + environment["STUB"], environment)
    assert engine.images.get(image_id).attrs["RootFS"] == plain.attrs["RootFS"]
    s3, s3_address = sealed(build_s3(engine).reference, writable=("/data", "/tmp"), environment=KEYS)
    endpoint = {"TEMPORAL_API_S3_ENDPOINT_URL": f"http://{s3_address}:9000", "TEMPORAL_API_S3_REGION": "us-east-1"}
    container, address = sealed(image_id, writable=("/tmp", "/app/.cache"), environment=KEYS | endpoint)
    assert health(container, address)["status"] == "ok"
    stored_frames(s3, s3_address)
    decision = predict(address).raise_for_status().json()["details"]["decision"]
    assert {name: decision[name] for name in expected} == expected


def test_a_stub_that_may_not_write_its_cache_ends(
    engine: DockerClient, sealed: Callable[..., tuple[Container, str]]
) -> None:
    container, _ = sealed(stub_image(engine, "0.3.0-write", {"STUB": "write"}))
    assert container.wait(timeout=120)["StatusCode"] == 1
    assert (
        container.logs().decode().strip().endswith("cannot write to .cache: [Errno 30] Read-only file system: '.cache'")
    )


def test_a_stub_that_takes_memory_is_killed(engine: DockerClient, sealed: Callable[..., tuple[Container, str]]) -> None:
    container, address = sealed(stub_image(engine, "0.3.0-oom", {"STUB": "oom"}))
    health(container, address)
    with pytest.raises(httpx.TransportError):
        predict(address)
    assert container.wait(timeout=120)["StatusCode"] == 137
