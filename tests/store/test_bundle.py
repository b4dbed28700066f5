"""Bundles: the same store the same bytes, grown without touching what is sealed."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq  # type: ignore[import-untyped]
import pytest
import sqlalchemy as sa

from smokewatch.domain.sequences import FrameFlag
from smokewatch.errors import RunError, StorageError, UsageError
from smokewatch.store import tables as t
from smokewatch.store.bundles.reading import Bundle
from smokewatch.store.bundles.snapshot import LEFT_OUT
from smokewatch.store.bundles.writing import Counts, write_bundle
from smokewatch.store.catalog import Catalog
from smokewatch.store.folders import locked_folder
from smokewatch.store.frames import FrameLostError, FrameStore
from tests.servers import PostgreSql
from tests.store.anything import DAY, every_row, fill
from tests.store.filled import KEYS, Store
from tests.store.places import Place

FRAME = b"1 k2.jpg"


@pytest.fixture
def store(catalog: Catalog, frames: FrameStore, tmp_path: Path) -> Store:
    filled = Store(catalog, frames, tmp_path / "viewer")
    filled.replayed(1)
    filled.replayed(2)
    return filled


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "bundle"


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def bundle(store: Store, folder: Path, **options: Any) -> Counts:
    return write_bundle(store.catalog, store.frames, folder, **options)


def test_a_bundle_holds_every_frame_prediction_and_row(store: Store, folder: Path) -> None:
    counts = bundle(store, folder)
    assert (counts.frames, counts.frames_new, counts.frames_missing) == (8, 8, 0)
    assert (counts.predictions, counts.predictions_new) == (2, 2)
    assert counts.sha256 == hashlib.sha256((folder / "manifest.json").read_bytes()).hexdigest()
    with Bundle.open(str(folder)) as opened:
        opened.verify()
        for identity in (1, 2):
            content = f"{identity} k2.jpg".encode()
            assert opened.frames.read(hashlib.sha256(content).hexdigest()) == content
        with pytest.raises(FrameLostError, match="0000"):
            opened.frames.read("0" * 64)
        assert every_row(opened.catalog()) == every_row(store.catalog)
    assert {path.name for path in folder.iterdir()} == {
        "catalog.db",
        "frames",
        "predictions",
        "tables",
        "manifest.json",
    }


def test_shards_are_archives_that_webdataset_reads_and_their_indexes_are_true(store: Store, folder: Path) -> None:
    bundle(store, folder)
    shard = folder / "frames/frames-000000.tar"
    with tarfile.open(shard) as archive:
        members = archive.getmembers()
        contents = {member.name: archive.extractfile(member).read() for member in members}  # type: ignore[union-attr]
    names = [member.name for member in members]
    assert names == sorted(f"{hashlib.sha256(content).hexdigest()}.jpg" for content in contents.values())
    assert {(member.mtime, member.uid, member.uname) for member in members} == {(0, 0, "")}
    for line in (folder / "frames/frames-000000.jsonl").read_text().splitlines():
        entry = json.loads(line)
        there = shard.read_bytes()[entry["offset"] : entry["offset"] + entry["size"]]
        assert there == contents[entry["name"]]
        assert entry["sha256"] == hashlib.sha256(there).hexdigest()
    with tarfile.open(folder / "predictions/predictions-000000.tar") as archive:
        # Members of a sample stand together, under one name up to the first dot.
        assert archive.getnames() == [f"full-{n}.{part}.json" for n in (1, 2) for part in ("answer", "request")]


def test_the_same_store_gives_the_same_bytes_wherever_it_is_kept(
    postgresql: PostgreSql, frames: FrameStore, tmp_path: Path
) -> None:
    kept = [frames.put(bytes([number]) * 70_000) for number in range(5)]
    made = []
    for name, url in (("sqlite", f"sqlite:///{tmp_path / 'catalog.db'}"), ("postgresql", postgresql.fresh())):
        catalog = Catalog.open(url)
        fill(catalog)
        with catalog.write() as connection:
            rows = [{"sha256": sha256, "size": 70_000, "flag": None, "stored_at": DAY} for sha256 in kept]
            connection.execute(t.frames.insert(), rows[:: 1 if name == "sqlite" else -1])
        write_bundle(catalog, frames, tmp_path / name, shard_bytes=200_000)
        with Bundle.open(str(tmp_path / name)) as opened:
            assert every_row(opened.catalog(), without=LEFT_OUT) == every_row(catalog, without=LEFT_OUT)
        made.append(files(tmp_path / name))
        catalog.close()
    assert made[0].keys() == made[1].keys()
    assert [name for name in made[0] if made[0][name] != made[1][name]] == []
    shards = [len(content) for name, content in made[0].items() if name.startswith("frames/") and name.endswith(".tar")]
    assert len(shards) == 3
    assert max(shards) <= 200_000


def test_a_grown_store_adds_shards_and_touches_none(store: Store, folder: Path) -> None:
    bundle(store, folder)
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}
    again = bundle(store, folder)
    assert (again.frames_new, again.predictions_new, again.files_new, again.bytes_new) == (0, 0, 0, 0)
    sealed = {path: when for path, when in before.items() if path.name != "manifest.json"}
    assert {path: path.stat().st_mtime_ns for path in sealed} == sealed

    store.sequence(3, keys=["new.jpg", *KEYS], first_detection=300)
    store.answer("full-3", KEYS, {})
    grown = bundle(store, folder)
    assert (grown.frames, grown.frames_new, grown.predictions_new) == (13, 5, 1)
    assert {path.name for path in (folder / "frames").iterdir()} == {
        f"frames-00000{number}.{kind}" for number in (0, 1) for kind in ("tar", "jsonl")
    }
    shards = {path: when for path, when in before.items() if path.parent.name in ("frames", "predictions")}
    assert {path: path.stat().st_mtime_ns for path in shards} == shards
    with Bundle.open(str(folder)) as opened:
        opened.verify()
        assert opened.frames.read(hashlib.sha256(b"3 new.jpg").hexdigest()) == b"3 new.jpg"
        assert opened.frames.read(hashlib.sha256(FRAME).hexdigest()) == FRAME


def test_a_lost_frame_is_told_and_comes_with_a_later_bundle(store: Store, place: Place, folder: Path) -> None:
    sha256 = hashlib.sha256(FRAME).hexdigest()
    place.damage(sha256, b"altered")
    counts = bundle(store, folder)
    assert (counts.frames, counts.frames_missing) == (7, 1)
    place.damage(sha256, FRAME)
    counts = bundle(store, folder)
    assert (counts.frames, counts.frames_new, counts.frames_missing) == (8, 1, 0)


def test_tables_say_what_the_catalog_says_and_where_frames_are(store: Store, folder: Path) -> None:
    bundle(store, folder)
    names = {path.stem for path in (folder / "tables").iterdir()}
    assert names == t.metadata.tables.keys() - LEFT_OUT - {"triage_answers"}
    detections = pq.read_table(folder / "tables/detections.parquet").to_pylist()
    with store.catalog.read() as connection:
        assert detections == [dict(row) for row in connection.execute(sa.select(t.detections)).mappings()]
    for frame in pq.read_table(folder / "tables/frames.parquet").to_pylist():
        there = (folder / frame["shard"]).read_bytes()[frame["offset"] :][: frame["size"]]
        assert hashlib.sha256(there).hexdigest() == frame["sha256"]
    assert "answer" not in pq.read_schema(folder / "tables/replays.parquet").names


def test_what_is_no_jpeg_is_not_called_one(store: Store, folder: Path) -> None:
    with store.catalog.write() as connection:
        flagged = t.frames.c.sha256 == hashlib.sha256(FRAME).hexdigest()
        connection.execute(t.frames.update().where(flagged).values(flag=FrameFlag.NOT_JPEG))
    bundle(store, folder)
    with tarfile.open(folder / "frames/frames-000000.tar") as archive:
        assert [name for name in archive.getnames() if not name.endswith(".jpg")] == [
            f"{hashlib.sha256(FRAME).hexdigest()}.bin"
        ]


@pytest.mark.parametrize("dies_at", ["frames", "manifest"])
def test_a_bundle_that_was_not_finished_is_refused_and_finished_by_the_next(
    store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch, dies_at: str
) -> None:
    bundle(store, folder)
    store.sequence(3, first_detection=300)

    def die(*_: Any) -> Iterator[Any]:
        raise KeyboardInterrupt

    def nothing(*_: Any) -> None:
        pass

    with monkeypatch.context() as killed:
        # Killed: nothing is cleared away, neither.
        killed.setattr("smokewatch.store.bundles.writing._clear", nothing)
        target = "shards.ShardWriter.seal" if dies_at == "frames" else "writing.dump_manifest"
        killed.setattr(f"smokewatch.store.bundles.{target}", die)
        with pytest.raises(KeyboardInterrupt):
            bundle(store, folder)
    if dies_at == "manifest":
        with pytest.raises(StorageError, match=r"catalog\.db|tables/"), Bundle.open(str(folder)) as opened:
            opened.verify()
    bundle(store, folder)
    with Bundle.open(str(folder)) as opened:
        opened.verify()
        assert set(opened.files) | {"manifest.json"} == files(folder).keys()


def test_a_failed_bundle_leaves_the_earlier_one(store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bundle(store, folder)
    before = files(folder)
    store.sequence(3, first_detection=300)

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("smokewatch.store.bundles.writing.write_tables", full)
    with pytest.raises(StorageError, match=r"bundle cannot be written: No space left on device: free some space"):
        bundle(store, folder)
    assert files(folder) == before


def test_a_folder_with_something_else_is_refused_and_left(store: Store, tmp_path: Path, folder: Path) -> None:
    theirs = tmp_path / "store"
    theirs.mkdir()
    (theirs / "catalog.db").write_bytes(b"precious")
    with pytest.raises(UsageError, match="holds something else than a bundle"):
        bundle(store, theirs)
    assert files(theirs) == {"catalog.db": b"precious"}
    with pytest.raises(UsageError, match="no folder that can be written"):
        bundle(store, theirs / "catalog.db")
    bundle(store, folder)
    with locked_folder(folder), pytest.raises(RunError, match="another run is writing"):
        bundle(store, folder)


def test_the_bundle_of_another_store_is_refused_and_left(store: Store, tmp_path: Path, folder: Path) -> None:
    bundle(store, folder)
    before = files(folder)
    other = Catalog.open(f"sqlite:///{tmp_path / 'other.db'}")
    with pytest.raises(UsageError, match="the bundle of another store"):
        write_bundle(other, store.frames, folder)
    other.close()
    assert files(folder) == before


def test_what_means_something_on_one_machine_only_stays_there(tmp_path: Path, frames: FrameStore) -> None:
    catalog = Catalog.open(f"sqlite:///{tmp_path / 'catalog.db'}")
    fill(catalog)
    write_bundle(catalog, frames, tmp_path / "bundle")
    catalog.close()
    with sqlite3.connect(tmp_path / "bundle/catalog.db") as connection:
        assert connection.execute("SELECT count(*) FROM processes").fetchone() == (0,)
        assert connection.execute("SELECT count(*) FROM runs").fetchone() > (0,)
