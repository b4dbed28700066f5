"""The drift screen's addresses: the store's checks, day by day and in full; problems for the rest."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from httpx import Client

from smokewatch.domain.drift import DriftCheck, Severity
from smokewatch.domain.drift.metrics import METRICS
from smokewatch.store import tables as t
from smokewatch.store.catalog import Catalog
from smokewatch.store.frames import FrameStore
from smokewatch.viewer import newest
from tests.store.watched import NAMES, nth
from tests.viewer.drifting import BASELINE, DAYS, FOGGED, LAST, MISSING, RELEASED, build, live, watch
from tests.viewer.stores import Look, viewing

WEST = "SDIS 07/west"


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Catalog, list[DriftCheck]]]:
    """A store of 30 baseline days and 7 checked ones; only to be read, but by the last test."""
    catalog = Catalog.open(f"sqlite:///{tmp_path_factory.mktemp('checked') / 'catalog.db'}")
    yield catalog, live(catalog)
    catalog.close()


@pytest.fixture(scope="module")
def checks(checked: tuple[Catalog, list[DriftCheck]]) -> list[DriftCheck]:
    return checked[1]


@pytest.fixture(scope="module")
def client(checked: tuple[Catalog, list[DriftCheck]], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with viewing(checked[0], FrameStore.open(str(tmp_path_factory.mktemp("frames")))) as opened:
        yield opened


def get(client: Client, address: str) -> Any:
    reply = client.get(address)
    assert reply.status_code == 200, reply.text
    assert reply.headers["content-type"] == "application/json"
    return reply.json()


def place(body: Any, number: int) -> int:
    return int(body["days"]["day"].index(str(nth(number))))


def test_days_are_the_checks_and_the_baselines(client: Client, checks: list[DriftCheck]) -> None:
    body = get(client, "/api/drift")
    days = body["days"]
    assert days["day"] == [str(nth(number)) for number in range(LAST + 1)]
    assert days["severity"] == [-1] * DAYS + [each.severity.rank for each in checks]
    assert days["strict"] == [-1] * DAYS + [each.strict.severity.rank for each in checks]
    assert checks[-1].severity is Severity.HIGH
    assert days["baseline_version"] == [None] * DAYS + [each.baseline_version for each in checks]
    accepted = [each.severity in (Severity.NONE, Severity.LOW) for each in checks]
    assert days["in_baseline"] == [True] * DAYS + accepted
    assert not all(accepted)
    assert [len(each) for each in days["quality"]][DAYS:] == [len(each.quality) for each in checks]
    (missed,) = days["quality"][place(body, MISSING)]
    assert (missed["kind"], missed["camera"]) == ("missing_camera", NAMES[0])
    assert days["retraining"][-1]
    assert (body["baseline"], body["scope"], body["newest_day"]) == (BASELINE, "all", str(nth(LAST)))
    assert (body["first_day"], body["stale"]) == (str(nth(LAST - 89)), False)


def test_the_releases_change_on_their_day_alone(client: Client) -> None:
    body = get(client, "/api/drift")
    changed = [day for day, is_one in zip(body["days"]["day"], body["days"]["release_change"], strict=True) if is_one]
    assert changed == [str(nth(RELEASED))]
    assert body["releases"] == [
        {"api_version": "0.4.0", "model_version": "0.2.0"},
        {"api_version": "0.5.0", "model_version": "0.3.0"},
    ]


@pytest.mark.parametrize("camera", [None, WEST])
def test_a_value_is_in_its_band_while_the_interval_holds_0(
    client: Client, checks: list[DriftCheck], camera: str | None
) -> None:
    body = get(client, f"/api/drift?camera={camera or ''}")
    lines = {METRICS[line["metric"]].name: line for line in body["lines"]}
    outside = 0
    for check in checks:
        at = body["days"]["day"].index(str(check.day))
        for finding in (each for each in check.findings if each.camera == camera):
            line = lines[finding.metric]
            assert line["severity"][at] == finding.severity.rank
            assert line["baseline"][at] is None
            if finding.effect is None or finding.low is None or finding.high is None:
                assert line["value"][at] is None
                continue
            assert line["value"][at] - line["expected"][at] == pytest.approx(finding.effect, abs=2e-6)
            if min(abs(finding.low), abs(finding.high)) > 1e-5:
                inside = line["low"][at] <= line["value"][at] <= line["high"][at]
                assert inside == (finding.low <= 0 <= finding.high)
                outside += not inside
        if camera is None:
            slow = {each.metric: each.average for each in check.slow}
            assert {name: line["average"][at] for name, line in lines.items()} == pytest.approx(slow, abs=1e-6)
    assert outside
    brightness = lines["pixel_mean"]["baseline"][:DAYS]
    assert sum(brightness) / DAYS == pytest.approx(0, abs=0.003)  # the version has checked days, too
    assert max(map(abs, brightness)) > 0.001


def test_a_cell_is_the_cameras_worst_finding(client: Client, checks: list[DriftCheck]) -> None:
    body = get(client, "/api/drift")
    assert [each["name"] for each in body["cameras"]] == sorted(NAMES)
    assert body["cameras"][-1] == {"name": WEST, "source": "alert-api", "organization_id": 2, "id": 3}
    for camera, cells in zip(body["cameras"], body["cells"], strict=True):
        for at, check in enumerate(checks, DAYS):
            worst = next(each for each in check.findings if each.camera == camera["name"])
            assert cells["severity"][at] == worst.severity.rank
            assert METRICS[cells["metric"][at]].name == worst.metric
            assert cells["effect"][at] == pytest.approx(worst.effect, abs=1e-6)
    north = body["cells"][0]["severity"]
    assert north[place(body, MISSING)] == Severity.INSUFFICIENT_DATA.rank


def test_a_period_and_filters_leave_the_rest_out(client: Client) -> None:
    week = get(client, f"/api/drift?from={nth(FOGGED)}&to={nth(LAST)}")
    assert week["days"]["day"] == [str(nth(number)) for number in range(FOGGED, LAST + 1)]
    assert get(client, "/api/drift?days=2")["days"]["day"] == [str(nth(LAST - 1)), str(nth(LAST))]
    after = get(client, "/api/drift?release=0.5.0")
    assert after["days"]["day"] == [str(nth(number)) for number in range(RELEASED, LAST + 1)]
    assert after["release_days"] == [
        {"api_version": "0.4.0", "days": RELEASED},
        {"api_version": "0.5.0", "days": LAST + 1 - RELEASED},
    ]
    ours, theirs = (get(client, f"/api/drift?organization=alert-api:{each}") for each in (2, 3))
    assert (len(ours["cameras"]), theirs["cameras"], theirs["cells"]) == (3, [], [])
    assert theirs["organizations"] == [{"source": "alert-api", "id": 2, "name": "SDIS 07", "cameras": 3}]
    assert get(client, "/api/drift?from=2020-01-01&to=2020-01-02")["days"]["day"] == []


def test_a_day_in_full(client: Client, checks: list[DriftCheck]) -> None:
    for check in checks:
        body = get(client, f"/api/drift/days/{check.day}")
        assert body["verdict"]["severity"] == check.severity.value
        told = [(each["metric"], each["camera"], each["severity"]) for each in body["findings"]]
        assert told == [(each.metric, each.camera, each.severity.value) for each in check.findings]
        assert [each["exceeds"] for each in body["strict"]["results"]] == [
            each.exceeds for each in check.strict.results
        ]
    assert body["verdict"]["headline"] == f"High drift of {WEST} since {nth(FOGGED)}"
    assert body["verdict"]["retraining"]
    assert body["data"]["model_versions"] == ["0.3.0"]


def test_the_report_is_made_of_what_is_kept(client: Client, checks: list[DriftCheck]) -> None:
    report = get(client, f"/api/drift/report/{nth(LAST)}.json")
    assert report["verdict"] == get(client, f"/api/drift/days/{nth(LAST)}")["verdict"]
    assert len(report["findings"]) == len(checks[-1].findings)
    assert {each["kind"] for each in report["frames"]} == {"worst", "typical"}
    reply = client.get(f"/api/drift/report/{nth(LAST)}")
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    embedded = re.search(r'<script type="application/json" id="report">(.*?)</script>', reply.text, re.DOTALL)
    assert embedded is not None
    assert json.loads(embedded[1]) == report
    policy = reply.headers["content-security-policy"]
    assert "script-src" not in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    again = client.get(f"/api/drift/report/{nth(LAST)}", headers={"If-None-Match": reply.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    ("address", "status"),
    [
        *(
            (f"/api/drift?{query}", 400)
            for query in ("from=2026-02-30", "days=0", "days=x", "organization=x", "camera=%00")
        ),
        *((f"/api/drift?{query}", 404) for query in ("baseline=other", "scope=images")),
        ("/api/drift/days/yesterday", 400),
        ("/api/drift/days/2020-01-01", 404),
        (f"/api/drift/days/{nth(LAST)}?baseline=other", 404),
        ("/api/drift/report/x.json", 400),
        (f"/api/drift/report/{nth(0)}", 404),
    ],
)
def test_what_cannot_be_answered_is_a_problem(client: Client, address: str, status: int) -> None:
    reply = client.get(address)
    assert (reply.status_code, reply.headers["content-type"]) == (status, "application/problem+json")
    assert reply.json()["detail"]


def test_an_empty_store_has_no_baseline(look: Look) -> None:
    client = look()
    body = get(client, "/api/drift")
    assert (body["baseline"], body["watched"], body["newest_day"]) == (None, [], None)
    assert client.get("/api/drift/days/2026-03-01").status_code == 404


def test_a_baseline_shows_its_days_before_any_check_and_a_damaged_one_is_told(tmp_path: Path) -> None:
    catalog, frames = Catalog.open(f"sqlite:///{tmp_path / 'catalog.db'}"), FrameStore.open(str(tmp_path))
    build(catalog, 2)
    with viewing(catalog, frames) as client:
        body = get(client, "/api/drift")
    assert (body["baseline"], body["newest_day"], body["lines"]) == (BASELINE, None, [])
    assert body["days"]["day"] == [str(nth(0)), str(nth(1))]
    assert body["days"]["in_baseline"] == [True, True]
    watch(catalog, 2)
    with catalog.write() as connection:
        connection.execute(t.drift_checks.update().values(check=b"?"))
    with viewing(catalog, frames) as client:
        for address in ("/api/drift", f"/api/drift/days/{nth(2)}"):
            reply = client.get(address)
            assert reply.status_code == 503
            assert "damaged" in reply.json()["detail"]
    catalog.close()


def test_a_new_check_appears_without_a_restart(
    client: Client, checked: tuple[Catalog, list[DriftCheck]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(newest, "_LOOK_EVERY_SECONDS", 0.0)
    tag = client.get("/api/drift").headers["etag"]
    assert client.get("/api/drift", headers={"If-None-Match": tag}).status_code == 304
    watch(checked[0], LAST + 1)
    for _ in range(1000):
        reply = client.get("/api/drift", headers={"If-None-Match": tag})
        if reply.status_code == 200 and not reply.json()["stale"]:
            break
    assert reply.json()["newest_day"] == str(nth(LAST + 1))
