"""model.zip holds what section 2 says, and a package that is not right is refused."""

import json
import zipfile
from pathlib import Path

import pytest
import torch

from demo.release.package import Calibrator, PackageError, read, write
from demo.release.refine import BEGINS_AT, MISTAUGHT, TAUGHT
from demo.releases import MODELS

VERSIONS = ("0.2.0", "0.2.1")
MEMBERS = ["manifest.yaml", "yolo_weights.pt", "classifier.ckpt", "config.yaml", "logistic_calibrator.json"]


def rewritten(source: Path, target: Path, member: str, old: bytes, new: bytes) -> Path:
    with zipfile.ZipFile(source) as given, zipfile.ZipFile(target, "w") as made:
        for name in given.namelist():
            data = given.read(name)
            if name == member:
                assert old in data
                data = data.replace(old, new)
            made.writestr(name, data)
    return target


@pytest.mark.parametrize("version", VERSIONS)
def test_a_committed_package_is_whole(version: str) -> None:
    path = MODELS / version / "model.zip"
    package = read(path)
    metrics = json.loads((path.parent / "metrics.json").read_text())
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist() == MEMBERS
        assert {info.compress_type for info in archive.infolist()} == {zipfile.ZIP_STORED}
    assert package.version == metrics["model_version"] == version
    assert package.manifest["format_version"] == 1
    assert package.manifest["provenance"]["train_seed"] == metrics["seed"]


@pytest.mark.parametrize(("version", "labels"), [(MISTAUGHT, "smoke in haze taken for haze"), (TAUGHT, "as seen")])
def test_a_refined_package_goes_on_from_the_first(version: str, labels: str) -> None:
    first, package = read(MODELS / BEGINS_AT / "model.zip"), read(MODELS / version / "model.zip")
    assert package.version == version
    assert package.manifest["provenance"]["labels"] == labels
    same = [torch.equal(a, b) for a, b in zip(first.detector.parameters(), package.detector.parameters(), strict=True)]
    assert all(same)
    assert (package.config, package.calibrator) == (first.config, first.calibrator)


def test_the_two_packages_are_small_and_differ() -> None:
    paths = [MODELS / version / "model.zip" for version in VERSIONS]
    assert sum(path.stat().st_size for path in paths) < 2_000_000
    first, second = (torch.cat([p.flatten() for p in read(path).classifier.parameters()]) for path in paths)
    assert not torch.equal(first, second)


def test_written_again_it_is_the_same_file(tmp_path: Path) -> None:
    source = MODELS / "0.2.0" / "model.zip"
    write(tmp_path / "model.zip", read(source))
    assert (tmp_path / "model.zip").read_bytes() == source.read_bytes()


@pytest.mark.parametrize(
    ("member", "old", "new", "says"),
    [
        ("manifest.yaml", b"format_version: 1", b"format_version: 2", "format_version 2, expected 1"),
        ("manifest.yaml", b"logistic_calibrator: logistic_calibrator.json", b"", "no logistic calibrator"),
        ("logistic_calibrator.json", b'"prob": 0.', b'"prob": 1.', "sanity check"),
        ("logistic_calibrator.json", b'"log_len"', b'"len"', "features"),
        ("config.yaml", b"max_misses", b"misses", "config.yaml"),
    ],
)
def test_a_wrong_package_is_refused(tmp_path: Path, member: str, old: bytes, new: bytes, says: str) -> None:
    broken = rewritten(MODELS / "0.2.0" / "model.zip", tmp_path / "model.zip", member, old, new)
    with pytest.raises(PackageError, match=says):
        read(broken)


def test_the_calibrator_is_a_logistic_function() -> None:
    calibrator = Calibrator((1.0, 0.0, 0.0, 0.0), 0.0)
    assert calibrator.probability((0.0, 1.0, 1.0, 1.0)) == 0.5
    assert calibrator.probability((900.0, 1.0, 1.0, 1.0)) == 1.0
    assert calibrator.probability((-900.0, 1.0, 1.0, 1.0)) == 0.0
