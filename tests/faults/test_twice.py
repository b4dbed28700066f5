"""Two of everything at once: each thing is done once, the catalog is what one run makes."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from smokewatch.store.catalog import SCHEMA_HEAD, Catalog
from tests.faults.engine import run
from tests.faults.test_kill import (
    FRAMES,
    PREDICTIONS,
    SEQUENCES,
    SMOKEWATCH,
    assert_no_row_without_bytes,
    left_running,
    populate,
    running_below,
    start,
)
from tests.faults.victims import VICTIMS
from tests.production import Production
from tests.store.test_upgrading import older, state

IN_PARTS = ("import", "replay", "pull", "triage", "notify", "drift", "history", "upgrade")


@pytest.mark.chaos
@pytest.mark.parametrize("name", IN_PARTS)
def test_two_at_once_beneath_the_flows_leave_what_one_leaves(name: str, tmp_path: Path) -> None:
    with VICTIMS[name](tmp_path) as victim:
        alone = victim.fresh(tmp_path / "alone")
        assert victim.run(alone) is not None
        reference = victim.found(alone)
        both = victim.fresh(tmp_path / "both")
        with ThreadPoolExecutor(2) as pool:
            ended = [pool.submit(run, victim.work, victim.settings(both), both) for _ in range(2)]
            assert all(each.result() is not None for each in ended)
        if name in ("history", "drift"):  # decided, or checked, by each of both runs: kept twice is right
            assert victim.found(both, runs=2) == reference
        else:
            assert victim.ended(victim.found(both), reference, 0)


@pytest.mark.chaos
def test_two_commands_of_each_kind_at_once(production: Production, prefect_api: str) -> None:
    """Two imports, then two replays, then two housekeepings, each a process of its own with Prefect."""
    populate(production)
    environment = {**os.environ, **production.environment(), "PREFECT_API_URL": prefect_api}
    for command in ("import", "replay", "backfill"):
        both = [start(production, command, prefect_api) for _ in range(2)]
        said = [each.communicate(timeout=300)[1].decode() for each in both]
        assert [each.returncode for each in both] in ([0, 0], [0, 1], [1, 0]), said
        if command != "backfill":  # of two backfills one may give way
            assert [each.returncode for each in both] == [0, 0], said
    keeping = [
        subprocess.Popen([*SMOKEWATCH, "housekeeping"], env=environment, cwd=production.folder) for _ in range(2)
    ]
    assert [each.wait(timeout=120) for each in keeping] == [0, 0]
    with closing(Catalog.open(environment["SMOKEWATCH_CATALOG_URL"])) as catalog:
        assert_no_row_without_bytes(production, catalog)
        assert left_running(catalog) == []
        with catalog.read() as connection:
            replays = connection.exec_driver_sql("SELECT count(*) FROM replays").scalar_one()
            sequences = connection.exec_driver_sql("SELECT count(*) FROM detections").scalar_one()
    assert (sequences, replays) == (SEQUENCES * FRAMES, PREDICTIONS)
    assert running_below(production.folder) == []


@pytest.mark.chaos
def test_two_upgrades_of_the_same_old_catalog(tmp_path: Path) -> None:
    file = older(tmp_path / "catalog.db", rows=200)
    code = "import sys; from smokewatch.store.catalog import Catalog; Catalog.open(sys.argv[1]).close()"
    both = [subprocess.Popen([sys.executable, "-c", code, f"sqlite:///{file}"]) for _ in range(4)]
    assert [each.wait(timeout=120) for each in both] == [0] * 4
    assert state(file) == (SCHEMA_HEAD, 200)
    assert [each.name for each in tmp_path.glob("*.before-upgrade-*")] == ["catalog.db.before-upgrade-0006"]
