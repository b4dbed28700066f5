"""A day: its parts and what they say of it, late labels, failures that are told, and a night that did not run."""

from __future__ import annotations

import inspect
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any, Self

import pytest
import sqlalchemy as sa

import tasks.day_parts
import tasks.missing
from demo.gate import Instead
from flows.daily import daily
from flows.housekeeping import housekeeping
from flows.import_sequences import import_sequences
from flows.replay_sequences import replay_sequences
from smokewatch.errors import RunError, UsageError
from smokewatch.store import tables as t
from smokewatch.store.catalog import Catalog
from smokewatch.store.drift import Selection, build_version, current_day
from smokewatch.store.runs import daily_runs, finish_run, start_run
from tests.artifacts import newest_artifact
from tests.production import DAY, Production, jpeg
from tests.store.watched import add_day, nth, set_up

LISTING = "/sequences/all/fromdate"
RIGHT = (t.sequences, t.revisions, t.outcomes, t.detections, t.frames, t.replays, t.verdicts, t.drift_baselines)
"""What a second run must not change."""


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks.day_parts, "PAUSES", [0.0, 0.0])


def kinds(catalog: Catalog) -> list[tuple[str, str]]:
    """Every run that was recorded, by its start."""
    with catalog.read() as connection:
        rows = connection.execute(sa.select(t.runs.c.kind, t.runs.c.state).order_by(t.runs.c.started_at)).all()
    return [(row.kind, row.state) for row in rows]


def stored(catalog: Catalog) -> dict[str, list[Any]]:
    with catalog.read() as connection:
        return {
            table.name: list(connection.execute(table.select().order_by(*table.primary_key)).all()) for table in RIGHT
        }


def summary_artifact() -> str:
    newest = newest_artifact("daily-summary")
    assert isinstance(newest.data, str)
    return newest.data


def fail_listings(production: Production) -> None:
    production.before_answer = lambda asked: Instead(404) if asked.path == LISTING else None


def test_a_day_is_imported_replayed_and_told_in_one_summary(production: Production, catalog: Catalog) -> None:
    production.add(frames=6, seen=6)
    production.add(frames=5, seen=5, hour=3, score=0.123456)
    summary = daily(day=DAY, relist=0)
    assert {name: part["state"] for name, part in summary["parts"].items()} == {
        "import": "done",
        "replay": "done",
        "drift": "skipped",
    }
    assert (summary["day"], summary["state"], summary["failed"]) == (str(DAY), "done", [])
    assert summary["look"] == ["1 sequences unexplained: no window gives the recorded score"]
    assert kinds(catalog) == [("daily", "completed"), ("import", "completed"), ("replay", "completed")]
    told = summary_artifact()
    assert told.startswith(f"# {DAY}: done, look at this\n\n- 1 sequences unexplained")
    assert "| import | done | 2 sequences of 1 days listed: 2 new, 0 changed, 0 deleted |" in told
    assert "| replay | done | 2 sequences: 1 exact, 0 window, 1 unexplained |" in told
    assert "| drift | skipped | no baseline default of days before it: `smokewatch baseline` builds one |" in told
    assert len(told.splitlines()) < 12


def test_running_a_day_again_changes_nothing_that_was_right(production: Production, catalog: Catalog) -> None:
    set_up(catalog)
    days = range(1, 15)  # day 0 has the ids of the production's own sequences
    for number in days:
        add_day(catalog, number, n=15)
    with catalog.write() as connection:
        kept = [current_day(connection, nth(number), selection=Selection()) for number in days]
        build_version(connection, "default", kept, left_out={}, run_id="r", now=datetime.now(UTC))
    production.add(frames=6, seen=5)
    first = daily(day=DAY, relist=1)
    assert {part["state"] for part in first["parts"].values()} == {"done"}
    before, asked = stored(catalog), production.predictions()
    assert daily(day=DAY, relist=1)["parts"]["drift"] == first["parts"]["drift"]
    assert stored(catalog) == before
    assert production.predictions() == asked


def test_late_labels_and_detections_of_earlier_days_are_followed(production: Production, catalog: Catalog) -> None:
    assert inspect.signature(daily.fn).parameters["relist"].default == 14
    # Only what grows was scored: a replay of the others starts no release.
    labelled, grown, forgotten = (
        production.add(frames=5, seen=5 if ago == 3 else None, hour=2 - 24 * ago) for ago in (1, 3, 4)
    )
    first = DAY - timedelta(days=4)
    import_sequences(date_from=first, date_to=DAY)
    replay_sequences(date_from=first, date_to=DAY)
    for changed in (labelled, grown, forgotten):
        production.change(changed, is_wildfire="other")
    late = datetime(2026, 8, 11, 8, 20, tzinfo=UTC)
    production.add_row(grown, jpeg("late"), created_at=late, bbox="[]")
    parts = daily(day=DAY, relist=3)["parts"]
    assert parts["import"]["detail"] == "2 sequences of 4 days listed: 0 new, 3 changed, 0 deleted"
    # A new label asks nothing new; a late detection does.
    assert parts["late"]["detail"].startswith("1 sequences: ")
    o = t.outcomes.c
    with catalog.read() as connection:
        rows = connection.execute(sa.select(o.sequence_id, sa.func.max(o.is_wildfire)).group_by(o.sequence_id)).all()
    assert dict(map(tuple, rows)) == {labelled: "other", grown: "other", forgotten: None}
    assert list(daily(day=DAY, relist=3)["parts"]) == ["import", "replay", "drift"]


