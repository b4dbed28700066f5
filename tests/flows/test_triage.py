"""Triaging: scores by content, once; failures of one's own; a threshold scores nothing; whatever runs the chunks."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa

from demo.releases import MODELS
from flows.triage_backlog import triage_backlog
from smokewatch.errors import UsageError
from smokewatch.store import tables as t
from smokewatch.store.catalog import Catalog
from smokewatch.store.frames import FrameStore
from smokewatch.store.triage import StoredTriage, answer_of, load_triage
from tests.marks import chaos
from tests.production import jpeg
from tests.release_stub import score as stub_score
from tests.scoring.backlog import LOADER, Backlog, pictures
from tests.scoring.test_package_files import write

PACKAGE = MODELS / "0.2.0" / "model.zip"
CHEAP = "tests.scoring.models:Cheap.load"


@pytest.fixture
def backlog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prefect_api: str) -> Iterator[Backlog]:
    """An empty queue, and a model that scores a sequence by its first frame's size."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setenv("PREFECT_API_URL", prefect_api)
    monkeypatch.setenv("SMOKEWATCH_CATALOG_URL", f"sqlite:///{tmp_path}/catalog.db")
    monkeypatch.setenv("SMOKEWATCH_FRAMES", str(tmp_path / "frames"))
    monkeypatch.setenv("SMOKEWATCH_MODEL_LOADER", CHEAP)
    monkeypatch.setenv("SMOKEWATCH_TRIAGE_MODELS", str(write(tmp_path / "model.zip", model_version="1.0")))
    (tmp_path / "model.calls").touch()
    catalog = Catalog.open(f"sqlite:///{tmp_path}/catalog.db")
    yield Backlog(catalog, FrameStore.open(str(tmp_path / "frames")))
    catalog.close()


def sized(size: int, name: str = "") -> bytes:
    """A frame that the cheap model scores size / 100."""
    return name.encode().ljust(size, b".")


def run(**options: Any) -> dict[str, Any]:
    summary: dict[str, Any] = triage_backlog(**options)
    return summary


def load(backlog: Backlog) -> StoredTriage:
    with backlog.catalog.read() as connection:
        stored = load_triage(connection)
    assert stored is not None
    return stored


def predictions(folder: Path) -> int:
    return len((folder / "model.calls").read_text().splitlines())


def count(catalog: Catalog, table: sa.Table) -> int:
    with catalog.read() as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def test_a_backlog_is_split_and_everything_is_counted(backlog: Backlog, tmp_path: Path) -> None:
    for identity, size in ((1, 90), (2, 35), (3, 34), (4, 0)):
        backlog.add(identity, [sized(size, str(identity)) if size else b"", b"second"])
    backlog.add(5, [b"broken"])
    backlog.add(6, [])
    backlog.add(7, [sized(80), None])
    backlog.leave(backlog.add(8, [sized(99)]), of=range(1, 9))
    summary = run(chunk=2)
    assert summary | dict.fromkeys(("seconds", "loading_seconds", "model_seconds"), 0) == {
        "sequences": 7,
        "scored": 4,
        "known": 0,
        "review": 2,
        "unlabeled": 2,
        "dropped": {"predict_failed": 2, "no_images": 1},
        "near": 2,
        "models": ["1.0"],
        "threshold": 0.35,
        "device": "cpu",
        "loading_seconds": 0,
        "model_seconds": 0,
        "seconds": 0,
    }
    stored = load(backlog)
    assert dict(zip(stored.backlog.ids.tolist(), stored.backlog.scores.tolist(), strict=True)) == {
        **{1: 0.9, 2: 0.35, 3: 0.34, 4: 0.0}
    }
    told = {sequence.id: detail for sequence, _, detail in stored.drops}
    assert told[5] == "ValueError: cannot decode <object object>"
    assert told[6] == "it has no frames"
    assert told[7] == "1 of its 2 frames have no bytes: pull again"
    assert stored.unscored == 0
    with backlog.catalog.read() as connection:
        kept = answer_of(connection, stored.results.inputs_sha256[0], stored.triage.models[0].identity)
        ended = connection.execute(sa.select(t.runs.c.state, t.runs.c.kind, t.runs.c.summary)).one()
    assert kept.probability == 0.9
    assert (ended.state, ended.kind, ended.summary) == ("completed", "triage", summary)


