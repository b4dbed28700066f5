"""Qualifying a release: what it would have decided of stored sequences, at what cost, and what the rules say."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from flows.import_sequences import import_sequences
from flows.qualify_release import qualify_release
from flows.replay_sequences import replay_sequences
from smokewatch.errors import RunError, UsageError
from smokewatch.store import tables as t
from smokewatch.store.catalog import Catalog
from tests.conftest import watched_production
from tests.faults.test_kill import running_below
from tests.production import DAY, Production

CANDIDATES = {
    "0.4.0": {"STUB_SCALE": "0.5"},
    "0.4.1": {},
    "0.4.2": {"STUB": "error"},
    "0.4.3": {"STUB": "gone"},
}
"""Releases that production does not use, and how they differ from the one it uses."""


def qualify(candidate: str, **options: Any) -> dict[str, Any]:
    summary: dict[str, Any] = qualify_release(candidate=candidate, date_from=DAY, **options)
    return summary


@dataclass
class Replayed:
    """Nine sequences, imported and replayed."""

    production: Production
    catalog: Catalog
    recorded: dict[int, float]
    """Id -> recorded score of eight of them, labelled smoke where they are kept, else a false positive."""


@pytest.fixture(scope="module")
def replayed(tmp_path_factory: pytest.TempPathFactory, prefect_api: str) -> Iterator[Replayed]:
    with (
        pytest.MonkeyPatch.context() as patch,
        watched_production(tmp_path_factory.mktemp("qualified"), patch) as production,
    ):
        stub = json.loads(production.environment()["SMOKEWATCH_RELEASE_ENV"])
        changed = {version: stub["0.3.1"] | other for version, other in CANDIDATES.items()}
        patch.setenv("SMOKEWATCH_RELEASE_ENV", json.dumps(stub | changed))
        recorded = {}
        for number in range(8):
            seen = 5 + number % 3
            identity = production.add(frames=8, seen=seen, hour=float(number), camera=number % 2)
            score = production.score(identity, seen=seen)
            production.change(identity, is_wildfire="wildfire_smoke" if score > 0.45 else "other")
            recorded[identity] = score
        production.add(frames=8, seen=None, hour=12.0)
        import_sequences(date_from=DAY)
        replay_sequences(date_from=DAY)
        catalog = Catalog.open(production.environment()["SMOKEWATCH_CATALOG_URL"])
        yield Replayed(production, catalog, recorded)
        catalog.close()


def test_a_candidate_is_asked_about_the_windows_production_saw(replayed: Replayed, tmp_path: Path) -> None:
    production, labelled = replayed.production, replayed.recorded
    asked = production.predictions()
    summary = qualify("0.4.0", html=f"{tmp_path}/out/page.html", report_file=f"{tmp_path}/out/report.json")
    report = summary["report"]
    assert json.loads((tmp_path / "out" / "report.json").read_text()) == report
    page = (tmp_path / "out" / "page.html").read_text()
    assert page.count("no picture") == len(report["flips"])  # this production's frames are none
    assert all(each["key"] in page for each in report["flips"])
    assert (summary["compared"], summary["windows"]) == (8, {"matched": 8})
    assert summary["dropped"] == {"no_recorded_score": 1}
    assert production.predictions() - asked == summary["predict_calls"] == 9
    lost = {identity for identity, score in labelled.items() if score > 0.45 >= score / 2}
    assert lost
    assert {each["key"] for each in report["flips"]} == {f"alert-api_{identity}" for identity in lost}
    for each in report["flips"]:
        score = labelled[int(each["key"].split("_")[1])]
        assert (each["flip"], each["label"], each["baseline"]) == ("keep_to_discard", "smoke", score)
        assert each["candidate"] == pytest.approx(score / 2, abs=1e-15)
        assert each["tubes"]["candidate"][0]["probability"] == each["candidate"]
        assert len(each["frames"]) in (5, 6, 7)
    smoke = report["metrics"]["smoke"]
    assert (smoke["lost"], smoke["gained"]) == (len(lost), 0)
    assert smoke["number"] == sum(score > 0.45 for score in labelled.values())
    assert report["candidate"]["memory_mib"]["p50"] > 1
    assert report["candidate"]["milliseconds"]["number"] == 9
    json.dumps(report, allow_nan=False)
    assert running_below(production.folder) == []
    with replayed.catalog.read() as connection:
        run = connection.execute(sa.select(t.runs).where(t.runs.c.kind == "qualify")).one()
    assert run.summary["verdict"] == report["verdict"]


def test_other_rules_cost_nothing(replayed: Replayed, monkeypatch: pytest.MonkeyPatch) -> None:
    first = qualify("0.4.0")["report"]

    def start(*_: object, **__: object) -> None:
        raise AssertionError("a stack was started")

    monkeypatch.setattr("tasks.replaying.Stack", start)
    monkeypatch.setenv("SMOKEWATCH_QUALIFICATION_LIMITS", json.dumps({"recall": 0.9, "smoke_lost": 1e-9}))
    second = qualify("0.4.0", threshold=0.1)
    assert second["predict_calls"] == 0
    limits = {each["rule"]: each["limit"] for each in second["report"]["rules"]}
    assert limits == {"smoke_lost": 1e-9, "recall": 0.9, "alerts_a_day": 0.2}
    assert second["report"]["thresholds"]["candidate"] == 0.1
    assert first["candidate"]["identity"] == second["report"]["candidate"]["identity"]


def test_two_releases_are_compared_without_what_production_recorded(replayed: Replayed) -> None:
    summary = qualify("0.4.1", baseline="0.3.1")
    report = summary["report"]
    # The same weights under another name change nothing, and the unscored one is compared by its full window.
    assert (summary["compared"], summary["windows"]) == (9, {"matched": 8, "full": 1})
    assert report["flips"] == []
    assert report["baseline"]["version"] == "0.3.1"
    assert report["score_shifts"][0]["w1"] == 0.0
    assert summary["rules"] == {"smoke_lost": "go", "recall": "undecided", "alerts_a_day": "go"}
    assert summary["verdict"] == "undecided"


def test_a_candidate_that_fails_is_told_and_decides_nothing(replayed: Replayed) -> None:
    summary = qualify("0.4.2")
    assert (summary["verdict"], summary["compared"]) == ("undecided", 0)
    assert summary["dropped"] == {"predict_failed": 9}
    assert all("CUDA out of memory" in each for each in summary["report"]["candidate"]["failed"].values())


def test_a_candidate_that_does_not_run_fails_the_run(replayed: Replayed) -> None:
    with pytest.raises(RunError, match=r"0\.4\.3"):
        qualify("0.4.3")
    assert running_below(replayed.production.folder) == []


@pytest.mark.parametrize("wrong", [{"threshold": 1.5}, {"baseline": "no/version"}, {"limits": {"recal": 1}}])
def test_a_wrong_call_is_refused(replayed: Replayed, monkeypatch: pytest.MonkeyPatch, wrong: dict[str, Any]) -> None:
    options = {name: value for name, value in wrong.items() if name != "limits"}
    monkeypatch.setenv("SMOKEWATCH_QUALIFICATION_LIMITS", json.dumps(wrong.get("limits", {})))
    with pytest.raises(UsageError):
        qualify("0.4.0", **options)
