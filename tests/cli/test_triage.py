"""``smokewatch triage``: its options, its summary, its one line for what cannot be used."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from smokewatch.domain.backlog import Stage
from smokewatch.domain.triage import HUNDREDTHS
from tests.command import call
from tests.scoring.backlog import Backlog
from tests.scoring.test_package_files import write
from tests.viewer.stores import viewing

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def settings(tmp_path: Path, prefect_api: str) -> dict[str, str]:
    return {
        "PATH": str(Path(sys.executable).parent),
        "HOME": str(tmp_path),
        "PYTHONPATH": str(ROOT),
        "PREFECT_API_URL": prefect_api,
        "SMOKEWATCH_CATALOG_URL": f"sqlite:///{tmp_path}/catalog.db",
        "SMOKEWATCH_FRAMES": str(tmp_path / "frames"),
        "SMOKEWATCH_MODEL_LOADER": "tests.scoring.models:Cheap.load",
    }


def smokewatch(folder: Path, settings: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from smokewatch.cli import main; main()", *words]
    return subprocess.run(command, cwd=folder, env=settings, capture_output=True, text=True, timeout=180)


def test_the_summary_is_one_line_of_json(tmp_path: Path, settings: dict[str, str]) -> None:
    from smokewatch.store.catalog import Catalog
    from smokewatch.store.frames import FrameStore

    catalog = Catalog.open(settings["SMOKEWATCH_CATALOG_URL"])
    backlog = Backlog(catalog, FrameStore.open(settings["SMOKEWATCH_FRAMES"]))
    for identity, size in ((1, 20), (2, 60)):
        backlog.add(identity, [b"x" * size])
    catalog.close()
    write(tmp_path / "model.zip", model_version="1.0")
    done = smokewatch(tmp_path, settings, "triage", "--model=model.zip", "--threshold=0.6", "--json")
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout.splitlines()[-1])
    assert (summary["review"], summary["unlabeled"], summary["threshold"]) == (1, 1, 0.6)
    assert (summary["scored"], summary["models"], summary["device"]) == (2, ["1.0"], "cpu")


def test_command_page_sql_and_worklists_count_the_same_at_every_threshold(
    tmp_path: Path, settings: dict[str, str]
) -> None:
    from flows import triage_backlog
    from smokewatch.store.catalog import Catalog
    from smokewatch.store.frames import FrameStore
    from smokewatch.store.triage import load_triage
    from smokewatch.store.viewing.triage_counting import split_backlog
    from tasks.scoring.chunks import ChunkResult
    from tasks.scoring.planning import Plan

    catalog = Catalog.open(settings["SMOKEWATCH_CATALOG_URL"])
    frames = FrameStore.open(settings["SMOKEWATCH_FRAMES"])
    backlog = Backlog(catalog, frames)
    for hundredths in range(100):
        backlog.add(1 + hundredths, [b"x" * (100 + hundredths)])
    # Pulled too, but nobody waits for them: they are counted nowhere, at whatever threshold.
    for identity, stage in ((201, Stage.ANNOTATED), (202, Stage.SEQ_ANNOTATION_DONE)):
        backlog.add(identity, [b"x" * 150], stage=stage)
    write(tmp_path / "model.zip", model_version="1.0")

    told = {}
    for threshold in (0.0, 0.29, 0.57, 1.0, 0.35):
        done = call(tmp_path, "triage", "--model=model.zip", f"--threshold={threshold}", "--json", **settings)
        summary = json.loads(done.stdout.splitlines()[-1])
        assert summary["sequences"] == 100
        told[threshold] = (summary["review"], summary["unlabeled"])
    with viewing(catalog, frames) as client:
        swept = client.get("/api/triage/sweep").json()
        listed = {name: client.get(f"/api/triage/{name}.json").json() for name in ("review", "unlabeled")}
    with catalog.read() as connection:
        stored = load_triage(connection)
        assert stored is not None
        for place, threshold in enumerate(HUNDREDTHS):
            at = replace(stored, triage=replace(stored.triage, threshold=threshold))
            summary = triage_backlog._summary(at, Plan(0, 0), ChunkResult())  # what each call of the command counts by
            review = sum(hundredths / 100 >= threshold for hundredths in range(100))
            assert (summary["review"], summary["unlabeled"]) == (review, 100 - review)
            assert split_backlog(connection, at.triage) == (review, 100 - review)
            assert (swept["review"][place], swept["unlabeled"][place]) == (review, 100 - review)
            assert told.get(threshold, (review, 100 - review)) == (review, 100 - review)
    catalog.close()
    assert call(tmp_path, "export", "--layout=triage", "out", **settings).returncode == 0
    for name, ids in (("review", range(36, 101)), ("unlabeled", range(1, 36))):
        exported = json.loads(next((tmp_path / "out").rglob(f"{name}.json")).read_text())
        assert sorted(exported["sequence_ids"]) == sorted(listed[name]["sequence_ids"]) == list(ids)
    assert sorted(exported["bulk_payload"]["sequence_ids"]) == list(range(1, 36))


def test_without_a_model_it_says_what_to_set_and_with_code_2(tmp_path: Path, settings: dict[str, str]) -> None:
    done = call(tmp_path, "triage", **settings)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith("smokewatch: no model: set SMOKEWATCH_TRIAGE_MODELS, or give")
    assert call(tmp_path, "triage", "--threshold=1.5", **settings).returncode == 2
