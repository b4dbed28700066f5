"""``smokewatch triage``: its options, its summary, its one line for what cannot be used."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.command import call
from tests.scoring.backlog import Backlog
from tests.scoring.test_package_files import write

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


def test_without_a_model_it_says_what_to_set_and_with_code_2(tmp_path: Path, settings: dict[str, str]) -> None:
    done = call(tmp_path, "triage", **settings)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith("smokewatch: no model: set SMOKEWATCH_TRIAGE_MODELS, or give")
    assert call(tmp_path, "triage", "--threshold=1.5", **settings).returncode == 2
