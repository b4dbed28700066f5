"""The demo's images: made of what is at hand, the same each time, and not made twice."""

from __future__ import annotations

import io
import json
import sys
import tarfile
import time
from pathlib import Path

import pytest
from docker import DockerClient

from demo.images import __main__ as command
from demo.images import build, release, rootfs
from demo.images.archive import Image, archive
from demo.images.build import Built, build_releases, build_s3
from demo.images.distributions import closure, files, versions
from demo.images.errors import ImageError
from tests.images import REPOSITORY, stub, stub_image


@pytest.fixture(scope="module")
def releases(engine: DockerClient) -> dict[str, Built]:
    built = build_releases(engine)
    return {it.reference.rpartition(":")[2]: it for it in built}


@pytest.mark.chaos
def test_built_again_an_image_is_the_same(engine: DockerClient, tmp_path: Path) -> None:
    image = stub("0.3.0", {})
    built = stub_image(engine, "0.3.0")
    file, folder = tmp_path / "archive.tar", tmp_path / "folder"
    folder.mkdir()
    with file.open("wb") as output:
        output.writelines(archive([image], {}, folder))
    with tarfile.open(file) as again:
        (entry,) = json.load(again.extractfile("manifest.json") or io.BytesIO())
    assert f"sha256:{entry['Config'].removesuffix('.json')}" == built


def test_releases_share_all_but_the_model(engine: DockerClient, releases: dict[str, Built]) -> None:
    layers = {tag: engine.images.get(it.image_id).attrs["RootFS"]["Layers"] for tag, it in releases.items()}
    assert len({tuple(stack[:-1]) for stack in layers.values()}) == 1
    assert layers["0.3.0-morning"] == layers["0.3.1"] == layers["0.4.0"] != layers["0.3.0"]
    assert layers["0.5.0"] != layers["0.5.1"]
    assert len({it.image_id for it in releases.values()}) == 6


def test_what_is_there_is_not_built_again(
    engine: DockerClient, releases: dict[str, Built], monkeypatch: pytest.MonkeyPatch
) -> None:
    s3 = build_s3(engine)
    monkeypatch.setattr(build, "load", None)
    monkeypatch.setattr(release, "pull_base", None)
    assert build_releases(engine) == list(releases.values())
    assert build_s3(engine) == s3


def test_without_a_base_image_this_machines_python_serves(
    engine: DockerClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "new").write_text(str(time.time_ns()))
    image = Image(f"{REPOSITORY}:no-registry", (rootfs.files_layer("a file", {"new": tmp_path / "new"}),))
    monkeypatch.setattr(release, "images", lambda: {"0.3.0": image})
    monkeypatch.setattr(release, "BASE", ("localhost/smokewatch-test/no-such-base", "1"))
    said: list[str] = []
    try:
        (built,) = build_releases(engine, said.append)
        assert built.how == "machine"
    finally:
        engine.images.remove(image.reference)
    (line,) = said
    assert line.startswith("localhost/smokewatch-test/no-such-base:1 cannot be pulled: ")


def test_the_command_names_every_image(
    engine: DockerClient,
    releases: dict[str, Built],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "argv", ["images", "build"])
    assert command.main() == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["reference"] for line in lines] == [
        "localhost/smokewatch-demo/s3:1",
        *(f"localhost/smokewatch-demo/temporal-model-api:{tag}" for tag in releases),
    ]
    assert {line["how"] for line in lines} <= {"machine", "registry"}


def test_how_a_distribution_was_installed_is_not_in_an_image() -> None:
    (minio,) = (it for it in closure(["minio"]) if it.name == "minio")
    below = {path.partition("/")[2] for path, _ in files(minio) if ".dist-info/" in path}
    assert "METADATA" in below
    assert not below & {"RECORD", "REQUESTED", "INSTALLER", "direct_url.json"}


def test_without_an_engine_the_command_says_what_to_do(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    monkeypatch.setattr(sys, "argv", ["images", "build"])
    assert command.main() == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith("start one, or run `make docker-engine`")


def test_requirements_are_followed_as_far_as_they_hold_here() -> None:
    found = {it.partition("==")[0] for it in versions(closure(["minio"]))}
    assert {"minio", "urllib3", "certifi", "argon2-cffi-bindings", "cffi"} <= found
    assert not found & {"pip", "pysocks", "torch"}  # pysocks: only for an extra that nobody asks for
    with pytest.raises(ImageError, match="no-such-thing is not installed"):
        closure(["no-such-thing"])
