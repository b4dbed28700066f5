"""What a triage costs beside its model's own time, and its memory.

``python -m benchmarks.triaging --device cuda`` compares a GPU's scores with the CPU's; it needs no store, no Prefect.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import psutil

from benchmarks.bounds import figure
from benchmarks.bulk import Writer
from benchmarks.made_up import NOW
from demo.release.dataset import rendered
from demo.releases import MODELS
from smokewatch.domain.backlog import SOURCE, Stage, inputs_sha256
from smokewatch.store import tables as t
from smokewatch.store.catalog import Catalog
from smokewatch.store.frames import FrameStore
from tasks.scoring.package_files import read_package
from tasks.scoring.packages import PackageScorer
from tasks.scoring.scorer import Failure

PACKAGE = MODELS / "0.2.0" / "model.zip"
LOADER = "demo.release.scoring:DemoModel.from_package"
AGREEMENT = 1e-4
"""How far a GPU's scores may be from the CPU's."""
_SCENES, _LENGTH, _FIRST_SCENE = 8, 10, 82_000_000
_MODELLED, _FEW, _MANY = 256, 2_000, 20_000


def measure(modelled: int = _MODELLED, few: int = _FEW, many: int = _MANY) -> dict[str, Any]:
    """Overhead with the demo's package; memory with a model that costs nothing, for a few sequences and for many."""
    from prefect.testing.utilities import prefect_test_harness

    with prefect_test_harness(server_startup_timeout=180):
        return {
            "overhead": _overhead(modelled),
            "memory": {"few": _memory(few), "many": _memory(many)},
        }


def compare(device: str, sequences: int = 64) -> dict[str, Any]:
    """Scores of the same sequences on the CPU and on another device.

    Raises:
        SystemExit: when a sequence fails, or scores are further apart than they may be.
    """
    model = read_package(PACKAGE, LOADER)
    with tempfile.TemporaryDirectory() as folder:
        inputs = [_files(Path(folder), number) for number in range(sequences)]
        figures: dict[str, Any] = {"sequences": sequences}
        found = {}
        for name in ("cpu", device):
            scorer = PackageScorer(model, LOADER, name)
            scorer.score(inputs[:1])  # what is loaded on first use is left out
            began = time.perf_counter()
            results = [
                each
                for start in range(0, sequences, scorer.at_once)
                for each in scorer.score(inputs[start : start + scorer.at_once])
            ]
            figures[scorer.device] = {"seconds": round(time.perf_counter() - began, 3), "at_once": scorer.at_once}
            found[name] = [_probability(each.answer) for each in results]
    figures["furthest_apart"] = max(abs(a - b) for a, b in zip(found["cpu"], found[device], strict=True))
    if figures["furthest_apart"] > AGREEMENT:
        sys.exit(f"scores on {device} are up to {figures['furthest_apart']:.2e} from the CPU's: at most {AGREEMENT:g}")
    return figures


@dataclass(frozen=True)
class _Cheap:
    """A loaded package that costs nothing."""

    device: str = "cpu"

    def load_sequence(self, frames: list[Path]) -> list[Path]:
        return frames

    def predict(self, frames: list[Path], *, compute_trigger: bool = False) -> Any:
        return _CheapOutput(int(frames[0].stem[:4], 16) / 0xFFFF)


class _CheapOutput:
    def __init__(self, probability: float) -> None:
        self.is_positive, self.trigger_frame_index = probability > 0.5, None
        tube: dict[str, Any] = {
            "tube_id": 0,
            "start_frame": 0,
            "end_frame": 9,
            "logit": 1.0,
            "probability": probability,
        }
        box = {"bbox": (0.5, 0.5, 0.1, 0.1), "is_gap": False, "confidence": 0.5}
        tube["entries"] = [{"frame_idx": number} | box for number in range(_LENGTH)]
        self.details = {
            "preprocessing": {"num_frames_input": _LENGTH, "num_truncated": 0, "padded_frame_indices": []},
            "tubes": {"num_candidates": 1, "kept": [tube]},
            "decision": {"aggregation": "logistic", "threshold": 0.5, "trigger_tube_id": None},
        }


def cheap(path: Path, *, device: str | None = None) -> _Cheap:
    """A loader of a model that costs nothing."""
    return _Cheap()


def _overhead(sequences: int) -> dict[str, Any]:
    """Wall time of the run from its first to its last moment, beside the model's own: to be loaded, and to predict."""
    from flows.triage_backlog import triage_backlog

    with _store(sequences, LOADER):
        began = time.perf_counter()
        summary = triage_backlog()
        wall = time.perf_counter() - began
    own = summary["model_seconds"] + summary["loading_seconds"]
    return {
        "sequences": sequences,
        "seconds": summary["seconds"],
        "loading_seconds": summary["loading_seconds"],
        "model_seconds": summary["model_seconds"],
        "overhead_percent": figure(100 * (summary["seconds"] - own) / own, limit=5, digits=1),
        "with_prefects_start_and_end_seconds": round(wall, 3),
    }