def test_another_threshold_scores_nothing(backlog: Backlog, tmp_path: Path) -> None:
    for identity in (1, 2):
        backlog.add(identity, [sized(40 * identity)])
    assert run()["review"] == 2
    summary = run(threshold=0.5)
    assert (summary["scored"], summary["known"], summary["review"], summary["unlabeled"]) == (0, 2, 1, 1)
    assert predictions(tmp_path) == 2
    assert load(backlog).triage.threshold == 0.5
    assert count(backlog.catalog, t.triages) == 2


def test_equal_inputs_are_scored_once_and_new_ones_alone(backlog: Backlog, tmp_path: Path) -> None:
    for identity in (1, 2, 3):
        backlog.add(identity, [sized(70), b"same"])
    assert (run()["scored"], predictions(tmp_path)) == (3, 1)
    backlog.add(4, [sized(70), b"same"])
    backlog.add(5, [b"same", sized(70)])
    summary = run()
    assert (summary["scored"], summary["known"], predictions(tmp_path)) == (1, 4, 2)


def test_a_failure_is_tried_again_and_its_drop_ends(backlog: Backlog, tmp_path: Path) -> None:
    sha256 = backlog.frames.put(sized(70))
    backlog.add(1, [sized(70)])
    place = tmp_path / "frames" / sha256[:2] / sha256
    content = place.read_bytes()
    place.write_bytes(b"altered")
    assert run()["dropped"] == {"predict_failed": 1}
    assert "was altered" in load(backlog).drops[0][2]
    place.write_bytes(content)
    summary = run()
    assert (summary["scored"], summary["dropped"]) == (1, {})
    assert count(backlog.catalog, t.triage_drops) == 0


def test_the_largest_of_several_models_counts_and_all_are_kept(
    backlog: Backlog, monkeypatch: pytest.MonkeyPatch
) -> None:
    backlog.add(1, pictures(0, 4))
    backlog.add(2, pictures(6, 4))
    packages = [str(MODELS / version / "model.zip") for version in ("0.2.0", "0.2.1")]
    monkeypatch.setenv("SMOKEWATCH_MODEL_LOADER", LOADER)
    alone = []
    for package in packages:
        run(models=[package])
        alone.append(load(backlog).backlog.scores)
    calls = count(backlog.catalog, t.triage_scores)
    summary = run(models=packages)
    stored = load(backlog)
    assert (summary["scored"], summary["known"], summary["models"]) == (0, 2, ["0.2.0", "0.2.1"])
    assert np.array_equal(stored.backlog.model_scores, np.stack(alone, axis=1))
    assert np.array_equal(stored.backlog.scores, np.maximum(*alone))
    assert count(backlog.catalog, t.triage_scores) == calls == 4


def test_a_model_that_joins_scores_only_what_it_lacks(backlog: Backlog, tmp_path: Path) -> None:
    backlog.add(1, [sized(70)])
    first, second = str(tmp_path / "model.zip"), str(write(tmp_path / "second.zip", model_version="2"))
    (tmp_path / "second.calls").touch()
    run(models=[first])
    summary = run(models=[first, second])
    assert (summary["scored"], predictions(tmp_path)) == (1, 1)
    assert len((tmp_path / "second.calls").read_text().splitlines()) == 1


