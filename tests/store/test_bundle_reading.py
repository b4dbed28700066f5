"""A bundle read where it lies: by range, and refused where it is not what it was."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from smokewatch.errors import RunError, StorageError, UsageError
from smokewatch.store import tables as t
from smokewatch.store.bundles.layout import DamagedBundleError
from smokewatch.store.bundles.reading import Bundle
from smokewatch.store.bundles.writing import write_bundle
from smokewatch.store.catalog import Catalog
from smokewatch.store.exports.reporting import export_reporting
from smokewatch.store.frames import FrameStore
from smokewatch.store.s3 import S3Folder
from tests.servers import BUCKET, S3
from tests.store.filled import Store

FRAME = b"1 k2.jpg"
SHA256 = hashlib.sha256(FRAME).hexdigest()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a bundle, and what the store itself exports."""
    folder = tmp_path_factory.mktemp("made")
    catalog = Catalog.open(f"sqlite:///{folder / 'catalog.db'}")
    store = Store(catalog, FrameStore.open(str(folder / "frames")), folder / "exported")
    store.replayed(1)
    store.replayed(2)
    store.export()
    write_bundle(catalog, store.frames, folder / "bundle")
    catalog.close()
    return folder


@pytest.fixture
def bundle(made: Path, tmp_path: Path) -> Path:
    """A bundle to damage."""
    return Path(shutil.copytree(made / "bundle", tmp_path / "bundle"))


def upload(folder: Path, s3: S3) -> str:
    location = s3.fresh()
    for path in folder.rglob("*"):
        if path.is_file():
            name = f"{location.removeprefix(f's3://{BUCKET}/')}/{path.relative_to(folder)}"
            s3.address.client().fput_object(BUCKET, name, str(path))
    return location


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith(".")
    }


def rewrite_manifest(folder: Path) -> None:
    """Make the manifest true again, as somebody who means harm would."""
    manifest = json.loads((folder / "manifest.json").read_text())
    for name, traits in manifest["files"].items():
        content = (folder / name).read_bytes()
        traits |= {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    (folder / "manifest.json").write_text(json.dumps(manifest))


def export(location: str, folder: Path) -> None:
    with Bundle.open(location) as opened:
        export_reporting(
            opened.catalog(), opened.frames, folder, first_day=None, last_day=None, production_threshold=0.45
        )


@pytest.mark.parametrize("kind", ["folder", "s3"])
def test_an_export_from_a_bundle_is_the_stores_own_and_nothing_is_unpacked(
    made: Path, tmp_path: Path, kind: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = files(made / "bundle")
    fetched: list[tuple[str, int]] = []
    read = S3Folder.read

    def watched(self: S3Folder, path: str, offset: int = 0, length: int = 0) -> bytes | None:
        fetched.append((path, length))
        return read(self, path, offset, length)

    monkeypatch.setattr(S3Folder, "read", watched)
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    location = str(made / "bundle") if kind == "folder" else upload(made / "bundle", request.getfixturevalue("s3"))
    export(location, tmp_path / "viewer")
    assert files(tmp_path / "viewer") == files(made / "exported")
    assert files(made / "bundle") == before
    assert list(temporary.iterdir()) == []
    assert all(length for path, length in fetched if path.endswith(".tar"))


def test_a_bundle_on_a_disk_that_cannot_be_written_is_read(bundle: Path, tmp_path: Path) -> None:
    for path in (*bundle.rglob("*"), bundle):
        path.chmod(0o555 if path.is_dir() else 0o444)
    export(str(bundle), tmp_path / "viewer")
    assert sorted(path.name for path in bundle.iterdir()) == [
        "catalog.db",
        "frames",
        "manifest.json",
        "predictions",
        "tables",
    ]
    with Bundle.open(str(bundle)) as opened:
        catalog = opened.catalog()
        with pytest.raises(StorageError, match="readonly"), catalog.write() as connection:
            connection.execute(t.organizations.delete())


@pytest.mark.parametrize("damage", ["altered", "shortened", "gone"])
@pytest.mark.parametrize(
    "name",
    [
        "catalog.db",
        "frames/frames-000000.tar",
        "frames/frames-000000.jsonl",
        "predictions/predictions-000000.tar",
        "tables/verdicts.parquet",
    ],
)
@pytest.mark.parametrize("kind", ["folder", "s3"])
def test_a_damaged_file_is_named(
    bundle: Path, name: str, damage: str, kind: str, request: pytest.FixtureRequest
) -> None:
    content = bytearray((bundle / name).read_bytes())
    content[600 % len(content)] ^= 1
    if damage == "gone":
        (bundle / name).unlink()
    else:
        (bundle / name).write_bytes(content[: -1 if damage == "shortened" else None])
    location = str(bundle) if kind == "folder" else upload(bundle, request.getfixturevalue("s3"))
    with pytest.raises(DamagedBundleError, match=f"{location}/{name}"):  # noqa: SIM117
        with Bundle.open(location) as opened:
            opened.verify()


@pytest.mark.parametrize("name", ["catalog.db", "frames/frames-000000.tar", "frames/frames-000000.jsonl"])
@pytest.mark.parametrize("kind", ["folder", "s3"])
def test_altered_bytes_are_refused_when_they_are_read(
    bundle: Path, tmp_path: Path, name: str, kind: str, request: pytest.FixtureRequest
) -> None:
    content = bytearray((bundle / name).read_bytes())
    at = content.index(FRAME) if name.endswith(".tar") else len(content) // 2
    content[at] ^= 1
    (bundle / name).write_bytes(content)
    location = str(bundle) if kind == "folder" else upload(bundle, request.getfixturevalue("s3"))
    with pytest.raises(DamagedBundleError, match=f"{location}/{name}"):
        export(location, tmp_path / "viewer")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("not json", "manifest.json is damaged"),
        ("[]", "manifest.json is damaged"),
        ('{"format": "smokewatch-bundle/1", "files": {}}', "manifest.json is damaged"),
        ('{"format": "smokewatch-bundle/2", "files": {}}', "bundle of another format"),
        ('{"format": "smokewatch-bundle/1", "files": {"a": 1}}', "manifest.json is damaged"),
    ],
)
def test_a_manifest_that_is_none_is_refused(bundle: Path, content: str, says: str) -> None:
    (bundle / "manifest.json").write_text(content)
    with pytest.raises(StorageError, match=says):
        Bundle.open(str(bundle))


