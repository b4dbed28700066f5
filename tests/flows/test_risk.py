"""Refreshing fire risk: what is stored, what is counted, and what a failure leaves."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from pathlib import Path
from typing import Any, Self

import pytest
import sqlalchemy as sa
from tenacity import wait_none

from blocks.risk_api import RiskApi as RiskApiBlock
from demo.gate import Asked, Instead
from flows import refresh_risk as flow_module
from flows.refresh_risk import refresh_risk
from smokewatch.cli import main
from smokewatch.errors import RunError, UsageError
from smokewatch.store import tables as t
from smokewatch.store.catalog import Catalog
from smokewatch.store.risk import classes_of
from tasks import refreshing
from tests.risk_api import PASSWORD, USERNAME, RiskApi, running

TODAY = date(2026, 8, 14)
YESTERDAY, BEFORE = TODAY - timedelta(days=1), TODAY - timedelta(days=2)


class _Today(datetime):
    """A clock that stands still."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Self:
        return cls(2026, 8, 14, 4, 0, tzinfo=tz)


@pytest.fixture
def risk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prefect_api: str) -> Iterator[RiskApi]:
    """A risk-api that has run for three days with four cameras, and a smokewatch that knows it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("blocks.transport.BACKOFF", wait_none())
    monkeypatch.setattr(flow_module, "datetime", _Today)
    monkeypatch.setattr(flow_module, "refresh_days", refreshing.refresh_days.with_options(retry_delay_seconds=0))
    monkeypatch.setenv("SMOKEWATCH_CATALOG_URL", f"sqlite:///{tmp_path / 'catalog.db'}")
    with running(tmp_path, datetime.combine(BEFORE, time(1), UTC)) as risk:
        risk.add_cameras(1, 2, 3, 4)
        risk.give(BEFORE, [60.0, 40.0, 25.0, 15.0])
        risk.give(YESTERDAY, [15.0, 15.0, 9.0, 1.0])
        risk.give(TODAY, [1.0, 9.0, None, 30.0])
        risk.services.load()
        risk.services.clock.reach(datetime.combine(TODAY, time(4), UTC))
        for name, value in (("URL", risk.url), ("LOGIN", USERNAME), ("PWD", PASSWORD)):
            monkeypatch.setenv(f"RISK_API_{name}", value)
        yield risk


@pytest.fixture
def catalog(risk: RiskApi, tmp_path: Path) -> Iterator[Catalog]:
    opened = Catalog.open(f"sqlite:///{tmp_path / 'catalog.db'}")
    yield opened
    opened.close()


def stored(catalog: Catalog, day: date = TODAY) -> dict[int, str]:
    with catalog.read() as connection:
        return {camera: str(each) for camera, each in classes_of(connection, "alert-api", day).items()}


def fails(path: str, *, times: int = 99) -> Any:
    """An answer of a server that fails as long as it is asked patiently, this many times in all."""
    left = [times]

    def answer(asked: Asked) -> Instead | None:
        if asked.path != path or not left[0]:
            return None
        left[0] -= 1
        return Instead(404, body=b'{"detail": "away"}')

    return answer


def test_todays_classes_are_kept_and_nulls_counted(risk: RiskApi, catalog: Catalog) -> None:
    summary = refresh_risk()
    assert stored(catalog) == {1: "very_low", 2: "low", 4: "high"}
    assert summary | {"seconds": 0} == {
        "days": 1,
        "rows": 4,
        "changed": 3,
        "classes": {"very_low": 1, "low": 1, "high": 1},
        "skipped": {"null_class": 1},
        "contradicting": 0,
        "without": [],
        "failed": {},
        "seconds": 0,
    }
    assert risk.asked == [f"GET /scores/{TODAY}", "GET /cameras"]
    again = refresh_risk()
    assert (again["rows"], again["changed"]) == (4, 0)


def test_past_days_are_filled_with_their_own_classes(risk: RiskApi, catalog: Catalog) -> None:
    summary = refresh_risk(date_from=BEFORE, date_to=TODAY)
    assert (summary["days"], summary["rows"], summary["changed"]) == (3, 12, 11)
    assert stored(catalog, BEFORE) == {1: "extreme", 2: "very_high", 3: "high", 4: "moderate"}
    assert stored(catalog, YESTERDAY) == {1: "moderate", 2: "moderate", 3: "low", 4: "very_low"}
    assert stored(catalog) == {1: "very_low", 2: "low", 4: "high"}


def test_a_camera_that_has_no_score_yet_has_the_class_of_its_own_refresh(risk: RiskApi, catalog: Catalog) -> None:
    risk.get("/cameras")  # today's refresh has been
    with risk.services.writing() as connection:
        connection.exec_driver_sql("DELETE FROM fwi_score WHERE camera_id IN (1, 2)")
    summary = refresh_risk()
    assert stored(catalog) == {1: "very_low", 2: "low", 4: "high"}
    assert summary["rows"] == 4


def test_cameras_of_yesterdays_refresh_say_nothing_of_today(risk: RiskApi, catalog: Catalog) -> None:
    risk.services.clock = type(risk.services.clock)(datetime.combine(TODAY, time(1), UTC))
    risk.services._next = datetime.combine(TODAY, time(2), UTC)
    risk.services._refresh(datetime.combine(YESTERDAY, time(2), UTC))
    summary = refresh_risk()
    assert stored(catalog) == {}
    assert summary["skipped"] == {"other_day": 4}


def test_malformed_and_unknown_rows_are_counted_and_the_others_kept(risk: RiskApi, catalog: Catalog) -> None:
    row = {"camera_id": 9, "date": str(TODAY), "fwi": 1.0, "fwi_class": "very low", "fetched_at": f"{TODAY}T02:00:00Z"}
    rows = [
        row,
        row | {"camera_id": "x"},
        row | {"camera_id": 10, "fetched_at": "at night"},
        row | {"camera_id": 11, "fwi_class": "severe"},
        row | {"camera_id": 12, "fwi_class": None},
        row | {"camera_id": 13, "fwi": 99.0},
        row | {"camera_id": 14, "date": str(BEFORE)},
    ]
    bodies = {f"/scores/{TODAY}": json.dumps(rows).encode(), "/cameras": b"[]"}
    risk.knobs.before_answer = lambda asked: Instead(200, body=bodies[asked.path])
    summary = refresh_risk()
    assert stored(catalog) == {9: "very_low", 13: "very_low"}
    assert summary["skipped"] == {"malformed_row": 2, "unknown_class": 1, "null_class": 1, "other_day": 1}
    assert (summary["rows"], summary["contradicting"]) == (7, 1)


def test_a_day_that_was_never_computed_is_named(risk: RiskApi, catalog: Catalog) -> None:
    long_ago = BEFORE - timedelta(days=5)
    assert refresh_risk(date_from=long_ago)["without"] == [str(long_ago)]


def test_a_failed_refresh_keeps_what_there_is_and_says_so(risk: RiskApi, catalog: Catalog) -> None:
    refresh_risk(date_from=YESTERDAY, date_to=TODAY)
    before = stored(catalog), stored(catalog, YESTERDAY)
    risk.give(TODAY, [60.0, 60.0, 60.0, 60.0])
    risk.services.compute(risk.cameras, [TODAY])
    risk.knobs.before_answer = fails(f"/scores/{YESTERDAY}")
    with pytest.raises(RunError, match=r"^1 of 2 days could not be refreshed, what was known of them stays: ") as told:
        refresh_risk(date_from=YESTERDAY, date_to=TODAY, again=False)
    assert f"/scores/{YESTERDAY}: answered 404: away" in str(told.value)
    assert stored(catalog, YESTERDAY) == before[1]
    assert stored(catalog) == dict.fromkeys((1, 2, 3, 4), "extreme")  # the other day is refreshed all the same
    with catalog.read() as connection:
        run = connection.execute(sa.select(t.runs).order_by(t.runs.c.started_at.desc())).first()
    assert run is not None
    assert (run.kind, run.state, list(run.summary["failed"])) == ("risk", "failed", [str(YESTERDAY)])


def test_a_failure_on_the_second_question_stores_nothing_of_the_day(risk: RiskApi, catalog: Catalog) -> None:
    risk.knobs.before_answer = fails("/cameras")
    with pytest.raises(RunError, match=f"^{TODAY} could not be refreshed"):
        refresh_risk(again=False)
    assert stored(catalog) == {}


def test_only_the_days_that_failed_are_tried_again(risk: RiskApi, catalog: Catalog) -> None:
    risk.knobs.before_answer = fails(f"/scores/{YESTERDAY}", times=len(refreshing.PAUSES))
    summary = refresh_risk(date_from=BEFORE, date_to=YESTERDAY)
    assert risk.asked == [f"GET /scores/{BEFORE}"] + [f"GET /scores/{YESTERDAY}"] * (len(refreshing.PAUSES) + 1)
    assert (summary["days"], summary["rows"], summary["failed"]) == (2, 8, {})
    assert stored(catalog, YESTERDAY) == {1: "moderate", 2: "moderate", 3: "low", 4: "very_low"}


def test_a_wrong_password_is_not_tried_again(risk: RiskApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RISK_API_PWD", "hunter2")
    with pytest.raises(UsageError, match="RISK_API_LOGIN or RISK_API_PWD is wrong"):
        refresh_risk()
    assert len(risk.asked) == 1


def test_days_to_come_are_refused(risk: RiskApi) -> None:
    with pytest.raises(UsageError, match="in the future"):
        refresh_risk(date_from=TODAY + timedelta(days=1))
    assert risk.asked == []


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["smokewatch", "risk", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


def test_the_command_refreshes_today_a_day_or_a_range(
    risk: RiskApi, catalog: Catalog, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "--json") == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["changed"] == 3
    assert run(monkeypatch, f"--day={YESTERDAY}") == 0
    assert "very_low 1" in capsys.readouterr().out
    assert run(monkeypatch, f"--from={BEFORE}", f"--to={YESTERDAY}", "--json") == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["days"] == 2


@pytest.mark.parametrize(
    ("arguments", "changed", "code", "says"),
    [
        (("--to=2026-08-14",), {}, 2, "--to says where days end: give --from too"),
        (("--day=2999-01-01",), {}, 2, "2999-01-01 is in the future"),
        ((), {"RISK_API_PWD": ""}, 2, "RISK_API_PWD not set"),
        ((), {"RISK_API_PWD": "hunter2"}, 2, "RISK_API_LOGIN or RISK_API_PWD is wrong"),
        (("--day=2026-08-14",), {"RISK_API_URL": "http://127.0.0.1:9"}, 1, f"{TODAY} could not be refreshed"),
    ],
)
def test_what_goes_wrong_is_one_line(
    risk: RiskApi,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    changed: dict[str, str],
    code: int,
    says: str,
) -> None:
    for name, value in changed.items():
        monkeypatch.setenv(name, value)
    assert run(monkeypatch, *arguments) == code
    last = capsys.readouterr().err.strip().splitlines()[-1]
    assert last.startswith("smokewatch: ")
    assert says in last
    assert "hunter2" not in last


def test_a_saved_block_serves_without_the_environment(
    risk: RiskApi, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    RiskApiBlock.resolve().save("default", overwrite=True)
    for name in ("URL", "LOGIN", "PWD"):
        monkeypatch.delenv(f"RISK_API_{name}")
    assert refresh_risk()["changed"] == 3
    RiskApiBlock.delete("default")
