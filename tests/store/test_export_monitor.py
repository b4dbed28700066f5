"""The peer monitor's store tree: what its own import would have written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from smokewatch.store.catalog import Catalog
from smokewatch.store.exports.monitor import export_monitor
from smokewatch.store.exports.sequences import SequenceCounts
from smokewatch.store.frames import FrameStore
from tests.store.filled import KEYS, STARTED, Store

SEQUENCE = "01_raw/sequences/sdis-07/cam-12/seq_1"


@pytest.fixture
def store(catalog: Catalog, frames: FrameStore, tmp_path: Path) -> Store:
    return Store(catalog, frames, tmp_path / "viewer")


def export(store: Store, folder: Path) -> SequenceCounts:
    return export_monitor(store.catalog, store.frames, folder, first_day=None, last_day=None)


def test_the_tree_is_the_one_below_the_viewers_data(store: Store, tmp_path: Path) -> None:
    store.replayed(1)
    store.replayed(2)
    store.export()
    assert export(store, tmp_path / "monitor") == SequenceCounts(sequences=2, frames=8, frames_written=8)
    for path in (tmp_path / "monitor/01_raw").rglob("*"):
        if path.is_file():
            twin = store.folder / "data" / path.relative_to(tmp_path / "monitor")
            assert path.read_bytes() == twin.read_bytes()
    names = {str(path.relative_to(tmp_path / "monitor")) for path in (tmp_path / "monitor").rglob("*.*")}
    images = {f"{SEQUENCE}/images/detection_{number}.jpg" for number in range(100, 104)}
    assert {name for name in names if name.startswith(SEQUENCE)} == images | {f"{SEQUENCE}/meta.json"}
    assert not (tmp_path / "monitor/data").exists()


def test_a_sequence_is_shown_as_production_says_it_today(store: Store, tmp_path: Path) -> None:
    store.replayed(1)
    store.sequence(1, keys=[*KEYS, "late.jpg"], score=0.2, label="other")
    store.sequence(
        2, score=None, api_version=None, label=None, keys=["a.jpg", "gone.jpg"], missing=frozenset({"gone.jpg"})
    )
    assert export(store, tmp_path) == SequenceCounts(sequences=2, frames=6, frames_written=6, frames_missing=1)
    meta = json.loads((tmp_path / SEQUENCE / "meta.json").read_text())
    assert (len(meta["frames"]), meta["temporal_model_score"], meta["label"]) == (5, 0.2, "fp")
    assert list(meta)[:4] == ["key", "sequence_id", "source", "label"]
    assert meta["started_at"] == STARTED.replace(tzinfo=None).isoformat()
    unscored = json.loads((tmp_path / SEQUENCE.replace("seq_1", "seq_2") / "meta.json").read_text())
    assert (unscored["temporal_model_score"], unscored["label"], len(unscored["frames"])) == (None, "unknown", 2)


def test_again_writes_nothing_and_both_layouts_keep_out_of_each_others_way(store: Store, tmp_path: Path) -> None:
    store.replayed(1)
    export(store, tmp_path / "monitor")
    assert export(store, tmp_path / "monitor") == SequenceCounts(sequences=1, frames=4)
