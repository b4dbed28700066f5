"""The reporting layout from a real catalog and real frames."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from smokewatch.errors import StorageError
from smokewatch.store import tables as t
from smokewatch.store.catalog import Catalog
from smokewatch.store.exports.reporting import Counts, export_reporting
from smokewatch.store.frames import FrameStore
from smokewatch.store.verdicts import DROPPED
from tests.store.filled import KEYS, STARTED, Store, an_answer
from tests.store.places import Place

GOLDEN = Path(__file__).parent.parent / "golden" / "peer_report"
REPORT = "data/08_reporting/alert-api/vit_dinov2_finetune"
SEQUENCES = "data/01_raw/sequences/sdis-07/cam-12"


@pytest.fixture
def store(catalog: Catalog, frames: FrameStore, tmp_path: Path) -> Store:
    return Store(catalog, frames, tmp_path / "viewer")


def image(identity: int, detection: int) -> str:
    return f"{SEQUENCES}/seq_{identity}/images/detection_{detection}.jpg"


@pytest.mark.parametrize("enriched", [True, False])
def test_the_recorded_report_comes_out_byte_for_byte(
    store: Store, golden_calls: list[dict[str, Any]], enriched: bool
) -> None:
    call = next(call for call in golden_calls if call["name"] == "verbose with trigger and roi")
    window = call["body"]["frames"]
    answer = json.loads(json.dumps(call["response"]))
    store.sequence(1, keys=["before-1.jpg", "before-2.jpg", *window], score=answer["probability"])
    store.sequence(5, keys=["k1.jpg"], api_version=None, score=None)
    store.sequence(10, keys=["k1.jpg"], api_version="../0.4.0")
    store.verdict(5, DROPPED, drop_reason="no_temporal_version")
    store.verdict(10, DROPPED, drop_reason="invalid_api_version")
    if enriched:  # the same fields, from another image's answer to the same request
        answer["trigger_frame_index"] = answer["details"]["decision"]["trigger_tube_id"] = None
        answer["details"]["tubes"][0]["first_crossing_frame"] = None
        store.answer("newer", window, call["response"])
    store.answer("full", window, answer)
    store.verdict(recorded_score=answer["probability"], full_ledger_key="full", ledger_key="full")
    with store.catalog.write() as connection:
        enrichment = {"key": "full", "trigger_key": "newer", "trigger_image": "temporal-model-api:dev"}
        if enriched:
            connection.execute(t.enrichments.insert(), enrichment | {"difference": 0.0, "reproduced": True})

    counts = store.export()

    assert counts == Counts(sequences=1, dropped=2, frames=14, frames_written=14)
    written = {path.removeprefix(f"{REPORT}/"): content for path, content in store.files().items()}
    recorded = {str(path.relative_to(GOLDEN)): path.read_bytes() for path in GOLDEN.rglob("*.json")}
    if not enriched:
        named = b',\n "trigger_image": "temporal-model-api:dev"'
        assert named in recorded["model_config.json"]
        recorded["model_config.json"] = recorded["model_config.json"].replace(named, b"")
    assert {path: content for path, content in written.items() if not path.startswith("data/01_raw")} == recorded
    for path in store.read(f"{REPORT}/sequences/alert-api_1.json")["frames"]:
        assert path in store.files()


def test_an_enrichment_that_did_not_reproduce_is_not_shown(store: Store) -> None:
    store.replayed()
    store.enrich(1, an_answer(0.8) | {"trigger_frame_index": 3}, reproduced=False)
    store.export()
    assert store.read(f"{REPORT}/results.json")[0]["trigger_frame_index"] is None
    assert "trigger_image" not in store.read(f"{REPORT}/model_config.json")


def test_any_enriched_row_names_the_image(store: Store) -> None:
    for identity in (1, 2, 3):
        store.replayed(identity)
    for identity in (2, 3):
        store.enrich(identity, an_answer(0.9) | {"trigger_frame_index": identity})
    store.export()
    assert [row["trigger_frame_index"] for row in store.read(f"{REPORT}/results.json")] == [None, 2, 3]
    assert store.read(f"{REPORT}/model_config.json")["trigger_image"] == "dev-2"


def test_meta_and_an_image_for_each_detection_stand_beside_each_other(store: Store) -> None:
    store.sequence(1, keys=["a.jpg", "b.jpg", "a.jpg"], label="other")
    assert store.export() == Counts(not_replayed=1, frames=3, frames_written=3)
    meta = store.read(f"{SEQUENCES}/seq_1/meta.json")
    assert list(meta.items())[:13] == [
        ("key", "alert-api_1"),
        ("sequence_id", 1),
        ("source", "alert-api"),
        ("label", "fp"),
        ("label_detail", "other"),
        ("camera_id", 12),
        ("camera_name", "Cam 12"),
        ("organization_id", 2),
        ("organization_name", "SDIS 07"),
        ("started_at", "2026-06-12T10:00:00"),
        ("temporal_model_score", 0.9),
        ("temporal_model_version", "0.2.0"),
        ("temporal_api_version", "0.4.0"),
    ]
    assert meta["frames"][1] == {
        "file": "images/detection_101.jpg",
        "detection_id": 101,
        "created_at": "2026-06-12T10:00:30",
        "bucket_key": "b.jpg",
        "bbox": "[]",
    }
    assert store.files()[image(1, 102)] == b"1 a.jpg"
    assert store.read(f"{REPORT}/results.json") == store.read(f"{REPORT}/dropped.json") == []
    assert store.read(f"{REPORT}/model_config.json") == {}


def test_a_matched_window_is_named_beside_the_full_one(store: Store) -> None:
    keys = [f"k{number}.jpg" for number in range(5)]
    store.sequence(1, keys=keys)
    store.answer("full", keys, an_answer(0.7))
    store.answer("shorter", keys[:4], an_answer(0.9))
    store.verdict(1, "window", matched_frames=4, full_ledger_key="full", ledger_key="shorter")
    store.export()
    (row,) = store.read(f"{REPORT}/results.json")
    assert (row["probability"], row["replayed_probability"], row["replay_matches"]) == (0.9, 0.7, False)
    assert row["matched_window_frames"] == 4
    assert len(store.read(f"{REPORT}/sequences/alert-api_1.json")["frames"]) == 5


def test_the_matched_window_stands_in_for_a_full_one_that_lacks_frames(store: Store) -> None:
    keys = [f"k{number}.jpg" for number in range(5)]
    store.sequence(1, keys=keys, missing=frozenset({"k4.jpg"}))
    store.answer("shorter", keys[:4], an_answer(0.9))
    store.verdict(1, "window", matched_frames=4, ledger_key="shorter")
    assert store.export() == Counts(sequences=1, frames=4, frames_written=4, frames_missing=1)
    (row,) = store.read(f"{REPORT}/results.json")
    assert (row["replayed_probability"], row["replay_matches"], row["matched_window_frames"]) == (0.9, True, 4)
    assert len(store.read(f"{REPORT}/sequences/alert-api_1.json")["frames"]) == 4


def test_a_lost_frame_keeps_its_place(store: Store, place: Place) -> None:
    store.replayed()
    place.damage(hashlib.sha256(b"1 k2.jpg").hexdigest(), b"altered")
    counts = store.export()
    assert (counts.frames, counts.frames_missing) == (3, 1)
    frames = store.read(f"{REPORT}/sequences/alert-api_1.json")["frames"]
    assert frames == [image(1, number) for number in range(100, 104)]
    assert [path in store.files() for path in frames] == [True, True, False, True]


def test_a_verdict_is_shown_with_the_inputs_and_score_it_is_about_under_todays_label(store: Store) -> None:
    store.replayed()
    store.sequence(1, keys=[*KEYS, "late.jpg"], score=0.2, label="other")
    store.export()
    (row,) = store.read(f"{REPORT}/results.json")
    assert (row["probability"], row["replay_matches"], row["label"]) == (0.9, True, "fp")
    assert row["matched_window_frames"] is None
    meta = store.read(f"{SEQUENCES}/seq_1/meta.json")
    assert (len(meta["frames"]), meta["temporal_model_score"], meta["label"]) == (4, 0.9, "fp")
    assert image(1, 104) not in store.files()


def test_an_answer_that_is_gone_is_told(store: Store) -> None:
    store.sequence()
    store.verdict(full_ledger_key="gone", ledger_key="gone")
    with pytest.raises(StorageError, match="answers behind alert-api_1's verdict are gone"):
        store.export()


def test_rows_stand_by_version_then_path(store: Store) -> None:
    for identity, version in ((2, "0.4.0"), (10, "0.4.0"), (3, "0.3.1")):
        store.replayed(identity, api_version=version, started=STARTED + timedelta(days=-identity))
    store.export()
    assert [row["key"] for row in store.read(f"{REPORT}/results.json")] == [
        "alert-api_3",
        "alert-api_10",
        "alert-api_2",
    ]
    assert store.read(f"{REPORT}/model_config.json")["api_version"] == "0.3.1"


def test_only_the_chosen_days_are_there_and_all_without_a_choice(store: Store) -> None:
    store.replayed(1)
    store.replayed(2, started=STARTED + timedelta(days=1))
    assert store.export() == Counts(sequences=2, frames=8, frames_written=8)
    # Two sequences' worth of images, meta, details and sequences: the other one's are stale now.
    assert store.export(STARTED.date()) == Counts(sequences=1, frames=4, removed=7)
    assert store.export(STARTED.date() + timedelta(days=1)) == Counts(
        sequences=1, frames=4, frames_written=4, removed=7
    )
    assert store.export(date(2020, 1, 1)).removed == 7 + 3
    assert store.files() == {}
    assert not (store.folder / "data").exists()


def test_an_empty_store_writes_nothing(store: Store) -> None:
    assert asdict(store.export()) == dict.fromkeys(asdict(Counts()), 0)
    assert store.files() == {}


def test_a_second_export_writes_only_what_changed(store: Store) -> None:
    store.replayed()
    store.export()
    before = {path: (store.folder / path).stat().st_mtime_ns for path in store.files()}
    edited = store.folder / image(1, 101)
    edited.write_bytes(b"drawn on")
    assert store.export() == Counts(sequences=1, frames=4, frames_written=1)
    assert edited.read_bytes() == b"1 k1.jpg"
    changed = {path for path in store.files() if (store.folder / path).stat().st_mtime_ns != before[path]}
    assert changed == {image(1, 101)}


def test_editing_a_copy_changes_no_evidence(store: Store, place: Place) -> None:
    store.replayed()
    store.export()
    with (store.folder / image(1, 101)).open("ab") as file:
        file.write(b"!")
    assert b"1 k1.jpg" in place.contents().values()


def test_a_renamed_organization_moves_and_leaves_nothing_behind(store: Store) -> None:
    store.replayed()
    store.export()
    with store.catalog.write() as connection:
        connection.execute(t.organizations.update().values(name="SDIS 26"))
    assert store.export().removed == 5
    assert not (store.folder / "data/01_raw/sequences/sdis-07").exists()
    assert all((store.folder / path).is_file() for path in store.read(f"{REPORT}/sequences/alert-api_1.json")["frames"])


def test_a_sequence_dropped_since_moves_to_the_drops(store: Store) -> None:
    store.replayed()
    store.export()
    store.sequence(1, keys=["k0.jpg"], first_detection=100)
    store.verdict(1, DROPPED, drop_reason="too_few_frames")
    counts = store.export()
    assert (counts.sequences, counts.dropped, counts.removed) == (0, 1, 3 + 2)
    assert store.read(f"{REPORT}/dropped.json") == [{"sequence_id": "alert-api_1", "reason": "too_few_frames"}]


def test_progress_counts_every_sequence(store: Store) -> None:
    store.replayed(1)
    store.sequence(2, keys=["a.jpg"], first_detection=7, started=STARTED + timedelta(days=3))
    told: list[tuple[int, int]] = []
    export_reporting(
        store.catalog,
        store.frames,
        store.folder,
        first_day=None,
        last_day=None,
        production_threshold=0.45,
        advance=lambda done, total: told.append((done, total)),
    )
    assert told == [(1, 2), (2, 2)]
