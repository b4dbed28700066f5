"""``smokewatch baseline``, ``drift`` and ``compare``: options, tables, and their one line for what cannot be used."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from smokewatch.cli import drift as drift_command
from smokewatch.cli import main
from smokewatch.store.catalog import Catalog
from smokewatch.store.drift import Selection, build_version, current_day
from tests.cli.test_bundle import smokewatch
from tests.store.watched import A_DAY, NAMES, add_day, noon, nth, set_up


@pytest.fixture
def catalog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Catalog:
    """Four days, the last with a foggy lens, and a baseline of two of them."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SMOKEWATCH_CATALOG_URL", f"sqlite:///{tmp_path / 'catalog.db'}")
    monkeypatch.setenv("SMOKEWATCH_FRAMES", str(tmp_path / "frames"))
    opened = Catalog.open(f"sqlite:///{tmp_path / 'catalog.db'}")
    set_up(opened)
    for number in range(4):
        add_day(opened, number, fog=["south"] if number == 3 else ())
    with opened.write() as connection:
        days = [current_day(connection, nth(number), selection=Selection()) for number in range(2)]
        build_version(connection, "north", days, left_out={"no_frames": 3}, run_id="r", now=noon(nth(9)))
    opened.close()
    return opened


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr(sys, "argv", ["smokewatch", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


def test_reading_commands_start_no_prefect(catalog: Catalog, tmp_path: Path) -> None:
    store = {"SMOKEWATCH_CATALOG_URL": f"sqlite:///{tmp_path / 'catalog.db'}"}
    listed = smokewatch(tmp_path, "baseline", "--list", **store)
    assert (listed.returncode, listed.stderr) == (0, "")
    lines = listed.stdout.splitlines()
    assert lines[0].split()[:4] == ["name", "version", "origin", "days"]
    assert lines[1].split()[:6] == ["north", "1", "built", "2", "2026-03-01", "2026-03-02"]
    assert "no_frames 3" in lines[1]
    compared = smokewatch(tmp_path, "compare", f"{nth(0)}..{nth(1)}", str(nth(3)), "--json", **store)
    assert (compared.returncode, compared.stderr) == (0, "")
    body = json.loads(compared.stdout)
    assert (body["first"]["days"], body["second"]["frames"]) == (2, A_DAY)
    assert body["pixels"]["luma"]["wasserstein"] > 0.05
    assert body["strict"]["severity"] == "low"


def test_what_reading_commands_tell(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "baseline", "--list", "--json") == 0
    listed = json.loads(capsys.readouterr().out)["baselines"]
    assert (listed[0]["name"], listed[0]["days"], listed[0]["left_out"]) == ("north", 2, {"no_frames": 3})
    assert run(monkeypatch, "compare", str(nth(0)), str(nth(3))) == 0
    told = capsys.readouterr().out
    assert "exceeds" in told
    assert told.splitlines()[-1] == "by the fixed thresholds alone: low"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("drift", "--to=2026-03-01"), "--to says where days end: give --from too"),
        (("drift", "--day=2026-03-01", "--model=m.onnx"), "give --images too"),
        (("drift", "--images=.", "--model=m.onnx", "--predictions=p.csv"), "both give scores: choose one"),
        (("baseline", "--out=b.txt"), "a baseline's file ends in .json"),
        (("baseline", "--store=x"), "--store is only read: give --list too"),
        (("compare", "2026-03-01", "nowhere"), "'nowhere' is neither days nor a folder"),
        (("compare", "2026-03-01", "2026-02-01"), "2026-02-01: nothing is stored of these days"),
        (("compare", "2026-03-01", "2026-03-02", "--predictions=p.csv"), "given 1 times for 0 folders"),
        (("compare", "2026-03-01", "2026-03-02", "--org=nobody"), "no organization is called 'nobody'"),
    ],
)
def test_what_cannot_be_used_is_one_line(
    words: tuple[str, ...],
    says: str,
    catalog: Catalog,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(monkeypatch, *words) == 2
    last = capsys.readouterr().err.strip().splitlines()[-1]
    assert last.startswith("smokewatch: ")
    assert says in last


def test_the_command_checks_a_day_and_prints_the_verdict_first(
    catalog: Catalog, prefect_api: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "drift", f"--day={nth(3)}", "--baseline=north", "--mode=strict", "--html=drift.html") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"low: {nth(3)}, mode strict"
    assert lines[-1] == "baseline north version 1"
    assert Path("drift.html").read_text().startswith("<!")


def test_findings_are_a_table_the_worst_first() -> None:
    finding = {"severity": "high", "metric": "pixel_mean", "camera": "a\x1b[31m", "baseline": 0.5, "current": 0.7}
    finding |= {"effect": 0.2, "q": 1e-5, "n": 13, "days": 30}
    summary = {
        "severity": "high",
        "days": 2,
        "worst_day": "2026-03-02",
        "mode": "calibrated",
        "alerts": 1,
        "cameras": [NAMES[1]],
        "retraining": 1,
        "quality_alarms": ["2026-03-02 b: 3 frames cannot be decoded"],
        "refused": {"2026-03-03": "another size"},
        "unprofiled": 4,
        "worst": [finding, finding | {"severity": "low", "camera": None}],
        "by_day": {"2026-03-01": "none", "2026-03-02": "high"},
        "strict": {"2026-03-01": "none", "2026-03-02": "medium"},
        "rolled_to": 3,
        "baseline": "north",
        "baseline_version": 2,
    }
    lines = list(drift_command._lines(summary))
    assert "high" in lines[0]
    assert "people are told" in lines[0]
    assert lines[1] == f"cameras: {NAMES[1]}"
    table = [line for line in lines if "pixel_mean" in line]
    assert ["high" in line for line in table] == [True, False]
    assert all("\x1b[31ma" not in line and "a\ufffd[31m" in line for line in table[:1])
    assert "the fleet" in table[1]
    assert lines[-1] == "baseline north version 2, rolled on to 3"
