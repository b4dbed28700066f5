"""Telling people: what is to be told, and sending it so that nothing is told twice."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from prefect import task
from prefect.cache_policies import NO_CACHE
from sqlalchemy.engine import Connection

from blocks.slack import Delivery, Slack, Webhook, Webhooks
from smokewatch.domain.messages import alert_body, digest_body
from smokewatch.domain.risk import Gate
from smokewatch.store import outbox
from smokewatch.store.alert_listing import organization_names
from smokewatch.store.catalog import Catalog
from smokewatch.store.notifiable import Alert, AlertKey, Untold, alerts_seen, load_alerts, without_alert
from smokewatch.store.outbox import Kind, Message, MessageState, Owner
from tasks.notify_counts import NotifyCounts

PATIENCE = timedelta(seconds=60)
"""How long a run goes on trying after its last success; what is left then is the next run's."""
LONGEST_BACKOFF = 300.0
"""Seconds; where a server does not say how long to wait, 2, 4, 8, …"""
_HOUR = timedelta(hours=1)


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Notifier:
    """A run's connections and how far it has come. `clock` gives aware UTC, `wait` lets seconds pass."""

    catalog: Catalog
    slack: Slack
    webhooks: Webhooks
    gate: Gate
    run_id: str
    clock: Callable[[], datetime] = _now
    wait: Callable[[float], None] = time.sleep
    counts: NotifyCounts = field(default_factory=NotifyCounts)
    _names: dict[tuple[str, int], str] = field(default_factory=dict)

    def plan(self, since: datetime, *, dry_run: bool = False) -> list[Message]:
        """Put into the outbox what is to be told of alerts seen since a time, in digests where it is too much.

        Returns:
            Every message that waits to be sent; with `dry_run` the outbox stays as it was.

        Raises:
            UsageError: when an organization with a webhook is unknown, or there is no webhook at all.
            StorageError: when the catalog cannot take it.
        """
        now = self.clock()
        try:
            with self.catalog.write() as connection:
                self._names = organization_names(connection)
                if not dry_run:
                    self.webhooks.check(self._names)
                self.counts.unknown += outbox.give_up_claims(connection, now=now)
                alerts = self._update(connection, since, now, dry_run)
                self._digest(connection, alerts, now)
                planned = outbox.waiting(connection)
                if dry_run:
                    raise _DryRunError
        except _DryRunError:
            pass
        self.counts.waiting = len(planned)
        return planned

    def send(self) -> None:
        """Send what waits, oldest first, each webhook at its pace, as long as there is hope.

        Raises:
            StorageError: when an outcome cannot be recorded; that message becomes ``unknown``.
        """
        held: dict[Webhook, datetime] = {}
        deadline = self.clock() + PATIENCE
        while True:
            now = self.clock()
            with self.catalog.write() as connection:
                waiting = outbox.waiting(connection)
                addresses = {each.owner: self._webhook(each.owner) for each in waiting}
                resting = {
                    owner for owner, webhook in addresses.items() if webhook is None or held.get(webhook, now) > now
                }
                message = outbox.claim(connection, self.run_id, now=now, but=resting)
            if message is None:
                due = [
                    max(each.retry_after or now, held.get(webhook, now))
                    for each in waiting
                    if (webhook := addresses[each.owner]) is not None
                ]
                if not due or min(due) > deadline:
                    break
                # Somebody else may have taken what was due: look again a moment later.
                self.wait(max(0.05, (min(due) - now).total_seconds()))
                continue
            webhook = addresses[message.owner]
            assert webhook is not None  # those without one rest
            delivered, held[webhook] = self._deliver(message, webhook)
            if delivered:
                deadline = self.clock() + PATIENCE
        self.counts.waiting = len(waiting)

    def _deliver(self, message: Message, webhook: Webhook) -> tuple[bool, datetime]:
        """Send a claimed message and record its outcome; whether it is sent, and until when the webhook rests."""
        delivery = webhook.send(message.body)
        now = self.clock()
        rest = now + timedelta(seconds=self.slack.pause)
        retry_after = None
        if delivery.state is MessageState.WAITING:
            rest = retry_after = now + timedelta(seconds=_pause(delivery, message.attempts))
        with self.catalog.write() as connection:
            outbox.settle(
                connection,
                message.id,
                self.run_id,
                delivery.state,
                delivery.detail,
                now=now,
                retry_after=retry_after,
            )
        sent = delivery.state is MessageState.SENT
        self.counts.sent += sent
        self.counts.refused += delivery.state is MessageState.REFUSED
        self.counts.unknown += delivery.state is MessageState.UNKNOWN
        return sent, rest

    def _update(self, connection: Connection, since: datetime, now: datetime, dry_run: bool) -> dict[AlertKey, Alert]:
        """New alerts into the outbox, waiting ones as they are now: siblings join; what fell is withdrawn."""
        seen = alerts_seen(connection, since)
        waiting = {_key(each): each for each in outbox.waiting(connection) if each.kind is Kind.ALERT}
        alerts = load_alerts(connection, seen | set(waiting), self.gate)
        known = outbox.alerts_known(connection, seen)
        self.counts.alerts, self.counts.told_before = len(seen), len(known)
        self.counts.without_alert = without_alert(connection, since)
        for key in sorted(seen - known):
            alert = alerts[key]
            self._count(alert)
            to_tell = alert.to_tell()
            owner = (alert.source, alert.organization_id)
            if to_tell is None:
                continue
            if not dry_run and self._webhook(owner) is None:
                self.counts.without_webhook += 1
                continue
            self.counts.new += 1
            outbox.add_alert(connection, owner, alert.id, alert_body(to_tell, self.slack.links), now=now)
        for key, message in waiting.items():
            told = alerts[key].to_tell() if key in alerts else None
            if told is None:
                self.counts.withdrawn += 1
                outbox.withdraw(connection, message.id, "withdrawn: nothing of the alert still stands", now=now)
            elif (body := alert_body(told, self.slack.links)) != message.body:
                outbox.refresh(connection, message.id, body)
        return alerts

    def _count(self, alert: Alert) -> None:
        held = [fwi_class for why, fwi_class in alert.untold if why is Untold.HELD]
        self.counts.held.update(str(each) for each in held)
        if not alert.sightings:
            self.counts.held_alerts += bool(held)
            self.counts.false_positive += not held

    def _digest(self, connection: Connection, alerts: dict[AlertKey, Alert], now: datetime) -> None:
        """Where an organization would be told of too many alerts an hour, one message tells all that wait."""
        told = outbox.told_since(connection, now - _HOUR)
        by_owner: dict[Owner, list[Message]] = defaultdict(list)
        for each in outbox.waiting(connection):
            if each.kind is Kind.ALERT:
                by_owner[each.owner].append(each)
        for owner, messages in by_owner.items():
            if told[owner] + len(messages) <= self.slack.an_hour:
                continue
            listed = [found for each in messages if (found := alerts[_key(each)].to_tell()) is not None]
            body = digest_body(listed, self.slack.links)
            outbox.add_digest(connection, owner, [each.id for each in messages], body, now=now)
            self.counts.digests += 1

    def _webhook(self, owner: Owner) -> Webhook | None:
        return self.webhooks.of(owner[1], self._names.get(owner, ""))


class _DryRunError(Exception):
    """Takes back what a dry run wrote."""


def _key(message: Message) -> AlertKey:
    assert message.alert_id is not None
    return message.source, message.alert_id


def _pause(delivery: Delivery, attempts: int) -> float:
    return delivery.retry_after or min(2.0**attempts, LONGEST_BACKOFF)


@task(name="send-messages", task_run_name="send-messages", cache_policy=NO_CACHE)
def send_messages(notifier: Notifier) -> None:
    """Send what waits in the outbox.

    Raises:
        StorageError: as :meth:`Notifier.send` says.
    """
    notifier.send()


def attention(messages: Iterable[Message], names: dict[tuple[str, int], str]) -> list[dict[str, Any]]:
    """Messages that people have to look at, a row each: those refused, unknown, or failing."""
    return [
        {
            "organization": names.get(each.owner) or f"org-{each.organization_id}",
            "message": str(each.kind) if each.alert_id is None else f"alert {each.alert_id}",
            "state": str(each.state),
            "attempts": each.attempts,
            "what": each.detail,
        }
        for each in messages
    ]
