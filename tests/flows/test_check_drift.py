"""Watching drift: a lens that fogs is named, told once and proposed; history, files, folders and refusals."""

from __future__ import annotations

import json
import shutil
import zlib
from collections.abc import Iterator
from datetime import date, datetime, tzinfo
from pathlib import Path
from typing import Any, Self

import pytest
import sqlalchemy as sa

import tasks.drift_telling
from flows import build_baseline as build_module
from flows import check_drift as check_module
from flows.build_baseline import build_baseline
from flows.check_drift import check_drift
from smokewatch.domain.drift import Severity, check_from_json
from smokewatch.domain.drift_modes import Mode
from smokewatch.errors import UsageError
from smokewatch.store import tables as t
from smokewatch.store.catalog import Catalog
from smokewatch.store.drift import (
    Selection,
    build_version,
    current_day,
    list_baselines,
    load_baseline,
    load_checks,
    save_days,
)
from tasks.drift_days import baseline_of
from tasks.drifting import Checker
from tests.store.watched import NAMES, add_day, noon, nth, set_up

N = 108
"""Sequences a day: enough to alert."""
DAYS = 40
"""30 for the baseline, then ordinary ones; from number 35 on the south camera's lens fogs for three days."""
FOGGED = (35, 36, 37)


class _Now(datetime):
    """A clock that stands still on the day after the last."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Self:
        last = nth(DAYS)
        return cls(last.year, last.month, last.day, 6, tzinfo=tz)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A catalog with those days, and a baseline of the first 30."""
    path = tmp_path_factory.mktemp("watched") / "catalog.db"
    catalog = Catalog.open(f"sqlite:///{path}")
    set_up(catalog)
    for number in range(DAYS):
        add_day(catalog, number, n=N, fog=["south"] if number in FOGGED else ())
    with catalog.write() as connection:
        days = [current_day(connection, nth(number), selection=Selection()) for number in range(DAYS)]
        save_days(connection, days, now=noon(nth(DAYS)))
        build_version(connection, "default", days[:30], left_out={}, run_id="r", now=noon(nth(DAYS)))
    catalog.close()
    return path


@pytest.fixture
def catalog(filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prefect_api: str) -> Iterator[Catalog]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(build_module, "datetime", _Now)
    monkeypatch.setattr(check_module, "datetime", _Now)
    monkeypatch.setenv("SMOKEWATCH_CATALOG_URL", f"sqlite:///{tmp_path / 'catalog.db'}")
    monkeypatch.setenv("SMOKEWATCH_FRAMES", str(tmp_path / "frames"))
    shutil.copy(filled, tmp_path / "catalog.db")
    opened = Catalog.open(f"sqlite:///{tmp_path / 'catalog.db'}")
    yield opened
    opened.close()


