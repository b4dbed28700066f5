"""Days: which are done and due, which night is missing, and what people read of one."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from smokewatch.domain.daily import Part, PartState, day_markdown, day_summary, part_done
from smokewatch.domain.day_states import DailyRun, DayState, day_states, is_due, missing_day

DAY = date(2026, 8, 14)
OVER = datetime(2026, 8, 15, tzinfo=UTC)
NIGHT = OVER + timedelta(hours=2)
NOW = OVER + timedelta(hours=8)
DRIFT = {
    "severity": "high",
    "cameras": ["SDIS 07/south"],
    "alerts": 1,
    "quality_alarms": ["2026-08-14 SDIS 07/west: nothing came"],
    "retraining": 0,
    "baseline": "default",
    "baseline_version": 3,
}


def run(state: str, began: datetime = NIGHT, day: date = DAY) -> DailyRun:
    return DailyRun("id", day, state, began, None if state == "running" else began, None)


@pytest.mark.parametrize(
    ("runs", "state"),
    [
        ([], DayState.NEVER),
        ([run("completed")], DayState.DONE),
        ([run("completed", OVER)], DayState.DONE),
        ([run("completed", OVER - timedelta(seconds=1))], DayState.NEVER),  # the day was not over
        ([run("completed"), run("failed", NOW)], DayState.DONE),
        ([run("failed"), run("completed", NOW)], DayState.DONE),
        ([run("failed")], DayState.FAILED),
        ([run("lost"), run("failed", NOW)], DayState.FAILED),
        ([run("failed"), run("lost", NOW)], DayState.LOST),
        ([run("failed"), run("running", NOW)], DayState.RUNNING),
        ([run("running", NOW - timedelta(hours=24))], DayState.LOST),  # of a host that nobody can ask
        ([run("running", NOW - timedelta(hours=23))], DayState.RUNNING),
        ([run("completed", day=DAY + timedelta(days=1))], DayState.NEVER),
    ],
)
def test_a_days_state_is_what_its_runs_tell(runs: list[DailyRun], state: DayState) -> None:
    assert day_states([DAY], runs, now=NOW) == {DAY: state}
    assert day_states([DAY], reversed(runs), now=NOW) == {DAY: state}


def test_what_failed_waits_to_be_asked_for() -> None:
    assert [state for state in DayState if is_due(state, retry_failed=False)] == [DayState.LOST, DayState.NEVER]
    assert {state for state in DayState if is_due(state, retry_failed=True)} == {
        *(DayState.LOST, DayState.NEVER, DayState.FAILED)
    }


def test_a_night_is_missing_from_eight_on() -> None:
    assert missing_day([], now=NOW - timedelta(seconds=1)) is None
    assert missing_day([], now=NOW) == DAY
    assert missing_day([run("failed")], now=NOW) == DAY
    assert missing_day([run("running")], now=NOW) == DAY
    assert missing_day([run("completed")], now=NOW) is None
    assert missing_day([run("completed")], now=NOW + timedelta(days=1)) == DAY + timedelta(days=1)


def test_people_read_the_verdict_first_then_what_to_look_at() -> None:
    parts = [
        Part("import", PartState.FAILED, "alert-api | is\naway", attempts=3),
        part_done("drift", DRIFT),
    ]
    assert day_markdown(DAY, parts).splitlines() == [
        "# 2026-08-14: import failed",
        "",
        "- import failed: alert-api | is away",
        "- drift high on SDIS 07/south",
        "- data quality: 2026-08-14 SDIS 07/west: nothing came",
        "",
        "| part | | |",
        "|---|---|---|",
        "| import | **failed** at attempt 3 | alert-api \\| is away |",
        "| drift | done | high on SDIS 07/south, baseline default version 3 |",
    ]
    summary = day_summary(DAY, parts)
    assert (summary["state"], summary["failed"], len(summary["look"])) == ("failed", ["import"], 2)


def test_a_quiet_day_is_quiet() -> None:
    quiet = DRIFT | {"severity": "none", "cameras": [], "alerts": 0, "quality_alarms": []}
    parts = [part_done("drift", quiet, attempts=2)]
    assert day_markdown(DAY, parts).startswith("# 2026-08-14: all well\n\n| part | | |")
    assert "| drift | done at attempt 2 | none, baseline" in day_markdown(DAY, parts)
