"""model.zip without loading it: identity, version, what model_config.json tells of it."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from demo.releases import MODELS
from smokewatch.errors import UsageError
from tasks.scoring.package_files import read_package
from tests.scoring.backlog import LOADER

PACKAGE = MODELS / "0.2.0" / "model.zip"


def write(path: Path, **manifest: Any) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("manifest.yaml", yaml.safe_dump({"format_version": 1} | manifest))
        archive.writestr("config.yaml", yaml.safe_dump({"decision": {"threshold": 0.0}}))
    return path


def test_it_tells_what_the_peers_model_config_has() -> None:
    model = read_package(PACKAGE, LOADER)
    assert list(model.config) == [
        *("model_version", "detector", "variant", "train_git_sha"),
        *("decision", "infer", "model_input", "tubes", "classifier", "calibrator"),
    ]
    assert model.config["detector"]["name"] == "demo_detector"
    assert model.config["classifier"]["max_frames"] == 20
    assert model.config["calibrator"]["features"] == ["logit", "log_len", "mean_conf", "n_tubes"]
    assert (model.identity_kind, model.model_version, model.reference) == ("package", "0.2.0", str(PACKAGE))
    json.dumps(model.config)


def test_identity_is_of_the_bytes_and_the_loader_not_of_the_place(tmp_path: Path) -> None:
    copied = tmp_path / "copy.zip"
    copied.write_bytes(PACKAGE.read_bytes())
    identity = read_package(PACKAGE, LOADER).identity
    assert read_package(copied, LOADER).identity == identity
    assert read_package(PACKAGE, "another:loader").identity != identity
    assert read_package(MODELS / "0.2.1" / "model.zip", LOADER).identity != identity


@pytest.mark.parametrize(
    ("manifest", "version"),
    [
        ({"model_version": "0.2.0", "variant": "vit"}, "0.2.0"),
        ({"variant": "vit", "provenance": {"train_git_sha": "0123456789abcdef"}}, "vit@01234567"),
        ({"variant": "vit"}, "vit"),
        ({}, "unknown"),
    ],
)
def test_packages_without_a_version_are_told_by_what_they_have(
    tmp_path: Path, manifest: dict[str, Any], version: str
) -> None:
    model = read_package(write(tmp_path / "model.zip", **manifest), LOADER)
    assert (model.model_version, model.config["model_version"], model.config["calibrator"]) == (version, version, None)


@pytest.mark.parametrize("content", [b"no zip", None])
def test_what_is_no_package_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "model.zip"
    if content is None:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("readme", "nothing")
    else:
        path.write_bytes(content)
    with pytest.raises(UsageError, match="is no model package"):
        read_package(path, LOADER)
    with pytest.raises(UsageError, match="No such file or directory: check --model"):
        read_package(tmp_path / "none.zip", LOADER)