def test_a_part_that_fails_is_tried_again_told_and_undoes_nothing(production: Production, catalog: Catalog) -> None:
    production.add(frames=5)
    import_sequences(date_from=DAY)
    fail_listings(production)
    with pytest.raises(RunError, match=f"^{DAY}: import failed: .*{LISTING}: answered 404: Not Found$"):
        daily(day=DAY, relist=0)
    assert kinds(catalog)[1:] == [("daily", "failed"), *[("import", "failed")] * 3, ("replay", "completed")]
    told = summary_artifact()
    assert told.startswith(f"# {DAY}: import failed\n\n- import failed: {production.url}")
    assert "| import | **failed** at attempt 3 |" in told
    assert (
        "| replay | done | 1 sequences: 0 exact, 0 window, 0 unexplained, 1 dropped (no_temporal_version 1) |" in told
    )


def test_what_passes_is_done_at_the_next_attempt(
    production: Production, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    production.add(frames=5)
    fail_listings(production)

    def recover(_attempt: object) -> float:
        production.before_answer = None
        return 0.0

    monkeypatch.setattr(tasks.day_parts, "_pause", recover)
    parts = daily(day=DAY, relist=0)["parts"]
    assert (parts["import"]["state"], parts["import"]["attempts"]) == ("done", 2)
    assert "| import | done at attempt 2 |" in summary_artifact()


def test_what_cannot_pass_is_tried_once(
    production: Production, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SMOKEWATCH_RELEASE_COMMAND")
    with pytest.raises(RunError, match="replay failed: SMOKEWATCH_RUNTIME=process needs SMOKEWATCH_RELEASE_COMMAND"):
        daily(day=DAY, relist=0)
    with catalog.read() as connection:
        told = daily_runs(connection, DAY, DAY)[0].summary
    assert told is not None
    assert told["parts"]["replay"]["attempts"] == 1
    assert told["parts"]["import"]["state"] == "done"


def test_a_day_that_another_run_has_in_work_is_left_alone(production: Production, catalog: Catalog) -> None:
    with catalog.write() as connection:
        start_run(connection, "other", "daily", {"day": str(DAY)}, now=datetime.now(UTC))
    left = daily(day=DAY, relist=0)
    assert left["state"] == "left alone"
    assert left["why"].startswith(f"{DAY} is in work: run other began at ")
    with catalog.write() as connection:
        finish_run(connection, "other", state="completed", summary=None, now=datetime.now(UTC))
    assert daily(day=DAY, relist=0, once=True)["why"] == f"{DAY} is done"
    assert (kinds(catalog), production.requests) == ([("daily", "completed")], [])


def test_a_day_that_has_not_come_is_refused(production: Production) -> None:
    with pytest.raises(UsageError, match="2999-01-01 is in the future"):
        daily(day=date(2999, 1, 1))
    with pytest.raises(UsageError, match="relist is -1: give 0 or more days"):
        daily(day=DAY, relist=-1)


def test_a_night_that_did_not_run_is_told_once(
    production: Production, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    events: list[dict[str, Any]] = []
    today = datetime.now(UTC).replace(minute=5)
    hour = 7

    class Clock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            return cls(today.year, today.month, today.day, hour, 5, tzinfo=tz)

    monkeypatch.setattr(tasks.missing, "datetime", Clock)
    monkeypatch.setattr(tasks.missing, "emit_event", lambda **event: events.append(event))
    yesterday = today.date() - timedelta(days=1)
    assert housekeeping()["daily_missing"] is None  # it may still come
    hour = 8
    assert [housekeeping()["daily_missing"] for _ in range(2)] == [str(yesterday)] * 2
    assert [(event["event"], event["payload"]["day"], event["payload"]["state"]) for event in events] == [
        ("smokewatch.daily.missing", str(yesterday), "never run")
    ]
    with catalog.write() as connection:
        start_run(connection, "late", "daily", {"day": str(yesterday)}, now=datetime.now(UTC))
        finish_run(connection, "late", state="completed", summary=None, now=datetime.now(UTC))
    assert housekeeping()["daily_missing"] is None
    assert len(events) == 1
