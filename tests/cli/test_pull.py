"""`smokewatch pull`: exit codes, one line an error, one JSON object at the end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.gate import Instead
from tests.annotator import PASSWORD, Annotator, running
from tests.cli.test_cli import run


@pytest.fixture
def annotator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prefect_api: str) -> Iterator[Annotator]:
    monkeypatch.chdir(tmp_path)
    with running(tmp_path) as started:
        for name, value in started.environment().items():
            monkeypatch.setenv(name, value)
        yield started


def test_a_pull_prints_its_summary_as_the_last_line(
    annotator: Annotator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    annotator.add_many(3, frames=1)
    assert run(monkeypatch, "pull", "--limit=2", "--json") == 0
    summary = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (summary["listed"], summary["pulled"], summary["postponed"]) == (3, 2, 1)
    assert run(monkeypatch, "pull", "--force") == 0
    told = capsys.readouterr().out
    assert "pulled             1\nunchanged          2\n" in told
    assert "skipped            none\n" in told
    assert run(monkeypatch, "pull", "--stage=annotated", "--json") == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["listed"] == 0


@pytest.mark.parametrize(
    ("arguments", "setting", "says"),
    [
        (("--stage=ready",), {}, "no stage is called 'ready'; known: imported, ready_to_annotate, "),
        ((), {"ANNOTATOR_API_PASSWORD": "hunter2"}, "ANNOTATOR_API_LOGIN or ANNOTATOR_API_PASSWORD is wrong"),
        ((), {"ANNOTATOR_API_LOGIN": "left"}, "the account of ANNOTATOR_API_LOGIN cannot be used"),
        ((), {"ANNOTATOR_API_URL": "http://127.0.0.1:9"}, "ANNOTATOR_API_URL http://127.0.0.1:9/ cannot be reached"),
        ((), {"ANNOTATOR_API_LOGIN": ""}, "ANNOTATOR_API_LOGIN not set"),
        ((), {"SMOKEWATCH_ANNOTATOR_CONNECTIONS": "0"}, "setting SMOKEWATCH_ANNOTATOR_CONNECTIONS"),
    ],
)
def test_a_wrong_call_or_setting_is_one_line_and_exit_2(
    annotator: Annotator,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    setting: dict[str, str],
    says: str,
) -> None:
    monkeypatch.setattr("blocks.transport.ATTEMPTS", 1)
    for name, value in setting.items():
        monkeypatch.setenv(name, value)
    assert run(monkeypatch, "pull", *arguments) == 2
    captured = capsys.readouterr()
    (line,) = [line for line in captured.err.splitlines() if line.startswith("smokewatch: ")]
    assert says in line
    assert PASSWORD not in captured.err + captured.out
    assert "hunter2" not in captured.err


def test_an_annotator_that_fails_on_the_way_is_one_line_and_exit_1(
    annotator: Annotator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    annotator.knobs.before_answer = lambda asked: Instead(418) if asked.path == "/sequences/" else None
    assert run(monkeypatch, "pull") == 1
    (line,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("smokewatch: ")]
    assert line.endswith("/api/v1/sequences/: answered 418: I'm a Teapot")