@pytest.fixture
def events(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What was told to automations."""
    told: list[dict[str, Any]] = []
    monkeypatch.setattr(tasks.drift_telling, "emit_event", lambda **event: told.append(event))
    return told


@pytest.fixture
def checker(catalog: Catalog) -> Checker:
    """What a run checks with, without the run."""
    return Checker(catalog, "default", Selection(), mode=Mode.CALIBRATED, deployment=None, run_id="r")


def names(events: list[dict[str, Any]]) -> list[str]:
    return [event["event"] for event in events]


def test_a_lens_that_fogs_is_named_told_once_and_proposed(
    catalog: Catalog, events: list[dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMOKEWATCH_RETRAIN_DEPLOYMENT", "retrain/nightly")
    before = check_drift(date_from=nth(33), date_to=nth(34))
    assert (before["days"], before["alerts"], before["cameras"], before["insufficient"]) == (2, 0, [], 0)
    assert events == []
    summary = check_drift(date_from=nth(35), date_to=nth(37), html="drift.html", report="out/report.json")
    assert (summary["severity"], summary["alerts"], summary["cameras"]) == ("high", 3, [NAMES[1]])
    assert summary["by_day"] == {str(nth(number)): "high" for number in FOGGED}
    assert (summary["retraining"], summary["refused"], summary["unprofiled"]) == (2, {}, 0)
    assert names(events) == [
        "smokewatch.drift.detected",
        "smokewatch.drift.detected",
        "smokewatch.retrain.proposed",
        "smokewatch.drift.detected",
    ]
    told = events[0]["payload"]
    assert (told["day"], told["severity"], told["cameras"]) == (str(nth(35)), "high", [NAMES[1]])
    assert (told["baseline"], told["mode"]) == ("default", "calibrated")
    proposed = events[2]["payload"]
    assert (proposed["day"], proposed["deployment"]) == (str(nth(36)), "retrain/nightly")
    assert {each["camera"] for each in proposed["because"]} <= {NAMES[1], None}
    # The baseline took the ordinary days in, and none of the foggy ones.
    with catalog.read() as connection:
        newest = list_baselines(connection)[0]
    assert (newest.last_day <= nth(34), summary["rolled_to"]) == (True, None)
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert (report["day"], report["verdict"]["severity"]) == (str(nth(37)), "high")
    assert len(report["frames"]) == 24
    assert NAMES[1] in (tmp_path / "drift.html").read_text()

    del events[:]
    again = check_drift(date_from=nth(35), date_to=nth(37))
    assert {**again, "seconds": 0} == {**summary, "seconds": 0}
    assert events == []
    with catalog.read() as connection:
        history = load_checks(connection, "default", scope="all", last_day=nth(39))
        rows = connection.scalar(sa.select(sa.func.count()).select_from(t.drift_checks))
        runs = connection.execute(sa.select(t.runs.c.kind, t.runs.c.state)).all()
    assert (len(history), rows) == (5, 8)
    assert [tuple(run) for run in runs] == [("drift", "completed")] * 3


def test_days_that_cannot_be_compared_are_named_and_the_others_checked(catalog: Catalog) -> None:
    with catalog.write() as connection:
        frames = sa.select(t.detections.c.frame_sha256).where(t.detections.c.sequence_id.between(31_000, 31_999))
        connection.execute(t.frame_profiles.update().where(t.frame_profiles.c.sha256.in_(frames)).values(decoder="new"))
    summary = check_drift(date_from=nth(30), date_to=nth(31))
    assert (summary["days"], list(summary["refused"])) == (1, [str(nth(31))])
    with pytest.raises(UsageError, match=r"2026-04-01 cannot be compared .* profiled by new"):
        check_drift(date_from=nth(31))


def test_without_days_a_baseline_is_of_all_that_is_stored_and_drift_of_yesterday(
    catalog: Catalog, events: list[dict[str, Any]], tmp_path: Path
) -> None:
    summary = build_baseline("all", out="out/baseline.json")
    assert (summary["days"], summary["last_day"]) == (DAYS, str(nth(DAYS - 1)))
    assert (summary["left_out"], summary["sequences"]) == ({"no_frames": 20}, DAYS * N)
    assert check_drift()["worst_day"] == str(nth(DAYS - 1))
    with pytest.raises(UsageError, match="it is one of its days"):
        check_drift(baseline="out/baseline.json")
    with catalog.read() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(t.drift_checks)) == 1
        assert [(each.name, each.version) for each in list_baselines(connection)] == [
            ("all", 1),
            ("default", 2),
            ("default", 1),
        ]


def test_checks_against_a_file_count_together_and_are_not_kept(checker: Checker, events: list[dict[str, Any]]) -> None:
    with checker.catalog.read() as connection:
        checker.baseline = load_baseline(connection, list_baselines(connection)[0])
    checked = [checker.check(nth(number)) for number in FOGGED]
    assert [each.check.cameras for each in checked] == [(NAMES[1],)] * 3
    assert names(events).count("smokewatch.retrain.proposed") == 1
    with checker.catalog.read() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(t.drift_checks)) == 0


def test_late_sequences_change_a_day_that_is_checked_again(checker: Checker, events: list[dict[str, Any]]) -> None:
    first = checker.check(nth(30))
    with checker.catalog.write() as connection:
        s, o = t.sequences.c, t.outcomes.c
        of_day = sa.select(s.id).where(s.id.between(30_000, 30_999))
        changed = {"temporal_model_score": 0.2, "outcome": 2}
        connection.execute(t.outcomes.update().where(o.sequence_id.in_(of_day)).values(**changed))
        connection.execute(t.sequences.update().where(s.id.between(30_000, 30_999)).values(outcome=2))
    second = checker.check(nth(30))
    assert (first.check.severity, second.check.severity) == (Severity.NONE, Severity.HIGH)
    assert second.check.baseline_version == 1
    assert names(events) == ["smokewatch.drift.detected"]
    with checker.catalog.read() as connection:
        versions = list_baselines(connection)
    assert [len(each.days) for each in versions] == [30, 31, 30]  # in, and out again


def test_strict_tells_by_the_fixed_thresholds_and_both_verdicts_are_kept(
    checker: Checker, events: list[dict[str, Any]]
) -> None:
    checker.mode = Mode.STRICT
    check = checker.check(nth(35)).check
    assert (check.severity, check.strict.severity) == (Severity.HIGH, Severity.LOW)
    assert events == []  # of the fleet's means one lens is a third
    with checker.catalog.read() as connection:
        row = connection.execute(sa.select(t.drift_checks)).one()
    assert (row.severity, row.strict_severity, row.cameras, row.alerts) == ("high", "low", [NAMES[1]], True)
    assert check_from_json(json.loads(zlib.decompress(row.check))) == check


def test_a_missing_camera_comes_first_and_an_empty_day_is_insufficient(checker: Checker) -> None:
    with checker.catalog.write() as connection:
        s = t.sequences.c
        gone = t.sequences.update().where(s.camera_id == 3, s.id.between(30_000, 30_999))
        connection.execute(gone.values(started_at=noon(nth(-100))))
    missing = checker.check(nth(30)).check
    assert [(alarm.kind, alarm.camera) for alarm in missing.quality] == [("missing_camera", NAMES[2])]
    empty = checker.check(nth(40))
    assert (empty.check.severity, len(empty.check.quality), empty.rolled) == (Severity.INSUFFICIENT_DATA, 3, None)


def test_organizations_have_baselines_of_their_own(checker: Checker) -> None:
    theirs = Selection((("alert-api", 2),))
    with checker.catalog.write() as connection:
        days = [current_day(connection, nth(number), selection=theirs) for number in range(14)]
        build_version(connection, "seven", days, left_out={}, run_id="r", now=noon(nth(40)))
    checker.baseline = "seven"  # it knows whose it is
    checker.check(nth(35))
    with checker.catalog.read() as connection:
        assert connection.scalar(sa.select(t.drift_checks.c.scope)) == theirs.scope
    checker.baseline, checker.chosen = "default", theirs
    with pytest.raises(UsageError, match=r"baseline default is of all, not of \[\["):
        checker.check(nth(35))


def test_what_is_not_there_is_one_line(checker: Checker, tmp_path: Path) -> None:
    with pytest.raises(
        UsageError, match="no baseline default of days before 2026-03-30: build one with `smokewatch bas"
    ):
        checker.check(nth(29))
    with pytest.raises(UsageError, match=r"baseline file none\.json cannot be read"):
        baseline_of("none.json")
    (tmp_path / "list.json").write_text("[]")
    with pytest.raises(UsageError, match=r"list\.json holds no baseline"):
        baseline_of("list.json")
    with pytest.raises(UsageError, match="no day of 2025-01-01 has frames"):
        build_baseline(date_from=date(2025, 1, 1), date_to=date(2025, 1, 1))
