"""``smokewatch bundle``, and commands that read one: calls, exit codes, and that Prefect is not needed."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.command import call

_WITHOUT_PREFECT = """
import sys
from smokewatch.cli import main
try:
    main()
finally:
    loaded = {name.partition(".")[0] for name in sys.modules} & {"prefect", "blocks", "tasks", "flows"}
    assert not loaded, loaded
"""


def smokewatch(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", _WITHOUT_PREFECT, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working folder with a bundle of an empty store."""
    made = tmp_path_factory.mktemp("bundle")
    done = smokewatch(made, "bundle", "shared", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    return made


def test_a_bundle_is_verified_and_exported_without_the_store(folder: Path, tmp_path: Path) -> None:
    verified = smokewatch(tmp_path, "bundle", str(folder / "shared"), "--verify", "--json")
    assert (verified.returncode, verified.stderr) == (0, "")
    assert set(json.loads(verified.stdout)) == {"files", "bytes", "sha256"}
    for layout, run in (("reporting", smokewatch), ("monitor", call)):
        done = run(tmp_path, "export", layout, "--layout", layout, "--store", str(folder / "shared"), "--json")
        assert (done.returncode, done.stderr) == (0, "")
        assert set(json.loads(done.stdout).values()) == {0}
    assert not (tmp_path / "smokewatch-data").exists()


def test_bundling_again_changes_nothing(folder: Path) -> None:
    before = (folder / "shared/manifest.json").read_bytes()
    done = call(folder, "bundle", "shared", "--json")
    summary = json.loads(done.stdout)
    assert (summary["files_new"], summary["bytes_new"]) == (0, 0)
    assert (folder / "shared/manifest.json").read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("bundle",), "DIR"),
        (("bundle", "smokewatch-data"), "holds something else than a bundle"),
        (("bundle", "s3://bucket/prefix"), "bundle into one, then copy it there"),
        (("bundle", "nowhere", "--verify"), "expected a bundle"),
        (("bundle", "smokewatch-data", "--verify"), "is no bundle: it has no manifest.json"),
        (("export", "viewer", "--store", "nowhere"), "expected a bundle"),
        (("export", "viewer", "--store", "s3://b_d/x"), "expected s3://bucket/prefix"),
    ],
)
def test_a_wrong_call_is_exit_2(folder: Path, arguments: tuple[str, ...], says: str) -> None:
    done = call(folder, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert (folder / "smokewatch-data/catalog.db").exists()


def test_a_tampered_bundle_is_refused_with_the_name_of_the_file(tmp_path: Path) -> None:
    call(tmp_path, "bundle", "shared")
    with sqlite3.connect(tmp_path / "shared/catalog.db") as connection:
        connection.execute("INSERT INTO healths VALUES ('x', 'y', '2026-08-14 00:00:00.000000')")
    for again in (("bundle", "shared", "--verify"), ("export", "viewer", "--store", "shared")):
        done = call(tmp_path, *again)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr == "smokewatch: shared/catalog.db was altered: copy the bundle again\n"
