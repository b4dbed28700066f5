"""The flow: its run, its summary, its artifact; with the demo's own backlog; killed at any frame."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from tenacity import wait_none

from blocks.store import Store
from flows.import_sequences import import_sequences
from flows.pull_backlog import pull_backlog
from flows.triage_backlog import triage_backlog
from smokewatch.errors import UsageError
from smokewatch.store import tables as t
from smokewatch.store.catalog import Catalog
from smokewatch.store.frames import FrameStore
from tests.annotator import Annotator, running
from tests.artifacts import newest_artifact
from tests.marks import chaos
from tests.production import DAY, Production
from tests.scoring.test_package_files import write
from tests.servers import S3


@pytest.fixture
def annotator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prefect_api: str) -> Iterator[Annotator]:
    """An annotator, the settings pointing at it, the store beside it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr("blocks.transport.BACKOFF", wait_none())
    monkeypatch.setenv("SMOKEWATCH_CATALOG_URL", f"sqlite:///{tmp_path / 'store' / 'catalog.db'}")
    monkeypatch.setenv("SMOKEWATCH_FRAMES", str(tmp_path / "store" / "frames"))
    with running(tmp_path) as started:
        for name, value in started.environment().items():
            monkeypatch.setenv(name, value)
        yield started


@pytest.fixture
def stored(annotator: Annotator) -> Iterator[Catalog]:
    from tasks.runs import clear_leftovers

    opened = Store.resolve().catalog()
    yield opened
    clear_leftovers(opened)  # of a killed command whose test failed half-way
    opened.close()


def assert_no_row_without_bytes(catalog: Catalog) -> None:
    frames = Store.resolve().frame_store()
    with catalog.read() as connection:
        named = set(connection.scalars(sa.select(t.backlog_frames.c.frame_sha256)))
        named |= set(connection.scalars(sa.select(t.frames.c.sha256)))
    for sha256 in named:
        frames.read(sha256)


def test_a_pull_is_recorded_summed_up_and_shown(annotator: Annotator, stored: Catalog, prefect_api: str) -> None:
    annotator.add_many(3, frames=2)
    summary: dict[str, Any] = pull_backlog(stage="ready_to_annotate", limit=2)
    assert summary | {"seconds": 0, "bytes": 0} == {
        "listed": 3,
        "pulled": 2,
        "unchanged": 0,
        "updated": 0,
        "postponed": 1,
        "left": 0,
        "frames": 4,
        "bytes": 0,
        "skipped": {},
        "flagged": {},
        "profiles": {"undecodable": 4},
        "seconds": 0,
    }
    with stored.read() as connection:
        run = connection.execute(sa.select(t.runs)).one()
    assert (run.kind, run.state, run.summary) == ("pull", "completed", summary)
    assert run.parameters == {"stage": "ready_to_annotate", "limit": 2, "force": False}
    artifact = newest_artifact("pull-summary")
    assert str(artifact.flow_run_id) == run.id
    assert isinstance(artifact.data, str)
    assert "| pulled | 2 |" in artifact.data


@pytest.mark.parametrize(
    ("parameters", "says"), [({"stage": "all"}, "no stage is called 'all'"), ({"limit": 0}, "--limit is 0: give 1")]
)
def test_a_wrong_call_is_refused_before_anything_is_asked(
    annotator: Annotator, parameters: dict[str, Any], says: str
) -> None:
    with pytest.raises(UsageError, match=says):
        pull_backlog(**parameters)
    assert annotator.requests == []


def test_frames_that_an_import_stored_cost_no_second_copy(
    production: Production, annotator: Annotator, stored: Catalog
) -> None:
    imported = production.add(frames=6, seen=6)
    import_sequences(date_from=DAY)
    contents = [production.objects.get(production.bucket(imported), key) for key in production.keys(imported)]
    (sequence,) = annotator.add_many(1, frames=6)
    for key, content in zip(annotator.keys(sequence), contents, strict=True):
        annotator.objects.objects[key] = content
    summary = pull_backlog()
    assert (summary["pulled"], summary["frames"], summary["profiles"]) == (1, 6, {})
    with stored.read() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(t.frames)) == 6
        shared = connection.scalars(sa.select(t.backlog_frames.c.frame_sha256).order_by(t.backlog_frames.c.position))
        assert list(shared) == list(
            connection.scalars(sa.select(t.detections.c.frame_sha256).order_by(t.detections.c.created_at))
        )


def test_frames_are_kept_in_a_bucket_and_a_triage_reads_them_there(
    annotator: Annotator, stored: Catalog, s3: S3, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket = s3.fresh()
    monkeypatch.setenv("SMOKEWATCH_FRAMES", bucket)
    for sequence, size in zip(annotator.add_many(2, frames=2), (20, 70), strict=True):
        for number, key in enumerate(annotator.keys(sequence)):
            annotator.objects.objects[key] = f"{sequence}/{number}".encode().ljust(size, b".")
    assert (pull_backlog()["pulled"], pull_backlog()["unchanged"]) == (2, 2)
    contents = dict(annotator.objects.objects)
    annotator.objects.objects.clear()
    with stored.read() as connection:
        kept = [FrameStore.open(bucket).read(sha256) for sha256 in connection.scalars(sa.select(t.frames.c.sha256))]
    assert sorted(kept) == sorted(contents.values())
    # It scores a sequence by its first frame's size.
    monkeypatch.setenv("SMOKEWATCH_MODEL_LOADER", "tests.scoring.models:Cheap.load")
    summary = triage_backlog(models=[str(write(tmp_path / "model.zip", model_version="1.0"))])
    assert (summary["scored"], summary["dropped"], summary["review"]) == (2, {}, 1)


SEQUENCES, FRAMES = 8, 5


@pytest.mark.parametrize("moment", [chaos(1), SEQUENCES * FRAMES // 2, chaos(SEQUENCES * FRAMES)])
def test_a_pull_killed_at_a_frame_is_finished_by_the_next(
    annotator: Annotator, stored: Catalog, prefect_api: str, moment: int
) -> None:
    ids = annotator.add_many(SEQUENCES, frames=FRAMES)
    process: list[subprocess.Popen[bytes]] = []

    def kill(number: int, _key: str) -> None:
        if number == moment:
            process[0].kill()

    annotator.objects.before_get = kill
    command = [sys.executable, "-c", "from smokewatch.cli import main; main()", "pull"]
    environment = {**os.environ, "PREFECT_API_URL": prefect_api}
    process.append(subprocess.Popen(command, env=environment, stderr=subprocess.PIPE))
    _, errors = process[0].communicate(timeout=600)
    assert process[0].returncode == -signal.SIGKILL, errors.decode()
    annotator.objects.before_get = lambda _number, _key: None
    assert_no_row_without_bytes(stored)

    summary = pull_backlog()
    assert summary["pulled"] + summary["unchanged"] == SEQUENCES
    assert_no_row_without_bytes(stored)
    with stored.read() as connection:
        assert list(connection.scalars(sa.select(t.backlog_sequences.c.id).order_by(t.backlog_sequences.c.id))) == ids
        assert connection.scalar(sa.select(sa.func.count()).select_from(t.backlog_frames)) == SEQUENCES * FRAMES
        states = connection.scalars(sa.select(t.runs.c.state).where(t.runs.c.kind == "pull")).all()
    assert sorted(states) == ["completed", "lost"]
