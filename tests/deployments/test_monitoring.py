"""Alert rules and the dashboard: Prometheus takes them, they ask for what is told, alerts ring when they should."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from smokewatch.store.catalog import Catalog
from smokewatch.store.frames import FrameStore
from smokewatch.store.viewing.operating import read_operating
from smokewatch.viewer.metrics import metrics_of
from tests.store.filled import Store
from tests.store.operated import NOW, operate

DEPLOYMENTS = Path(__file__).parents[2] / "deployments"
RULES = DEPLOYMENTS / "prometheus" / "rules.yml"
DASHBOARD = DEPLOYMENTS / "grafana" / "dashboard.json"
OF_PROMETHEUS = {"up", "process_resident_memory_bytes"}


@pytest.fixture(scope="session")
def promtool() -> str:
    """Prometheus' own tool; without it tests are skipped, or fail where it is required."""
    found = shutil.which("promtool")
    if found is None:
        if os.environ.get("SMOKEWATCH_REQUIRE_HOSTING"):
            pytest.fail("promtool is not installed, and it is required")
        pytest.skip("promtool is not installed: `make hosting` gets it")
    return found


def checked(promtool: str, *arguments: str | Path) -> None:
    ended = subprocess.run([promtool, *map(str, arguments)], capture_output=True, text=True, timeout=120)
    assert ended.returncode == 0, ended.stdout + ended.stderr


def rules() -> list[dict[str, Any]]:
    return [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]


def queries() -> list[str]:
    """Every query of the dashboard, its variables filled in as Grafana does."""
    panels = json.loads(DASHBOARD.read_text())["panels"]
    return [target["expr"].replace("$release", ".*") for panel in panels for target in panel["targets"]]


def test_prometheus_takes_the_rules_and_every_query_of_the_dashboard(promtool: str, tmp_path: Path) -> None:
    assert len(queries()) > 20
    as_rules = [{"record": f"query:{number}", "expr": query} for number, query in enumerate(queries())]
    every = tmp_path / "queries.yml"
    every.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": as_rules}]}))
    checked(promtool, "check", "rules", "--lint-fatal", RULES, every)


def test_alerts_ring_when_they_should(promtool: str, tmp_path: Path) -> None:
    told = (Path(__file__).parent / "alerts.yml").read_text()
    (tmp_path / "alerts.yml").write_text(told.replace("[RULES]", f"[{RULES}]"))
    checked(promtool, "test", "rules", tmp_path / "alerts.yml")
    assert {rule["alert"] for rule in rules()} == set(re.findall(r'alertname="(\w+)"', told))


@pytest.fixture(scope="module")
def labels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """What a filled store's metrics are called, each with the names of its labels."""
    folder = tmp_path_factory.mktemp("operated")
    catalog = Catalog.open(f"sqlite:///{folder / 'catalog.db'}")
    operate(Store(catalog, FrameStore.open(str(folder / "frames")), folder))
    with catalog.read() as connection:
        reading = read_operating(connection, now=NOW)
    catalog.close()
    return {sample.name: set(sample.labels) for metric in metrics_of(reading, now=NOW) for sample in metric.samples}


def test_what_is_asked_for_is_told(labels: dict[str, set[str]]) -> None:
    asked = [*queries(), *(rule["expr"] for rule in rules())]
    names = {name for query in asked for name in re.findall(r"\b(?:smokewatch|process)_\w+|\bup\b", query)}
    assert names - OF_PROMETHEUS <= labels.keys()
    for query in asked:
        for name, chosen in re.findall(r"\b(smokewatch_\w+)\{([^}]*)\}", query):
            assert set(re.findall(r"(\w+)\s*[=!]", chosen)) <= labels[name], query
    for query, legend in _legends():
        known = set().union(
            *(labels.get(name, {"instance"}) for name in re.findall(r"\b(?:smokewatch|process)_\w+", query))
        )
        assert set(re.findall(r"\{\{(\w+)\}\}", legend)) <= known, query


def test_nothing_that_is_told_is_watched_by_nobody(labels: dict[str, set[str]]) -> None:
    asked = " ".join([*queries(), *(rule["expr"] for rule in rules())])
    assert {name for name in labels if not re.search(rf"\b{name}\b", asked)} == {"smokewatch_build_info"}


def test_every_alert_says_what_to_do() -> None:
    for rule in rules():
        assert rule["labels"]["severity"] in {"page", "look"}, rule["alert"]
        assert rule["annotations"].keys() == {"summary", "runbook"}, rule["alert"]


def _legends() -> list[tuple[str, str]]:
    panels = json.loads(DASHBOARD.read_text())["panels"]
    return [(target["expr"], target["legendFormat"]) for panel in panels for target in panel["targets"]]
