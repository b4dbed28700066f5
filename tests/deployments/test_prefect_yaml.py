"""prefect.yaml: what it says, and that a real worker runs each deployment."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from demo.slack import Sink
from smokewatch.store import tables as t
from smokewatch.store.catalog import Catalog
from tests.annotator import running as annotator_running
from tests.deployments.conftest import CRONS, PREFECT, ROOT, Server
from tests.production import DAY, Production
from tests.risk_api import PASSWORD, USERNAME
from tests.risk_api import running as risk_running
from tests.scoring.test_package_files import write
from tests.store.watched import add_day, nth, set_up

BASELINE_DAYS = 14


def test_every_flow_is_a_deployment_with_all_that_people_need(written: list[dict[str, Any]]) -> None:
    entrypoints = {each["entrypoint"] for each in written if each["name"] == "default"}
    assert entrypoints == {
        f"flows/{path.stem}.py:{path.stem}" for path in (ROOT / "flows").glob("*.py") if path.stem != "__init__"
    }
    for each in written:
        assert each["description"].endswith("."), each
        assert "smokewatch" in each["tags"]
        assert isinstance(each["parameters"], dict)
        assert each["concurrency_limit"]["limit"] >= 1
        assert each["concurrency_limit"]["collision_strategy"] in ("ENQUEUE", "CANCEL_NEW")
        assert all(schedule["timezone"] == "UTC" for schedule in each.get("schedules", ()))
        # Both pools may have workers: a schedule of each would run a day twice.
        assert (each["work_pool"]["name"], bool(each.get("schedules"))) != ("docker", True)
    assert {each["work_pool"]["name"] for each in written} == {"process", "docker"}


def test_a_backfill_never_loses_a_day_to_a_limit(written: list[dict[str, Any]]) -> None:
    days = next(each for each in written if each["name"] == "backfill")
    assert days["concurrency_limit"]["collision_strategy"] == "ENQUEUE"
    assert days["parameters"] == {"relist": 0, "once": True}
    asked = next(each for each in written if each["entrypoint"] == "flows/backfill.py:backfill")
    assert asked["parameters"] == {"deployment": "daily/backfill"}


class World:
    """The outside, and a store that has days already."""

    def __init__(self, folder: Path, held: ExitStack) -> None:
        self.production = held.enter_context(Production(folder))
        risk = held.enter_context(risk_running(folder, datetime.combine(DAY, time(1), UTC)))
        risk.add_cameras(1, 2)
        risk.give(DAY, [60.0, 40.0])
        risk.services.load()
        risk.services.clock.reach(datetime.combine(DAY, time(4), UTC))
        annotator = held.enter_context(annotator_running(folder))
        annotator.add_many(2, frames=2)
        self.sink = held.enter_context(Sink("alerts"))
        self.environment = {
            **self.production.environment(),
            **annotator.environment(),
            "RISK_API_URL": risk.url,
            "RISK_API_LOGIN": USERNAME,
            "RISK_API_PWD": PASSWORD,
            "SLACK_WEBHOOK_URL": self.sink.webhook("alerts"),
            "SMOKEWATCH_NOTIFY_PAUSE": "0",
            "SMOKEWATCH_TRIAGE_MODELS": str(write(folder / "model.zip", model_version="1.0")),
            "SMOKEWATCH_MODEL_LOADER": "tests.scoring.models:Cheap.load",
            "PYTHONPATH": str(ROOT),
            "TMPDIR": str(folder),
        }
        self.catalog = Catalog.open(self.environment["SMOKEWATCH_CATALOG_URL"])
        held.callback(self.catalog.close)
        set_up(self.catalog)
        for number in range(1, BASELINE_DAYS + 2):  # day 0 has the ids of the production's own sequences
            add_day(self.catalog, number, n=15)

    def states(self) -> dict[str, set[str]]:
        """Of every kind of run that was recorded."""
        with self.catalog.read() as connection:
            rows = connection.execute(sa.select(t.runs.c.kind, t.runs.c.state)).all()
        return {kind: {row.state for row in rows if row.kind == kind} for kind in {row.kind for row in rows}}

    def count(self, table: sa.Table) -> int:
        with self.catalog.read() as connection:
            return connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with ExitStack() as held:
        yield World(tmp_path, held)


def start_worker(deployed: Server, world: World) -> None:
    """A worker of the pool `process`; what is due by a schedule would come in between, so that schedules rest."""
    for name in CRONS:
        deployed.post(f"/deployments/{deployed.deployments()[name]['id']}/pause_deployment", {})
    environment = {**deployed.environment(), **world.environment}
    command = [*PREFECT, "worker", "start", "--pool=process", f"--limit={os.cpu_count() or 1}"]
    deployed.children.start("worker", command, environment)


@pytest.mark.chaos  # a process a deployment: minutes of CPU
def test_a_real_worker_runs_each_deployment(deployed: Server, world: World) -> None:
    alerting = world.production.add(frames=4, seen=4, score=0.9)
    world.production.alert(alerting)
    world.production.add(frames=4, hour=-20)
    start_worker(deployed, world)
    first, last, after = nth(1), nth(BASELINE_DAYS), nth(BASELINE_DAYS + 1)

    def run(runs: dict[str, dict[str, Any]]) -> None:
        ids = {deployed.run(name, **how): name for name, how in runs.items()}
        ended = deployed.ended(*ids)
        said = {ids[key]: (each["state"]["type"], each["state"]["message"]) for key, each in ended.items()}
        assert all(kind == "COMPLETED" for kind, _ in said.values()), said

    run(
        {
            "import-sequences/default": {"date_from": str(DAY)},
            "refresh-risk/default": {"date_from": str(DAY)},
            "pull-backlog/default": {},
            "build-baseline/default": {"date_from": str(first), "date_to": str(last)},
            "housekeeping/default": {},
        }
    )
    at = datetime.combine(DAY + timedelta(days=1), time(2), UTC).isoformat()
    run(
        {
            "replay-sequences/default": {"date_from": str(DAY)},
            "check-drift/default": {"date_from": str(after)},
            "notify-alerts/default": {"since": f"{DAY}T00:00:00Z"},
            "triage-backlog/default": {},
            "watch/default": {},
            "qualify-release/default": {"candidate": "0.4.0", "date_from": str(DAY)},
        }
    )
    run({"daily/default": {"at": at, "relist": 0}})
    run({"backfill/default": {"date_from": str(DAY - timedelta(days=1)), "date_to": str(DAY)}})

    assert set(map(tuple, world.states().values())) == {("completed",)}
    assert _days(world) == [DAY, DAY - timedelta(days=1)]
    assert [each.channel for each in world.sink.messages] == ["alerts"]
    for table in (t.verdicts, t.risk_classes, t.triage_scores, t.drift_baselines, t.drift_checks, t.frame_profiles):
        assert world.count(table) > 0, table.name


def _days(world: World) -> list[date]:
    """The days that were run, by their start: the night's own, then what was missing."""
    r = t.runs.c
    with world.catalog.read() as connection:
        rows = connection.scalars(sa.select(r.parameters).where(r.kind == "daily").order_by(r.started_at)).all()
    return [date.fromisoformat(parameters["day"]) for parameters in rows]
