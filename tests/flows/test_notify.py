"""Telling people as a flow and as commands: configuration, summaries, failures, and what `watch` does first."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from prefect_slack import SlackWebhook
from pydantic import SecretStr
from tenacity import wait_none

from blocks.configure import save_blocks
from blocks.slack import Slack
from demo.slack import NO_SERVICE, Sink
from flows import watch as watch_module
from flows.notify_alerts import notify_alerts
from flows.watch import watch
from smokewatch.cli import main
from smokewatch.domain.risk import FwiClass
from smokewatch.errors import RunError, UsageError
from smokewatch.store import tables as t
from smokewatch.store.catalog import Catalog
from tests.alerts import NOW, Alerts
from tests.production import DAY, MORNING, Production

EARLIER = NOW - timedelta(hours=1)


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink("alerts", "own") as running:
        yield running


@pytest.fixture
def alerts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prefect_api: str, sink: Sink) -> Iterator[Alerts]:
    """A catalog, and a smokewatch that knows it and the Slack."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SMOKEWATCH_CATALOG_URL", f"sqlite:///{tmp_path / 'catalog.db'}")
    monkeypatch.setenv("SLACK_WEBHOOK_URL", sink.webhook("alerts"))
    monkeypatch.setenv("SMOKEWATCH_NOTIFY_PAUSE", "0")
    catalog = Catalog.open(f"sqlite:///{tmp_path / 'catalog.db'}")
    yield Alerts(catalog)
    catalog.close()


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["smokewatch", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    return int(ended.value.code or 0)


def test_alerts_are_told_once_and_the_run_says_so(alerts: Alerts, sink: Sink) -> None:
    alerts.classify(2, FwiClass.VERY_LOW)
    alerts.add(1)
    alerts.add(2, organization=2, max_conf=0.3)
    summary = notify_alerts(since=EARLIER)
    assert {name: value for name, value in summary.items() if value and name != "seconds"} == {
        "alerts": 2,
        "new": 1,
        "held_alerts": 1,
        "held": {"very_low": 1},
        "sent": 1,
    }
    assert notify_alerts(since=EARLIER)["sent"] == 0
    assert [each.channel for each in sink.messages] == ["alerts"]
    with alerts.catalog.read() as connection:
        runs = [(row.kind, row.state) for row in connection.execute(sa.select(t.runs))]
    assert runs == [("notify", "completed")] * 2


def test_without_a_time_the_last_hours_count(alerts: Alerts, sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    ago = NOW - datetime.now(UTC)
    alerts.add(1, ago=ago + timedelta(hours=2))
    alerts.add(2, ago=ago + timedelta(hours=4))
    assert notify_alerts()["sent"] == 1
    monkeypatch.setenv("SMOKEWATCH_NOTIFY_HOURS", "5")
    assert notify_alerts()["sent"] == 1
    assert ["/alert/1|" in each.text for each in sink.messages] == [True, False]


def test_thresholds_that_were_set_hold_here_too(alerts: Alerts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMOKEWATCH_RISK_THRESHOLDS", '{"high": 0.9}')
    alerts.classify(1, FwiClass.HIGH)
    alerts.add(1, max_conf=0.8)
    assert notify_alerts(since=EARLIER)["held"] == {"high": 1}


def test_a_refused_message_fails_the_run_with_one_line_and_is_shown_for_a_day(alerts: Alerts, sink: Sink) -> None:
    alerts.add(1)
    sink.answer(NO_SERVICE)
    with pytest.raises(RunError, match=r"^messages to people: 1 refused by the webhook: 404 no_service$"):
        notify_alerts(since=EARLIER)
    assert notify_alerts(since=EARLIER)["attention"] == [
        {"organization": "sdis-1", "message": "alert 1", "state": "refused", "attempts": 1, "what": "404 no_service"}
    ]


def test_without_a_webhook_nothing_is_recorded(alerts: Alerts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SLACK_WEBHOOK_URL")
    alerts.add(1)
    with pytest.raises(UsageError, match="SLACK_WEBHOOK_URL not set"):
        notify_alerts(since=EARLIER)
    with alerts.catalog.read() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(t.outbox)) == 0


def test_prefect_slacks_own_block_is_taken_where_nothing_is_set(
    alerts: Alerts, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SLACK_WEBHOOK_URL")
    SlackWebhook(url=SecretStr(sink.webhook("own"))).save("default", overwrite=True)
    alerts.add(1)
    assert notify_alerts(since=EARLIER)["sent"] == 1
    assert [each.channel for each in sink.messages] == ["own"]
    SlackWebhook.delete("default")


def test_the_saved_block_has_its_webhooks_and_shows_none(
    alerts: Alerts, sink: Sink, monkeypatch: pytest.MonkeyPatch, prefect_api: str
) -> None:
    monkeypatch.setenv("SMOKEWATCH_SLACK_WEBHOOKS", json.dumps({"sdis-2": sink.webhook("own")}))
    assert save_blocks()["Slack"] == "saved as smokewatch-slack/default"
    for name in ("SLACK_WEBHOOK_URL", "SMOKEWATCH_SLACK_WEBHOOKS", "SMOKEWATCH_NOTIFY_PAUSE"):
        monkeypatch.delenv(name)
    saved = Slack.saved()
    assert saved is not None
    assert "secret" not in repr(saved)
    assert saved._block_document_id is not None
    path = f"{prefect_api}/block_documents/{saved._block_document_id}"
    shown = httpx.get(path, trust_env=False, timeout=60).text
    assert "secret-alerts" not in shown
    assert "secret-own" not in shown
    alerts.add(1)
    alerts.add(2, organization=2)
    assert notify_alerts(since=EARLIER)["sent"] == 2
    assert sorted(each.channel for each in sink.messages) == ["alerts", "own"]
    Slack.delete("default")


def test_the_command_prints_what_a_dry_run_would_tell(
    alerts: Alerts, sink: Sink, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    alerts.add(1)
    assert run(monkeypatch, "notify", "--dry-run", f"--since={EARLIER:%Y-%m-%dT%H:%M}") == 0
    told = capsys.readouterr().out
    assert "Un feu a été détecté !\n:date: 2026-08-14 15:45:00\n" in told
    assert "waiting            1" in told
    assert sink.knobs.requests == []
    assert run(monkeypatch, "notify", f"--since={EARLIER:%Y-%m-%dT%H:%M}", "--json") == 0
    summary: dict[str, Any] = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (summary["sent"], len(sink.messages)) == (1, 1)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["notify", "--since=yesterday"], "--since 'yesterday' is no time"),
        (["notify"], "SLACK_WEBHOOK_URL: expected http"),
    ],
)
def test_a_wrong_call_is_one_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SLACK_WEBHOOK_URL", "secret")
    assert run(monkeypatch, *arguments) == 2
    told = capsys.readouterr().err
    assert said in told
    assert "secret" not in told
    assert told.count("\n") == 1


class _Noon(datetime):
    """A clock that stands still, an hour after what `production` shows."""

    @classmethod
    def now(cls, tz: Any = None) -> Any:
        return MORNING + timedelta(hours=3)


@pytest.fixture
def watched(production: Production, sink: Sink, monkeypatch: pytest.MonkeyPatch) -> Production:
    """A production with one alert, seen within the last hours."""
    monkeypatch.setattr("blocks.transport.BACKOFF", wait_none())
    monkeypatch.setattr(watch_module, "datetime", _Noon)
    monkeypatch.setattr("flows.notify_alerts.datetime", _Noon)
    monkeypatch.setenv("SLACK_WEBHOOK_URL", sink.webhook("alerts"))
    sequence = production.add(frames=4, seen=4, score=0.9)
    production.alert(sequence)
    return production


def test_watch_imports_today_and_tells(watched: Production, catalog: Catalog, sink: Sink) -> None:
    summary = watch()
    assert (summary["import"]["imported"], summary["notify"]["sent"]) == (1, 1)
    days = {asked.query["from_date"] for asked in watched.requests if asked.path == "/sequences/all/fromdate"}
    assert days == {str(DAY)}
    again = watch()
    assert (again["import"]["imported"], again["notify"]["sent"]) == (0, 0)
    assert len(sink.messages) == 1


def test_just_after_midnight_watch_imports_yesterday_too(
    watched: Production, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_Noon, "now", classmethod(lambda _cls, _tz=None: datetime(2026, 8, 15, 1, tzinfo=UTC)))
    watch()
    days = {asked.query["from_date"] for asked in watched.requests if asked.path == "/sequences/all/fromdate"}
    assert days == {str(DAY), str(DAY + timedelta(days=1))}


def test_what_is_stored_is_told_even_if_alert_api_is_away(
    watched: Production, catalog: Catalog, sink: Sink, monkeypatch: pytest.MonkeyPatch
) -> None:
    from flows.import_sequences import import_sequences

    import_sequences(date_from=DAY)
    monkeypatch.setenv("ALERT_API_PASSWORD", "wrong")
    with pytest.raises(UsageError, match="ALERT_API_LOGIN or ALERT_API_PASSWORD is wrong"):
        watch()
    assert len(sink.messages) == 1
