"""``smokewatch qualify``: its exit codes say what was decided."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import flows.qualify_release
from smokewatch.cli.app import app
from smokewatch.domain.qualification import Verdict


def report(verdict: str) -> dict[str, Any]:
    return {
        "verdict": verdict,
        "candidate": {"reference": "process:0.4.0"},
        "baseline": {"reference": "recorded"},
        "compared": 1,
        "rules": [{"verdict": verdict, "rule": "smoke_lost", "said": "1 of 1 lost"}],
        "flip_counts": {"keep_to_discard": 1, "discard_to_keep": 0},
        "flips": [
            {
                "flip": "keep_to_discard",
                "label": "smoke",
                "baseline": 0.9,
                "candidate": 0.1,
                "key": "alert-api_1",
            }
        ],
    }


@pytest.mark.parametrize(("verdict", "code"), [("go", 0), ("no-go", 3), ("undecided", 4)])
def test_the_exit_code_is_the_verdict(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, verdict: str, code: int) -> None:
    asked: dict[str, Any] = {}

    def flow(**options: Any) -> dict[str, Any]:
        asked.update(options)
        return {"verdict": verdict, "report": report(verdict)}

    monkeypatch.setattr(flows.qualify_release, "qualify_release", flow)
    file = tmp_path / "out" / "report.json"
    call = ["qualify", "0.4.0", "--day", "2026-08-14", "--baseline", "0.3.1", "--report", str(file)]
    told = CliRunner().invoke(app, call)
    assert told.exit_code == code, told.output
    assert told.output.startswith(f"{verdict}: process:0.4.0 against recorded")
    assert "alert-api_1" in told.output
    assert (asked["candidate"], asked["baseline"], str(asked["date_from"])) == ("0.4.0", "0.3.1", "2026-08-14")
    assert (asked["report_file"], asked["html"]) == (str(file), None)
    as_json = CliRunner().invoke(app, [*call, "--json"])
    assert (as_json.exit_code, json.loads(as_json.output)) == (code, {"verdict": verdict})


def test_every_verdict_has_an_exit_code() -> None:
    from smokewatch.cli.qualify import EXIT_CODES

    assert set(EXIT_CODES) == {str(each) for each in Verdict}
