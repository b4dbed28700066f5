"""What all tests share."""

from __future__ import annotations

import json
import os
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import docker
import pytest
from docker.errors import DockerException
from hypothesis import HealthCheck, settings
from tenacity import wait_none

from smokewatch.store.catalog import Catalog
from tests.prefect_server import prefect_server
from tests.production import Production
from tests.servers import S3, PostgreSql, postgresql_server, s3_server

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture(scope="session")
def golden_sequences() -> dict[int, dict[str, Any]]:
    """Recorded alert-api sequences by id: ``organization_id``, ``sequence``, ``detections``."""
    recorded = json.loads((GOLDEN / "alert_api_sequences.json").read_text())
    return {entry["sequence"]["id"]: entry for entry in recorded}


@pytest.fixture(scope="session")
def golden_requests() -> list[dict[str, Any]]:
    """Requests that production's own worker sent."""
    return [json.loads(line) for line in (GOLDEN / "predict_requests.jsonl").read_text().splitlines()]


@pytest.fixture(scope="session")
def golden_calls() -> list[dict[str, Any]]:
    """Calls to the real temporal API with their answers."""
    calls: list[dict[str, Any]] = json.loads((GOLDEN / "temporal_api_calls.json").read_text())
    return calls


# A machine with other things to do is no fault of a rule.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

# Started in the background of a shell, all of this would ignore Ctrl-C, and so would the commands that tests interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def prefect_api(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Prefect server of its own for the whole session; its address, for other processes too."""
    keeps = pytestconfig.pluginmanager.hasplugin("cacheprovider")
    folder = pytestconfig.cache.mkdir("prefect") if keeps else tmp_path_factory.mktemp("prefect")
    with prefect_server(folder) as address:
        yield address


@pytest.fixture(scope="session")
def engine() -> Iterator[docker.DockerClient]:
    """This machine's Docker engine; without one, tests that need it are skipped, or fail where it is required."""
    try:
        client = docker.from_env(timeout=120)
        client.ping()
    except DockerException as error:
        if os.environ.get("SMOKEWATCH_REQUIRE_DOCKER"):
            pytest.fail(f"no Docker engine answers, and one is required: {error}")
        pytest.skip("no Docker engine answers: `make docker-engine` starts one")
    yield client
    client.close()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSql]:
    with postgresql_server() as server:
        yield server


@pytest.fixture(scope="session")
def s3_running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3]:
    with s3_server(tmp_path_factory.mktemp("s3")) as server:
        yield server


@pytest.fixture
def s3(s3_running: S3, monkeypatch: pytest.MonkeyPatch) -> S3:
    """An S3 server, the environment pointing at it."""
    for name, value in s3_running.environment().items():
        monkeypatch.setenv(name, value)
    return s3_running


@pytest.fixture
def production(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prefect_api: str) -> Iterator[Production]:
    """A production, the settings pointing at it; what is started for it has its folders below ``tmp_path``."""
    with watched_production(tmp_path, monkeypatch) as running:
        yield running


@contextmanager
def watched_production(folder: Path, patch: pytest.MonkeyPatch) -> Iterator[Production]:
    """A production in a folder, the settings pointing at it as long as the patches last."""
    patch.chdir(folder)
    patch.setenv("TMPDIR", str(folder))
    patch.setattr(tempfile, "tempdir", None)
    patch.setattr("blocks.transport.BACKOFF", wait_none())
    with Production(folder) as running:
        for name, value in running.environment().items():
            patch.setenv(name, value)
        yield running


@pytest.fixture
def catalog(production: Production) -> Iterator[Catalog]:
    """The catalog of the smokewatch that looks at it."""
    from tasks.runs import clear_leftovers

    opened = Catalog.open(production.environment()["SMOKEWATCH_CATALOG_URL"])
    yield opened
    clear_leftovers(opened)  # of a killed command whose test failed half-way
    opened.close()
