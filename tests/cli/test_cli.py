"""The command line: exit codes, one line an error, one JSON object at the end."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from smokewatch.cli import main
from smokewatch.store.history_log import HistoryLog
from tests.production import DAY, Production
from tests.store.test_history_log import reached


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """Run the command in this process; returns its exit code."""
    monkeypatch.setattr(sys, "argv", ["smokewatch", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("import", "--day", "2999-01-01"), "2999-01-01 is in the future"),
        (("import", "--from", "2026-08-15", "--to", "2026-08-14"), "upside down: 2026-08-15 is after 2026-08-14"),
        (("replay", "--day", "14.8.2026"), "'14.8.2026' is no day: expected YYYY-MM-DD"),
        (("replay", "--day", "2026-08-14", "--to", "2026-08-15"), "leave --from and --to out"),
        (("import", "--day", "2026-08-14", "--from-id", "7"), "--from-id says where a scan begins: give --scan too"),
        (("import", "--day", "2026-08-14"), "ALERT_API_URL and ALERT_API_LOGIN and ALERT_API_PASSWORD not set"),
    ],
)
def test_a_wrong_call_is_one_line_and_exit_2(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    prefect_api: str,
    arguments: tuple[str, ...],
    says: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(monkeypatch, *arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    ours = [line for line in captured.err.splitlines() if line.startswith("smokewatch: ")]
    assert len(ours) == 1
    assert says in ours[0]


@pytest.mark.parametrize(
    ("setting", "value", "says"),
    [
        ("SMOKEWATCH_RELEASE_ENV", "{not json", "settings cannot be read"),
        ("SMOKEWATCH_THRESHOLD", "very high", "setting SMOKEWATCH_THRESHOLD"),
        ("SMOKEWATCH_RUNTIME", "magic", "setting SMOKEWATCH_RUNTIME"),
        ("SMOKEWATCH_RISK_THRESHOLDS", '{"severe": 0.5}', "setting SMOKEWATCH_RISK_THRESHOLDS"),
        ("SMOKEWATCH_RISK_THRESHOLDS", '{"low": 1.5}', "setting SMOKEWATCH_RISK_THRESHOLDS"),
        ("SMOKEWATCH_BUCKET_TEMPLATE", "{organisation}", "SMOKEWATCH_BUCKET_TEMPLATE"),
        ("SMOKEWATCH_FRAMES", "/proc/none", "SMOKEWATCH_FRAMES"),
        ("ALERT_API_PASSWORD", "hunter2", "ALERT_API_LOGIN or ALERT_API_PASSWORD is wrong"),
        ("ALERT_API_URL", "http://127.0.0.1:9", "cannot be reached"),
    ],
)
def test_a_wrong_setting_is_named_and_exit_2(
    production: Production,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    setting: str,
    value: str,
    says: str,
) -> None:
    production.add(frames=4, seen=4)
    if setting == "SMOKEWATCH_BUCKET_TEMPLATE":
        assert run(monkeypatch, "import", f"--day={DAY}") == 0
    monkeypatch.setenv(setting, value)
    command = "replay" if setting == "SMOKEWATCH_BUCKET_TEMPLATE" else "import"
    assert run(monkeypatch, command, f"--day={DAY}") == 2
    last = capsys.readouterr().err.strip().splitlines()[-1]
    assert last.startswith("smokewatch: ")
    assert says in last
    assert "hunter2" not in last


def test_import_and_replay_print_their_summary_as_the_last_line(
    production: Production, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    production.add(frames=6, seen=5)
    assert run(monkeypatch, "import", f"--day={DAY}", "--json") == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["imported"] == 1
    assert run(monkeypatch, "replay", f"--day={DAY}", "--json") == 0
    summary = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert list(summary) == [
        "sequences",
        "replayed",
        "exact",
        "window",
        "unexplained",
        "dropped",
        "cached",
        "predict_calls",
        "release_seconds",
        "seconds",
        "runtime",
    ]
    assert summary["window"] == 1
    assert run(monkeypatch, "housekeeping") == 0
    assert "processes ended    0" in capsys.readouterr().out


def test_a_lost_history_comes_back_without_prefect(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SMOKEWATCH_CATALOG_URL", "sqlite:///catalog.db")
    assert run(monkeypatch, "housekeeping", "--rebuild-history") == 2
    assert "there is no audit log in history: set SMOKEWATCH_HISTORY" in capsys.readouterr().err
    HistoryLog(tmp_path / "history").append(reached(None, 1))
    assert run(monkeypatch, "housekeeping", "--rebuild-history", "--json") == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1]) == {"added": 1, "known": 0, "damaged": 0}


def test_configure_saves_blocks_that_serve_without_the_environment(
    production: Production, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    production.add(frames=4, seen=4)
    assert run(monkeypatch, "configure") == 0
    assert run(monkeypatch, "configure", "--json") == 0  # saving again is fine
    told = capsys.readouterr().out
    assert production.environment()["ALERT_API_PASSWORD"] not in told
    saved = json.loads(told.splitlines()[-1])
    assert saved.pop("Annotator").startswith("left out: ANNOTATOR_API_URL and ANNOTATOR_API_LOGIN and ")
    assert saved.pop("RiskApi").startswith("left out: RISK_API_URL and RISK_API_LOGIN and RISK_API_PWD not set")
    assert saved.pop("SlackWebhook") == "left out: SLACK_WEBHOOK_URL not set"
    assert saved == {
        "AlertApi": "saved as smokewatch-alert-api/default",
        "Drift": "saved as smokewatch-drift/default",
        "Qualification": "saved as smokewatch-qualification/default",
        "Releases": "saved as smokewatch-releases/default",
        "Slack": "saved as smokewatch-slack/default",
        "Store": "saved as smokewatch-store/default",
        "Triage": "saved as smokewatch-triage/default",
    }
    for name in production.environment():
        monkeypatch.delenv(name)
    assert run(monkeypatch, "import", f"--day={DAY}") == 0
    assert run(monkeypatch, "replay", f"--day={DAY}", "--json") == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["exact"] == 1


def test_an_import_takes_organizations_and_scans(
    production: Production, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for camera in (0, 1):
        production.add(frames=1, camera=camera)
    assert run(monkeypatch, "import", f"--day={DAY}", "--org=SDIS-2", "--org=nobody") == 2
    assert "no organization is called 'nobody'" in capsys.readouterr().err
    assert run(monkeypatch, "import", f"--day={DAY}", "--exclude-org=sdis-2", "--exclude-org=admins", "--json") == 0
    summary = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (summary["imported"], summary["excluded"], summary["scanned"]) == (1, 1, 0)
    assert run(monkeypatch, "import", f"--day={DAY}", "--scan", "--from-id=1", "--json") == 0
    summary = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (summary["imported"], summary["unchanged"], summary["scanned"]) == (1, 1, 50)
