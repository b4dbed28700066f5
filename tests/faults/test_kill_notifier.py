"""kill -9 around the sending of a message: what may have been delivered is never sent again, and is shown."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from demo.slack import Sink
from flows.notify_alerts import notify_alerts
from smokewatch.errors import RunError
from smokewatch.store import tables as t
from smokewatch.store.catalog import Catalog
from tests.alerts import NOW, Alerts

SINCE = NOW - timedelta(hours=1)
NOTIFY = "from smokewatch.cli import main; main()"
# Between claim and send: when the client is about to be made, before anything leaves this machine.
KILLED_BEFORE = f"""
import os, signal, blocks.slack
blocks.slack.Webhook.send = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
{NOTIFY}
"""


def kill_notifier(code: str, environment: dict[str, str], folder: Path, sink: Sink) -> None:
    arguments = ["notify", f"--since={SINCE:%Y-%m-%dT%H:%M}"]
    process = subprocess.Popen(
        [sys.executable, "-c", code, *arguments], env=environment, cwd=folder, stderr=subprocess.PIPE
    )

    def kill(_asked: object) -> None:
        process.kill()

    sink.knobs.before_answer = kill
    _, errors = process.communicate(timeout=600)
    sink.knobs.before_answer = None
    assert process.returncode == -signal.SIGKILL, errors.decode()


@pytest.mark.parametrize(("code", "posts"), [(KILLED_BEFORE, 0), (NOTIFY, 1)], ids=["before sending", "while sending"])
def test_a_claim_without_an_outcome_is_unknown_shown_and_never_sent_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prefect_api: str, code: str, posts: int
) -> None:
    url = f"sqlite:///{tmp_path / 'catalog.db'}"
    catalog = Catalog.open(url)
    alerts = Alerts(catalog)
    alerts.add(1)
    alerts.add(2)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SMOKEWATCH_CATALOG_URL", url)
    monkeypatch.setenv("SMOKEWATCH_NOTIFY_PAUSE", "0")
    with Sink("alerts") as sink:
        monkeypatch.setenv("SLACK_WEBHOOK_URL", sink.webhook("alerts"))
        repository = str(Path(__file__).parents[2])
        kill_notifier(code, {**os.environ, "PREFECT_API_URL": prefect_api, "PYTHONPATH": repository}, tmp_path, sink)
        assert len(sink.knobs.requests) == posts
        with pytest.raises(RunError, match="1 perhaps not delivered, never sent again"):
            notify_alerts(since=SINCE)
        shown = notify_alerts(since=SINCE)
    assert [(each["message"], each["state"]) for each in shown["attention"]] == [("alert 1", "unknown")]
    assert shown["sent"] == 0
    # The one that was not claimed was told by the next run, the other at most by the killed one.
    assert len(sink.knobs.requests) == posts + 1
    assert "/alert/2|" in sink.messages[-1].text
    with catalog.read() as connection:
        states = connection.execute(sa.select(t.runs.c.state).order_by(t.runs.c.started_at)).scalars().all()
    assert states == ["lost", "failed", "completed"]
    catalog.close()
