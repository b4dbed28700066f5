"""A catalog, a Slack that records, and a notifier whose time passes only when it waits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from blocks.slack import Slack
from demo.slack import Sink
from smokewatch.domain.risk import PRODUCTION_GATE
from smokewatch.store import tables as t
from smokewatch.store.catalog import Catalog
from smokewatch.store.runs import start_run
from tasks.notifying import Notifier
from tests.alerts import NOW, Alerts

LATELY = NOW - timedelta(hours=3)


@dataclass
class Time:
    """A clock that `wait` moves."""

    now: datetime = NOW
    waited: list[float] = field(default_factory=list)

    def clock(self) -> datetime:
        return self.now

    def wait(self, seconds: float) -> None:
        self.waited.append(round(seconds, 3))
        self.now += timedelta(seconds=seconds)


@dataclass
class People:
    """What tells them, and what they were told."""

    catalog: Catalog
    sink: Sink
    alerts: Alerts
    time: Time = field(default_factory=Time)
    settings: dict[str, Any] = field(default_factory=dict)
    _runs: int = 0

    def notifier(self, **changes: Any) -> Notifier:
        """A run's notifier."""
        self._runs += 1
        with self.catalog.write() as connection:
            start_run(connection, f"run {self._runs}", "notify", {}, now=self.time.now)
        given = {"url": SecretStr(self.sink.webhook("alerts")), "platform_url": "https://platform.example", "pause": 0}
        slack = Slack(**given | self.settings | changes)
        return Notifier(
            self.catalog,
            slack,
            slack.webhooks(),
            PRODUCTION_GATE,
            f"run {self._runs}",
            clock=self.time.clock,
            wait=self.time.wait,
        )

    def notify(self, **changes: Any) -> dict[str, Any]:
        """One run; its counts that are not zero."""
        notifier = self.notifier(**changes)
        notifier.plan(LATELY)
        notifier.send()
        return {name: value for name, value in notifier.counts.as_dict().items() if value}

    def told(self, channel: str = "alerts") -> list[str]:
        """What was posted to a channel."""
        return [each.text for each in self.sink.messages if each.channel == channel]

    def states(self) -> dict[int, tuple[str, str]]:
        """Alert id -> state and detail of its message."""
        with self.catalog.read() as connection:
            rows = connection.execute(sa.select(t.outbox).where(t.outbox.c.alert_id.is_not(None))).all()
        return {row.alert_id: (row.state, row.detail) for row in rows}


@pytest.fixture
def people(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[People]:
    # No Prefect here: nobody saved a webhook.
    monkeypatch.setattr("blocks.slack._saved_url", lambda: None)
    catalog = Catalog.open(f"sqlite:///{tmp_path / 'catalog.db'}")
    with Sink("alerts", "own") as sink:
        yield People(catalog, sink, Alerts(catalog))
    catalog.close()