def _memory(sequences: int) -> dict[str, Any]:
    from flows.triage_backlog import triage_backlog

    with _store(sequences, "benchmarks.triaging:cheap"), _watched_memory() as peak:
        summary = triage_backlog()
    assert summary["scored"] == sequences
    return {"sequences": sequences, "peak_mb_above_start": round(peak[0], 1), "seconds": summary["seconds"]}


@contextmanager
def _watched_memory() -> Iterator[list[float]]:
    """The most memory that this process had meanwhile, in MB above what it had before."""
    process, peak, done = psutil.Process(), [0.0], threading.Event()
    before = process.memory_info().rss

    def watch() -> None:
        while not done.wait(0.05):
            peak[0] = max(peak[0], (process.memory_info().rss - before) / 1e6)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield peak
    finally:
        done.set()
        thread.join()


@contextmanager
def _store(sequences: int, loader: str) -> Iterator[None]:
    """A pulled backlog, every sequence with inputs of its own, and the settings pointing at it."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        catalog = Catalog.open(f"sqlite:///{folder / 'catalog.db'}")
        _fill(catalog, FrameStore.open(str(folder / "frames")), sequences)
        catalog.close()
        settings = {
            "SMOKEWATCH_CATALOG_URL": f"sqlite:///{folder / 'catalog.db'}",
            "SMOKEWATCH_FRAMES": str(folder / "frames"),
            "SMOKEWATCH_TRIAGE_MODELS": str(PACKAGE),
            "SMOKEWATCH_MODEL_LOADER": loader,
        }
        with patch.dict(os.environ, settings):
            yield


def _fill(catalog: Catalog, frames: FrameStore, sequences: int) -> None:
    """Few pictures, many orders of them: no two sequences are equal."""
    chance, writer = random.Random(7), Writer(catalog)
    pools = [[frames.put(content) for content in _pictures(scene)] for scene in range(_SCENES)]
    for sha256 in dict.fromkeys(sha256 for pool in pools for sha256 in pool):
        writer.add(t.frames, {"sha256": sha256, "size": 1, "flag": None, "stored_at": NOW})
    taken: set[str] = set()
    for number in range(sequences):
        inputs = ""
        while not inputs or inputs in taken:
            order = chance.sample(pools[number % _SCENES], _LENGTH - 2)
            inputs = inputs_sha256(order)
        taken.add(inputs)
        _add_sequence(writer, number + 1, order, inputs)
    writer.flush()


def _add_sequence(writer: Writer, identity: int, sha256s: Sequence[str], inputs: str) -> None:
    times = {"recorded_at": NOW, "last_seen_at": NOW + timedelta(minutes=5), "created_at": NOW}
    place = {"organization_id": 2, "organization_name": "SDIS 07", "camera_id": 12, "camera_name": "Cam 12"}
    kept = {"stage": str(Stage.READY_TO_ANNOTATE), "pulled_at": NOW, "listed_at": NOW, "left_at": None}
    row = {"source": SOURCE, "id": identity, "source_api": "pyronear_french", "alert_api_id": identity}
    counted = {"inputs_sha256": inputs, "frames": len(sha256s), "frames_missing": 0, "is_manual": False}
    writer.add(t.backlog_sequences, row | place | times | kept | counted)
    for position, sha256 in enumerate(sha256s):
        frame = {"source": SOURCE, "sequence_id": identity, "position": position, "id": 100 * identity + position}
        key = f"detections/sequence_{identity}/{position}.jpg"
        writer.add(t.backlog_frames, frame | {"recorded_at": NOW, "bucket_key": key, "frame_sha256": sha256})


@cache
def _pictures(scene: int) -> list[bytes]:
    return rendered(_FIRST_SCENE + scene, _LENGTH).jpegs


def _files(folder: Path, number: int) -> list[Path]:
    """A sequence's frames as files; of the same scene, some more than of others."""
    paths = []
    for index, content in enumerate(_pictures(number % _SCENES)[: 4 + number % (_LENGTH - 3)]):
        path = folder / f"{number % _SCENES}-{index}.jpg"
        path.write_bytes(content)
        paths.append(path)
    return paths


def _probability(answer: Any) -> float:
    if isinstance(answer, Failure):
        sys.exit(f"a sequence was not scored: {answer.detail}")
    return float(answer.probability)


def main() -> None:
    """Compare a device with the CPU, and print what was found as JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.triaging", description=__doc__)
    parser.add_argument("--device", default="cuda", help="compared with the CPU")
    parser.add_argument("--sequences", type=int, default=64)
    asked = parser.parse_args()
    sys.stdout.write(json.dumps(compare(asked.device, asked.sequences), indent=1) + "\n")


if __name__ == "__main__":
    main()
