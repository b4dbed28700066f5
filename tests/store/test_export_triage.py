"""The triage layout from a real catalog and real frames."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pyarrow.parquet as pq  # type: ignore[import-untyped]
import pytest

from smokewatch.errors import RunError, UsageError
from smokewatch.store.bundles.reading import Bundle
from smokewatch.store.bundles.writing import write_bundle
from smokewatch.store.catalog import Catalog
from smokewatch.store.exports.folder import ExportFolder
from smokewatch.store.exports.triage import TriageCounts, export_triage
from smokewatch.store.frames import FrameStore
from tests.servers import S3
from tests.store.places import Place
from tests.store.triaged import Queue, answer

REPORT = "data/08_reporting/pyro-annotator/vit_dinov2_finetune"
SEQUENCES = "data/01_raw/sequences/sdis-07/cam-12"
BOTH = ("0.3.0", "0.4.0")


@pytest.fixture
def frames(catalog_url: str, request: pytest.FixtureRequest, tmp_path: Path) -> FrameStore:
    """A folder beside SQLite, a bucket beside PostgreSQL."""
    if catalog_url.startswith("sqlite"):
        return FrameStore.open(str(tmp_path / "frames"))
    server: S3 = request.getfixturevalue("s3")
    return FrameStore.open(server.fresh())


@pytest.fixture
def queue(catalog: Catalog, frames: FrameStore, tmp_path: Path) -> Queue:
    return Queue(catalog, frames, tmp_path / "viewer")


@pytest.fixture
def triaged(queue: Queue) -> Queue:
    """Both sides of the threshold, one exactly on it, one the models disagree about, one without a tube."""
    for identity in (1, 2, 3, 4):
        queue.pull(identity)
    queue.triage(*BOTH)
    queue.score(1, {"0.3.0": answer(0.9, 0.2, trigger=2), "0.4.0": answer(0.8)})
    queue.score(2, {"0.3.0": answer(0.1), "0.4.0": answer(0.35)})
    queue.score(3, {"0.3.0": answer(), "0.4.0": answer()})
    queue.score(4, {"0.3.0": answer(0.34), "0.4.0": answer(0.2)})
    return queue


def test_the_rows_are_the_peers_field_for_field(triaged: Queue) -> None:
    assert triaged.export() == TriageCounts(sequences=4, frames=16, frames_written=16, review=2, unlabeled=2)
    rows = triaged.read(f"{REPORT}/results.json")
    assert list(rows[0].items()) == [
        ("key", "pyro-annotator_1"),
        ("source", "pyro-annotator"),
        ("label", "unknown"),
        ("decision", "keep"),
        ("outcome", "n/a"),
        ("triage_score", 0.9),
        ("triage_bucket", "review"),
        ("model_scores", [0.9, 0.8]),
        ("n_models_review", 2),
        ("model_version", "0.3.0"),
        ("score", 8 * 0.9 - 4),
        ("probability", 0.9),
        ("num_tubes_kept", 2),
        ("trigger_frame_index", 2),
        ("organization_name", "SDIS 07"),
        ("camera_name", "Cam 12"),
        ("started_at", "2026-11-19T12:20:00.173939Z"),
    ]
    told = [(row["triage_bucket"], row["decision"], row["n_models_review"], row["model_version"]) for row in rows]
    assert told[1:] == [("review", "keep", 1, "0.4.0"), *[("unlabeled", "discard", 0, "0.3.0")] * 2]
    assert (rows[2]["score"], rows[2]["probability"], rows[2]["num_tubes_kept"]) == (None, 0.0, 0)
    assert rows[2]["trigger_frame_index"] is None
    assert pq.read_table(triaged.folder / REPORT / "results.parquet").to_pylist() == rows


def test_the_worklists_stand_beside_them(triaged: Queue) -> None:
    triaged.export()
    review, unlabeled = (triaged.read(f"{REPORT}/{name}.json") for name in ("review", "unlabeled"))
    assert (review["threshold"], review["count"], review["sequence_ids"]) == (0.35, 2, [2, 1])
    assert review["items"][0]["n_models_review"] == 1
    assert unlabeled["sequence_ids"] == unlabeled["bulk_payload"]["sequence_ids"] == [3, 4]
    buckets = {row["key"]: row["triage_bucket"] for row in triaged.read(f"{REPORT}/results.json")}
    assert {item["key"] for item in review["items"]} == {key for key, each in buckets.items() if each == "review"}
    assert {item["key"] for item in unlabeled["items"]} == {key for key, each in buckets.items() if each == "unlabeled"}


def test_details_are_the_model_that_gave_the_score(triaged: Queue) -> None:
    triaged.export()
    kept = {
        identity: [tube["probability"] for tube in triaged.read(f"{REPORT}/details/{key}.json")["tubes"]["kept"]]
        for identity in (1, 2, 3, 4)
        for key in [f"pyro-annotator_{identity}"]
    }
    assert kept == {1: [0.9, 0.2], 2: [0.35], 3: [], 4: [0.34]}
    details = triaged.read(f"{REPORT}/details/pyro-annotator_1.json")
    assert list(details) == ["preprocessing", "tubes", "decision"]
    assert details["preprocessing"] == {"num_frames_input": 4, "num_truncated": 0, "padded_frame_indices": [0, 5]}
    assert details["decision"]["trigger_tube_id"] == 0
    assert details["tubes"]["kept"][0]["stabilized_window"] == pytest.approx([0.5, 0.4, 0.15, 0.2])


def test_images_and_metas_stand_where_the_rows_refer_to(triaged: Queue) -> None:
    triaged.export()
    files = triaged.files()
    named = triaged.read(f"{REPORT}/sequences/pyro-annotator_1.json")
    assert list(named) == ["key", "source", "label", "organization_name", "camera_name", "started_at", "frames"]
    assert [files[path] for path in named["frames"]] == [f"1 {number}".encode() for number in range(4)]
    meta = triaged.read(f"{SEQUENCES}/seq_1/meta.json")
    assert list(meta.items())[:-1] == [
        ("key", "pyro-annotator_1"),
        ("sequence_id", 1),
        ("source", "pyro-annotator"),
        ("label", "unknown"),
        ("camera_id", 12),
        ("camera_name", "Cam 12"),
        ("organization_id", 2),
        ("organization_name", "SDIS 07"),
        ("started_at", "2026-11-19T12:20:00.173939Z"),
    ]
    assert meta["frames"][1] == {
        "file": "images/detection_101.jpg",
        "detection_id": 101,
        "recorded_at": "2026-11-19T12:20:30.173939Z",
        "bucket_key": "k1.jpg",
    }


def test_the_configuration_is_the_models_and_the_threshold(triaged: Queue) -> None:
    triaged.export()
    config = triaged.read(f"{REPORT}/model_config.json")
    assert (config["model_version"], config["threshold"]) == ("0.3.0", 0.35)
    assert [each["model_version"] for each in config["models"]] == ["0.3.0", "0.4.0"]
    triaged.triage("0.4.0", threshold=0.5, minute=1)
    triaged.export()
    assert triaged.read(f"{REPORT}/model_config.json") == {
        "model_version": "0.4.0",
        "variant": "vit_dinov2_finetune",
        "decision": {"aggregation": "logistic"},
        "threshold": 0.5,
    }
    assert [row["model_scores"] for row in triaged.read(f"{REPORT}/results.json")] == [[0.8], [0.35], [0.0], [0.2]]


def test_what_could_not_be_scored_is_named_and_shown(queue: Queue) -> None:
    for identity in (1, 2):
        queue.pull(identity)
    queue.pull(3, missing=2)
    queue.pull(4, frames=0)
    queue.triage("0.3.0")
    queue.score(1, {"0.3.0": answer(0.4)})
    queue.drop(3, "predict_failed", ["0.3.0"])
    queue.drop(4, "no_images", ["0.3.0"])
    assert queue.export() == TriageCounts(
        sequences=1, frames=11, frames_written=11, frames_missing=1, review=1, dropped=2, unscored=1
    )
    assert queue.read(f"{REPORT}/dropped.json") == [
        {"sequence_id": "pyro-annotator_3", "reason": "predict_failed"},
        {"sequence_id": "pyro-annotator_4", "reason": "no_images"},
    ]
    assert [row["key"] for row in queue.read(f"{REPORT}/results.json")] == ["pyro-annotator_1"]
    for identity in (2, 3, 4):
        assert queue.read(f"{SEQUENCES}/seq_{identity}/meta.json")["sequence_id"] == identity
        assert f"{REPORT}/sequences/pyro-annotator_{identity}.json" not in queue.files()


def test_lanes_that_share_their_frames_share_the_answer(queue: Queue) -> None:
    queue.pull(1)
    queue.pull(2, alert=1)
    queue.triage("0.3.0")
    queue.score(1, {"0.3.0": answer(0.4)})
    assert queue.export().review == 2
    one, two = (queue.files()[f"{REPORT}/details/pyro-annotator_{identity}.json"] for identity in (1, 2))
    assert one == two
    assert queue.read(f"{SEQUENCES}/seq_2/meta.json")["frames"][0]["detection_id"] == 200


def test_what_people_took_is_gone_and_the_rest_is_not_written_again(triaged: Queue) -> None:
    triaged.export()
    before = triaged.files()
    unchanged = {path: (triaged.folder / path).stat().st_mtime_ns for path in before if "seq_2" in path}
    triaged.leave(1)
    again = triaged.export()
    assert (again.sequences, again.frames_written, again.review) == (3, 0, 1)
    gone = before.keys() - triaged.files().keys()
    assert gone == {path for path in before if "seq_1/" in path or path.endswith("pyro-annotator_1.json")}
    assert again.removed == len(gone) == 7
    assert {path: (triaged.folder / path).stat().st_mtime_ns for path in unchanged} == unchanged
    assert triaged.read(f"{REPORT}/review.json")["sequence_ids"] == [2]


def test_another_threshold_moves_rows_and_touches_no_detail(triaged: Queue) -> None:
    triaged.export()
    before = triaged.files()
    triaged.triage(*BOTH, threshold=0.2, minute=1)
    assert triaged.export().review == 3
    after = triaged.files()
    changed = {Path(path).name for path in before if before[path] != after[path]}
    assert changed == {"results.json", "results.parquet", "review.json", "unlabeled.json", "model_config.json"}


def test_an_interrupted_export_leaves_the_earlier_results(triaged: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    triaged.export()
    before = triaged.files()
    triaged.triage(*BOTH, threshold=0.2, minute=1)
    triaged.pull(5)
    triaged.score(5, {"0.3.0": answer(0.9), "0.4.0": answer(0.9)})
    monkeypatch.setattr(ExportFolder, "put_json", dying_at("details"))
    with pytest.raises(RunError, match="out of power"):
        triaged.export()
    monkeypatch.undo()
    reports = {path: content for path, content in before.items() if path.startswith(f"{REPORT}/")}
    assert reports.items() <= triaged.files().items()
    assert triaged.export().sequences == 5
    assert not list(triaged.folder.rglob("*.partial"))


def dying_at(part: str) -> object:
    whole = ExportFolder.put_json

    def put_json(self: ExportFolder, path: str, value: object) -> bool:
        if f"/{part}/" in path:
            raise RunError("out of power")
        return whole(self, path, value)

    return put_json


def test_a_lost_frame_keeps_its_place(triaged: Queue, place: Place) -> None:
    place.damage(hashlib.sha256(b"1 2").hexdigest(), b"altered")
    counts = triaged.export()
    assert (counts.frames, counts.frames_missing, counts.sequences) == (15, 1, 4)
    assert len(triaged.read(f"{REPORT}/sequences/pyro-annotator_1.json")["frames"]) == 4


def test_without_a_triage_nothing_is_exported(queue: Queue) -> None:
    queue.pull(1)
    with pytest.raises(UsageError, match="smokewatch triage"):
        queue.export()
    assert not queue.folder.exists()


def test_a_bundle_exports_what_its_store_does(triaged: Queue, tmp_path: Path) -> None:
    triaged.export()
    write_bundle(triaged.catalog, triaged.frames, tmp_path / "bundle")
    with Bundle.open(str(tmp_path / "bundle")) as bundle:
        export_triage(bundle.catalog(), bundle.frames, tmp_path / "elsewhere")
    elsewhere = Queue(triaged.catalog, triaged.frames, tmp_path / "elsewhere")
    assert elsewhere.files() == triaged.files()
    table = pq.read_table(tmp_path / "bundle" / "tables" / "triage_results.parquet")
    assert table.to_pylist() == json.loads((triaged.folder / REPORT / "results.json").read_text())
