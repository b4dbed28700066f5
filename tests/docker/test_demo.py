"""The demo day through containers: as it must be, and as processes of the same releases decide it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import docker
import pytest

from smokewatch.store.catalog import Catalog
from smokewatch.store.sequences import load_sequences
from smokewatch.store.verdicts import current_verdicts
from tests.marks import chaos

SMOKEWATCH = [sys.executable, "-c", "from smokewatch.cli import main; main()"]
VERDICTS = {"0.5.0": "no-go", "0.5.1": "go"}
FOUND = ("verdict", "replayed_score", "full_score", "matched_frames", "request_sha256", "ambiguous", "model_version")


def run(*arguments: str, **environment: str) -> dict[str, Any]:
    """A command's summary."""
    done = subprocess.run(
        [*SMOKEWATCH, *arguments, "--json"], env={**os.environ, **environment}, stdout=subprocess.PIPE, check=True
    )
    summary: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return summary


@pytest.mark.parametrize("beside_processes", [False, chaos(True)])
def test_the_demo_day_through_containers_is_as_it_must_be_and_as_processes_decide_it(
    engine: docker.DockerClient, tmp_path: Path, prefect_api: str, beside_processes: bool
) -> None:
    told = run("demo", f"--dir={tmp_path}", "--sequences=20", SMOKEWATCH_RUNTIME="docker", PREFECT_API_URL=prefect_api)
    assert told["as_expected"]
    assert told["replay"]["runtime"] == "docker"
    assert all(told["triage"]["checks"].values())
    assert 0 < told["triage"]["nobody_has_to_look_at"] < told["triage"]["waiting"]
    assert told["replay"]["trigger"]["enriched"] > 0
    qualified = told["qualification"]
    assert {version: qualified[version]["verdict"] for version in VERDICTS} == VERDICTS
    for version in VERDICTS:
        assert qualified[version]["runtime"] == "docker"
        assert qualified[version]["predict_calls"] == qualified[version]["compared"] == qualified["replayed"]
    assert told["replay"]["trigger"]["not_reproduced"] == told["replay"]["trigger"]["failed"] == 0
    if not beside_processes:
        return
    by_containers = verdicts(tmp_path, told["day"])

    facts = json.loads((tmp_path / "production" / "production.json").read_text())
    environments = {version: release["environment"] for version, release in facts["releases"].items()}
    again = run(
        "replay",
        f"--day={told['day']}",
        PREFECT_API_URL=prefect_api,
        SMOKEWATCH_CATALOG_URL=f"sqlite:///{tmp_path / 'store' / 'catalog.db'}",
        SMOKEWATCH_FRAMES=str(tmp_path / "store" / "frames"),
        SMOKEWATCH_SERVER_NAME=facts["server_name"],
        SMOKEWATCH_RUNTIME="process",
        SMOKEWATCH_RELEASE_COMMAND=facts["release_command"],
        SMOKEWATCH_RELEASE_ENV=json.dumps(environments),
    )
    by_processes = verdicts(tmp_path, told["day"])
    # Processes run what scored the day; the containers' reference had moved, and was refused.
    moved = {key for key, verdict in by_containers.items() if verdict["verdict"] == "dropped"}
    assert again["replayed"] > told["replay"]["replayed"]
    assert {key: by_processes[key] for key in by_processes if key not in moved} == {
        key: by_containers[key] for key in by_containers if key not in moved
    }


def verdicts(folder: Path, day: str) -> dict[tuple[str, int], dict[str, Any]]:
    """What was found out about each sequence."""
    catalog = Catalog.open(f"sqlite:///{folder / 'store' / 'catalog.db'}")
    with catalog.read() as connection:
        sequences = load_sequences(connection, first_day=date.fromisoformat(day), last_day=date.fromisoformat(day))
        rows = current_verdicts(connection, [(each.source, each.id) for each in sequences])
    catalog.close()
    return {key: {name: row[name] for name in FOUND} for key, row in rows.items()}