@pytest.mark.parametrize(
    "name",
    [
        "../outside",
        "/etc/passwd",
        "frames/../../outside",
        "frames/predictions-000000.tar",
        "tables/../x.parquet",
        "frames/frames-000000.tar\n",
        "",
    ],
)
def test_names_of_others_never_become_paths(bundle: Path, name: str) -> None:
    manifest = json.loads((bundle / "manifest.json").read_text())
    manifest["files"][name] = {"size": 1, "sha256": "0" * 64}
    (bundle / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(DamagedBundleError, match="which no bundle has"):
        Bundle.open(str(bundle))


@pytest.mark.parametrize(
    "entry", [{"offset": -1}, {"offset": 10**12}, {"size": "1"}, {"sha256": 7}, {"more": 1}, {"offset": True}]
)
def test_an_index_that_lies_is_refused(bundle: Path, entry: dict[str, Any]) -> None:
    index = bundle / "frames/frames-000000.jsonl"
    lines = [json.loads(line) | entry for line in index.read_text().splitlines()]
    index.write_text("".join(json.dumps(line) + "\n" for line in lines))
    rewrite_manifest(bundle)
    with Bundle.open(str(bundle)) as opened, pytest.raises(DamagedBundleError, match=r"frames-000000\.jsonl"):
        opened.frames.read(SHA256)


def test_an_index_that_points_elsewhere_gives_no_other_bytes(bundle: Path) -> None:
    index = bundle / "frames/frames-000000.jsonl"
    lines = [json.loads(line) | {"offset": 1} for line in index.read_text().splitlines()]
    index.write_text("".join(json.dumps(line) + "\n" for line in lines))
    rewrite_manifest(bundle)
    with Bundle.open(str(bundle)) as opened, pytest.raises(DamagedBundleError, match=r"frames-000000\.tar"):
        opened.frames.read(SHA256)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE sequences SET source = '../../..'",
        "UPDATE sequences SET id = '../../../../../x' || id",
        "UPDATE detections SET id = '/../../../../../../../x' WHERE bucket_key = 'k1.jpg'",
    ],
)
def test_a_catalog_that_means_harm_writes_nothing_outside_an_export(
    bundle: Path, tmp_path: Path, statement: str
) -> None:
    with sqlite3.connect(bundle / "catalog.db") as connection:
        connection.execute(statement)
        if "sequences" in statement:  # what belongs to them, too
            value = re.sub(r"\bid\b", "sequence_id", statement.partition("SET ")[2])
            for table in ("revisions", "outcomes", "detections", "verdicts"):
                connection.execute(f"UPDATE {table} SET {value}")
    rewrite_manifest(bundle)
    folder = tmp_path / "deep" / "in" / "viewer"
    with pytest.raises(RunError, match="is no path that an export writes"):
        export(str(bundle), folder)
    outside = [path for path in tmp_path.rglob("*") if path.is_file() and folder not in path.parents]
    assert all(bundle in path.parents for path in outside)


def test_the_catalog_of_an_older_smokewatch_is_upgraded_in_a_copy(bundle: Path) -> None:
    old = bundle / "catalog.db"
    old.unlink()
    engine = sa.create_engine(f"sqlite:///{old}")
    config = Config()
    config.set_main_option("script_location", "smokewatch:store/migrations")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    engine.dispose()
    rewrite_manifest(bundle)
    before = old.read_bytes()
    with Bundle.open(str(bundle)) as opened, opened.catalog().read() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(t.enrichments)) == 0
    assert old.read_bytes() == before


def test_the_catalog_of_a_newer_smokewatch_is_told(bundle: Path) -> None:
    with sqlite3.connect(bundle / "catalog.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    rewrite_manifest(bundle)
    with Bundle.open(str(bundle)) as opened, pytest.raises(StorageError, match="newer than this smokewatch"):
        opened.catalog()


def test_a_place_without_a_bundle_is_told(tmp_path: Path, s3: S3) -> None:
    for location in (str(tmp_path), s3.fresh()):
        with pytest.raises(UsageError, match=r"is no bundle: it has no manifest\.json"):
            Bundle.open(location)
    with pytest.raises(UsageError, match="expected a bundle, DIR or s3://bucket/prefix"):
        Bundle.open(str(tmp_path / "nowhere"))
