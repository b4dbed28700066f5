"""A full disk: the run fails with one line, what was stored stays, and with space the next run finishes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from flows.import_sequences import import_sequences
from smokewatch.store.catalog import Catalog
from smokewatch.store.frames import FrameStore
from smokewatch.store.sequences import load_sequences
from tests.marks import chaos
from tests.production import DAY, Production

_READ_ONLY = """
mount --bind store store && mount -o remount,ro,bind store
"$PYTHON" -c "from smokewatch.cli import main; main()" "$@"
"""
# A small file system in a mount namespace of its own; what is on it is copied out at the end, for a look.
IN_A_SMALL_STORE = (
    'mkdir -p "$1" && mount -t tmpfs -o size="$2" tmpfs "$1" && shift 2 && '
    '"$PYTHON" -c "from smokewatch.cli import main; main()" "$@"; code=$?; cp -r store/. kept/; exit $code'
)


def import_into(production: Production, prefect_api: str, size: str) -> subprocess.CompletedProcess[str]:
    (production.folder / "kept").mkdir()
    return with_mounts(production, prefect_api, IN_A_SMALL_STORE, "store", size, "import", f"--day={DAY}")


def with_mounts(production: Production, prefect_api: str, script: str, *words: str) -> subprocess.CompletedProcess[str]:
    """A script of the shell that mounts what nobody else sees, and runs a command there."""
    return subprocess.run(
        ["unshare", "--mount", "--map-root-user", "sh", "-c", script, "sh", *words],
        env={**os.environ, **production.environment(), "PREFECT_API_URL": prefect_api, "PYTHON": sys.executable},
        cwd=production.folder,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


@pytest.mark.parametrize(("size", "frame_bytes"), [chaos("1m", 100_000), ("400k", 10)])
def test_a_disk_that_fills_up_during_an_import(
    production: Production,
    catalog: Catalog,
    prefect_api: str,
    monkeypatch: pytest.MonkeyPatch,
    size: str,
    frame_bytes: int,
) -> None:
    for hour in range(12):
        production.add(contents=[os.urandom(frame_bytes) + bytes([hour, n]) for n in range(4)], seen=4, hour=hour)
    catalog.close()
    done = import_into(production, prefect_api, size)
    assert done.returncode == 1, done.stderr
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("smokewatch: ")
    assert last.endswith("free some space and run again; nothing stored is lost")

    kept = production.folder / "kept"
    monkeypatch.setenv("SMOKEWATCH_CATALOG_URL", f"sqlite:///{kept / 'catalog.db'}")
    monkeypatch.setenv("SMOKEWATCH_FRAMES", str(kept / "frames"))
    before = stored(kept)
    assert import_sequences(date_from=DAY)["imported"] == 12 - before
    assert stored(kept) == 12


@pytest.mark.chaos
def test_a_disk_that_turned_read_only(production: Production, catalog: Catalog, prefect_api: str) -> None:
    for hour in range(2):
        production.add(frames=2, hour=hour)
    assert import_sequences(date_from=DAY)["imported"] == 2
    production.add(frames=2, hour=5)
    catalog.close()
    done = with_mounts(production, prefect_api, _READ_ONLY, "import", f"--day={DAY}")
    assert done.returncode in (1, 2), done.stderr
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("smokewatch: ")
    assert "read-only" in last.lower() or "readonly" in last.lower()
    assert import_sequences(date_from=DAY)["imported"] == 1
    assert stored(production.folder / "store") == 3


def stored(folder: Path) -> int:
    """How many sequences are there, each frame of each read and checked."""
    catalog, frames = Catalog.open(f"sqlite:///{folder / 'catalog.db'}"), FrameStore.open(str(folder / "frames"))
    with catalog.read() as connection:
        sequences = load_sequences(connection, first_day=DAY, last_day=DAY)
    catalog.close()
    for sequence in sequences:
        for sha256 in sequence.frame_sha256s.values():
            assert sha256 is not None
            frames.read(sha256)
    return len(sequences)