def test_a_release_scores_all_stored_frames_without_region(
    backlog: Backlog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMOKEWATCH_RUNTIME", "process")
    stub = Path(__file__).parent.parent / "release_stub.py"
    monkeypatch.setenv("SMOKEWATCH_RELEASE_COMMAND", f"{sys.executable} {stub} {{port}}")
    monkeypatch.setenv("SMOKEWATCH_RELEASE_ENV", '{"0.3.1": {}}')
    contents = {each: [jpeg(f"{each}/{number}") for number in range(3 + 5 * each)] for each in (1, 2)}
    for identity, frames in contents.items():
        backlog.add(identity, frames)
    backlog.add(3, contents[1])
    summary = run(release="0.3.1")
    assert (summary["scored"], summary["models"], summary["device"]) == (3, ["0.2.0"], "process")
    stored = load(backlog)
    expected = [stub_score(None, contents[each]) for each in (1, 2, 1)]
    assert stored.backlog.scores.tolist() == expected
    assert stored.triage.models[0].identity_kind == "process"
    assert count(backlog.catalog, t.replays) == 2
    again = run(release="0.3.1", threshold=0.9)
    assert (again["scored"], again["known"], again["models"], again["device"]) == (0, 3, ["0.2.0"], "")


@pytest.mark.parametrize("real", [False, chaos(True)])  # torch in each process: a minute of CPU
def test_processes_of_a_cluster_give_the_same_bits(
    backlog: Backlog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, real: bool
) -> None:
    if real:
        monkeypatch.setenv("SMOKEWATCH_MODEL_LOADER", LOADER)
        monkeypatch.setenv("SMOKEWATCH_TRIAGE_MODELS", str(PACKAGE))
    for identity in range(4):
        backlog.add(identity + 1, pictures(identity, 4))
    run(chunk=2)
    here = load(backlog)
    with backlog.catalog.write() as connection:
        for table in (t.triage_answers, t.triage_scores):
            connection.execute(table.delete())
    monkeypatch.setenv("SMOKEWATCH_TASK_RUNNER", "dask:2")
    summary = run(chunk=1)
    there = load(backlog)
    assert summary["scored"] == 4
    assert there.backlog.scores.tobytes() == here.backlog.scores.tobytes()
    assert there.results.logit.tobytes() == here.results.logit.tobytes()


def test_a_kill_loses_at_most_the_chunk_in_work(backlog: Backlog, tmp_path: Path, prefect_api: str) -> None:
    for identity in range(1, 10):
        backlog.add(identity, [sized(70, str(identity))])
    # The tenth line of calls is never reached: the process ends itself within its third chunk.
    script = (
        "import os, signal, tests.scoring.models as m\n"
        "real = m.Cheap.predict\n"
        "calls = []\n"
        "def predict(self, frames, **options):\n"
        "    calls.append(1)\n"
        "    if len(calls) == 8:\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "    return real(self, frames, **options)\n"
        "m.Cheap.predict = predict\n"
        "from smokewatch.cli import main\n"
        "main()\n"
    )
    environment = os.environ | {"SMOKEWATCH_TRIAGE_CHUNK": "3", "PYTHONPATH": str(Path(__file__).parent.parent.parent)}
    killed = subprocess.run([sys.executable, "-c", script, "triage"], env=environment, capture_output=True, timeout=600)
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    assert count(backlog.catalog, t.triage_scores) == count(backlog.catalog, t.triage_answers) == 6
    assert load(backlog).unscored == 3
    before = predictions(tmp_path)
    summary = run()
    assert (summary["scored"], summary["known"], predictions(tmp_path) - before) == (3, 6, 3)
    with backlog.catalog.read() as connection:
        assert set(connection.scalars(sa.select(t.runs.c.state))) == {"lost", "completed"}


def test_what_cannot_be_used_is_one_line(backlog: Backlog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    backlog.add(1, [sized(70)])
    with pytest.raises(UsageError, match=r"threshold 1\.5: expected a number from 0 to 1"):
        run(threshold=1.5)
    monkeypatch.setenv("SMOKEWATCH_MODEL_LOADER", "temporal_model.nowhere:load")
    with pytest.raises(UsageError, match=r"SMOKEWATCH_MODEL_LOADER=temporal_model\.nowhere:load cannot be imported"):
        run()
    # What ran before stands, and nothing was scored.
    assert count(backlog.catalog, t.triage_scores) == 0
    monkeypatch.setenv("SMOKEWATCH_TRIAGE_MODELS", "")
    with pytest.raises(UsageError, match="no model: set SMOKEWATCH_TRIAGE_MODELS"):
        run()


def test_an_empty_queue_is_no_error(backlog: Backlog) -> None:
    summary = run()
    assert (summary["sequences"], summary["review"], summary["unlabeled"], summary["device"]) == (0, 0, 0, "")
