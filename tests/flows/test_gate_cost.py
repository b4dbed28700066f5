"""The gate's cost as an import shows it: counted anew when labels come."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx

from flows.import_sequences import import_sequences
from smokewatch.domain.gate_cost import GateCount
from smokewatch.domain.risk import PRODUCTION_GATE, FwiClass, RiskClass
from smokewatch.store.catalog import Catalog
from smokewatch.store.risk import save_classes
from tasks.gating import gate_markdown
from tests.production import DAY, Production


def artifacts(prefect_api: str, run_name: str = f"import {DAY}") -> list[dict[str, Any]]:
    """The gate's costs that imports of the day showed, newest first."""
    with httpx.Client(base_url=prefect_api, trust_env=False, timeout=60) as client:
        runs = client.post("/flow_runs/filter", json={"flow_runs": {"name": {"any_": [run_name]}}}).json()
        wanted = {"artifacts": {"key": {"any_": ["gate-cost"]}}, "sort": "CREATED_DESC"}
        found = client.post("/artifacts/filter", json=wanted).json()
    ids = {run["id"] for run in runs}
    return [each for each in found if each["flow_run_id"] in ids]


def test_an_import_shows_what_the_gate_held_back_and_later_what_of_it_was_smoke(
    production: Production, catalog: Catalog, prefect_api: str
) -> None:
    low, high = (production.add(frames=4, seen=4, camera=camera) for camera in (0, 1))
    before = len(artifacts(prefect_api))
    import_sequences(date_from=DAY)
    assert len(artifacts(prefect_api)) == before, "no class is known: there is nothing to tell"
    now = datetime(DAY.year, DAY.month, DAY.day, 4, tzinfo=UTC)
    with catalog.write() as connection:
        classes = zip(production.cameras, (FwiClass.VERY_LOW, FwiClass.HIGH), strict=False)
        save_classes(
            connection, "alert-api", [RiskClass(camera, DAY, each, None, now) for camera, each in classes], now=now
        )
    production.change(low, max_conf=0.59)
    production.change(high, max_conf=0.1)
    import_sequences(date_from=DAY)
    told = artifacts(prefect_api)[0]["data"]
    assert f"# The gate's cost, {DAY}" in told
    assert "**1 sequences held back**, 0 alerts whole. None of them is labelled yet." in told
    assert "| very_low (≥ 0.6) | 0 | 0 | 0 | 1 | 0 | 0 | 1 |" in told
    assert "| high | 0 | 0 | 1 | 0 | 0 | 0 | 0 |" in told
    production.change(low, is_wildfire="wildfire_smoke")
    import_sequences(date_from=DAY)
    assert (
        "**1 were real smoke** (100.0% of the 1 labelled ones); 0 are not labelled yet."
        in (artifacts(prefect_api)[0]["data"])
    )


def test_a_name_does_not_break_the_table() -> None:
    counts = [GateCount("s", 1, None, shown=1), GateCount("s", 2, FwiClass.LOW, held=1234)]
    told = gate_markdown(counts, {("s", 1): "a|b\nc"}, PRODUCTION_GATE, "a day")
    assert "| a\\|b c | 0 | 0 | 1 | 0 | 0 | 0 | 0 |" in told
    assert "| org-2 | 0 | 0 | 0 | 1,234 | 0 | 0 | 1,234 |" in told
