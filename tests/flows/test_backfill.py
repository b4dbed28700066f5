"""Backfilling: each day once, resumed after kill -9, shared by two at once; failures that are left for people."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

import flows.backfill as module
import tasks.day_parts
from demo.gate import Asked, Instead
from flows.backfill import backfill
from flows.daily import daily
from smokewatch.cli import main
from smokewatch.errors import RunError
from smokewatch.store import tables as t
from smokewatch.store.catalog import Catalog
from tests.artifacts import newest_artifact
from tests.faults.test_kill import SMOKEWATCH, assert_killed, left_running, running_below
from tests.flows.test_daily import LISTING
from tests.production import DAY, Production

DAYS = [DAY - timedelta(days=ago) for ago in (2, 1, 0)]
FRAMES = 4


@pytest.fixture(autouse=True)
def no_second_attempts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks.day_parts, "PAUSES", [])


@pytest.fixture
def days(production: Production) -> Production:
    """A production with one sequence a day, which no release scored: a replay starts none."""
    for ago in range(len(DAYS)):
        production.add(frames=FRAMES, hour=2 - 24 * ago)
    return production


def start(production: Production, prefect_api: str) -> subprocess.Popen[bytes]:
    environment = {**os.environ, **production.environment(), "PREFECT_API_URL": prefect_api}
    arguments = ["backfill", f"--from={DAYS[0]}", f"--to={DAYS[-1]}"]
    return subprocess.Popen([*SMOKEWATCH, *arguments], env=environment, cwd=production.folder, stderr=subprocess.PIPE)


def run(**options: Any) -> dict[str, Any]:
    summary: dict[str, Any] = backfill(date_from=DAYS[0], date_to=DAYS[-1], **options)
    return summary


def runs(catalog: Catalog, kind: str = "daily") -> list[tuple[str, str]]:
    """Day and state of every run of a kind, by its start."""
    r = t.runs.c
    with catalog.read() as connection:
        rows = connection.execute(sa.select(r.parameters, r.state).where(r.kind == kind).order_by(r.started_at)).all()
    return [(row.parameters.get("day", ""), row.state) for row in rows]


def table() -> list[dict[str, Any]]:
    """The newest table of day x state."""
    newest = newest_artifact("backfill-days")
    rows: list[dict[str, Any]] = json.loads(newest.data) if isinstance(newest.data, str) else newest.data  # type: ignore[assignment]
    return rows


def refuse(production: Production, *refused: date) -> None:
    """From now on alert-api cannot list these days."""
    texts = {str(day) for day in refused}

    def answer(asked: Asked) -> Instead | None:
        return Instead(404) if asked.path == LISTING and asked.query["from_date"] in texts else None

    production.before_answer = answer


def test_every_day_is_run_once_and_told_in_a_table(days: Production, catalog: Catalog) -> None:
    daily(day=DAYS[1], relist=0)
    summary = run()
    assert summary | {"seconds": 0} == {
        "days": 3,
        "done": 3,
        "done_before": 1,
        "failed": [],
        "running": [],
        "left": [],
        "seconds": 0,
    }
    once = [(str(day), "completed") for day in (DAYS[1], DAYS[0], DAYS[2])]
    assert runs(catalog) == once
    told = [[row[name] for name in ("day", "state", "import", "replay", "drift", "look")] for row in table()]
    assert told == [[str(day), "done", "done", "done", "skipped", ""] for day in DAYS]
    asked = len(days.requests)
    assert run()["done_before"] == 3
    assert (runs(catalog), len(days.requests)) == (once, asked)


def test_a_day_that_failed_stops_no_other_and_waits_to_be_asked_for(days: Production, catalog: Catalog) -> None:
    refuse(days, DAYS[1])
    with pytest.raises(RunError, match=f"^1 days failed, the first {DAYS[1]}: look at them, then --retry-failed$"):
        run()
    first = [(str(DAYS[0]), "completed"), (str(DAYS[1]), "failed"), (str(DAYS[2]), "completed")]
    assert runs(catalog) == first
    row = table()[1]
    assert (row["state"], row["import"], row["replay"]) == ("failed", "failed", "done")
    assert row["look"].endswith(f"{LISTING}: answered 404: Not Found")
    days.before_answer = None
    with pytest.raises(RunError, match="1 days failed"):
        run()
    assert runs(catalog) == first
    assert run(retry_failed=True)["done"] == 3
    assert runs(catalog) == [*first, (str(DAYS[1]), "completed")]


def test_days_that_fail_in_a_row_leave_the_rest_for_later(
    days: Production, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "IN_A_ROW", 2)
    refuse(days, *DAYS)
    with pytest.raises(RunError, match=r"^2 days failed, .*; 1 days left, run again to go on$"):
        run()
    assert runs(catalog) == [(str(day), "failed") for day in DAYS[:2]]


def test_killed_in_the_middle_of_a_day_it_is_resumed_there(
    days: Production, catalog: Catalog, prefect_api: str
) -> None:
    process: list[subprocess.Popen[bytes]] = []

    def kill(number: int, _key: str) -> None:
        if number == FRAMES + 2:
            process[0].kill()

    days.objects.before_get = kill
    process.append(start(days, prefect_api))
    assert_killed(process[0])
    days.objects.before_get = lambda _number, _key: None
    assert runs(catalog) == [(str(DAYS[0]), "completed"), (str(DAYS[1]), "running")]
    assert run()["done"] == 3
    states = [(str(DAYS[0]), "completed"), (str(DAYS[1]), "lost")]
    assert runs(catalog) == [*states, *((str(day), "completed") for day in DAYS[1:])]
    assert [state for _, state in runs(catalog, "backfill")] == ["lost", "completed"]
    assert left_running(catalog) == []
    assert running_below(days.folder) == []


@pytest.mark.chaos  # two more processes with Prefect
def test_two_at_once_share_the_days(days: Production, catalog: Catalog, prefect_api: str) -> None:
    other: list[subprocess.Popen[bytes]] = []

    def let_the_other_go_ahead(number: int, _key: str) -> None:
        if number > 1:
            return
        other.append(start(days, prefect_api))
        end = time.monotonic() + 90
        while (str(DAYS[1]), "running") not in runs(catalog):  # it passes over the day that we have in work
            assert time.monotonic() < end
            assert other[0].poll() is None
            time.sleep(0.05)

    days.objects.before_get = let_the_other_go_ahead
    here = run()
    assert other[0].wait(timeout=120) in (0, 1)
    assert Counter(runs(catalog)) == {(str(day), "completed"): 1 for day in DAYS}
    assert (here["failed"], here["left"]) == ([], [])
    assert run()["done"] == 3


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "which days? give --from, or --day for one"),
        (("--from", "2020-01-01", "--to", "2021-06-01"), "2020-01-01 to 2021-06-01 are 518 days: give at most 366"),
        (("--from", "2026-08-14", "--to", "2026-08-13"), "upside down"),
        (("--day", "2026-08-14", "--deployment", "daily/none"), "no deployment daily/none: `prefect deploy --all`"),
    ],
)
def test_a_wrong_call_is_one_line(
    production: Production,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    says: str,
) -> None:
    monkeypatch.setattr(sys, "argv", ["smokewatch", "backfill", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert says in capsys.readouterr().err.strip().splitlines()[-1]
