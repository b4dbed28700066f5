"""Slack messages of newly validated alerts.

    store ── alerts seen lately, past the gate ──▶ outbox ── claim, send, record ──▶ Slack

Why: people are woken once, and only by what the day's fire risk does not hold back. A message is claimed before it is
sent, so that it is never sent twice: resent is only what provably did not arrive, and what may have arrived is shown as
unknown. Above so many alerts an hour an organization gets a digest instead.
Requires: SLACK_WEBHOOK_URL or SMOKEWATCH_SLACK_WEBHOOKS (or the Slack block, or a SlackWebhook block named default),
and the catalog. No Prefect cache: the outbox knows what was told.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from prefect import flow
from prefect.artifacts import create_table_artifact

from blocks.slack import Slack
from blocks.store import Store
from smokewatch.domain.messages import text_of
from smokewatch.domain.risk import gate_with
from smokewatch.errors import RunError
from smokewatch.settings import load_settings
from smokewatch.store.alert_listing import organization_names
from smokewatch.store.outbox import unsent
from tasks.notifying import Notifier, attention, send_messages
from tasks.reporting import summary_markdown
from tasks.runs import recorded_run

LOOKED_AT = timedelta(days=1)
"""How long messages that were refused, or are unknown, are shown."""


@flow(name="notify-alerts", flow_run_name="notify", validate_parameters=True, persist_result=False)
def notify_alerts(since: datetime | None = None, dry_run: bool = False) -> dict[str, Any]:
    """Tell people of alerts with validated sequences that were seen lately and pass the gate; each alert once.

    Args:
        since: alerts whose smoke was seen since then, naive meaning UTC; left out: in the last SMOKEWATCH_NOTIFY_HOURS.
            What is older is history, so that a first run does not tell all of it.
        dry_run: send nothing and leave the outbox as it is; the summary has the messages' texts.

    Returns:
        The run's summary.

    Raises:
        UsageError: when there is no webhook, or the configuration cannot be used.
        RunError: when a message was refused, may not have arrived, or could not be sent yet.
        StorageError: when the catalog cannot be read or written.
    """
    slack = Slack.resolve()
    gate = gate_with(load_settings().risk_thresholds)
    horizon = datetime.now(UTC) - timedelta(hours=slack.hours) if since is None else _utc(since)
    catalog = Store.resolve().catalog()
    parameters = {"since": horizon.isoformat(), "dry_run": dry_run}
    with recorded_run(catalog, "notify", parameters) as run:
        notifier = Notifier(catalog, slack, slack.webhooks(), gate, run.id)
        planned = notifier.plan(horizon, dry_run=dry_run)
        if not dry_run:
            send_messages(notifier)
        with catalog.read() as connection:
            rows = attention(unsent(connection, since=datetime.now(UTC) - LOOKED_AT), organization_names(connection))
        run.summary = {**notifier.counts.as_dict(), "attention": rows, "seconds": run.seconds()}
        if dry_run:
            run.summary["messages"] = [text_of(each.body) for each in planned]
        summary_markdown("notify-summary", "Alerts told", {**run.summary, "attention": len(rows)})
        if rows:
            create_table_artifact(
                table=rows, key="notify-attention", description="Messages that people have to look at"
            )
        if not dry_run and (failure := _failure(run.summary)) is not None:
            raise RunError(failure)
    return run.summary


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _failure(summary: dict[str, Any]) -> str | None:
    """What of this run people have to know, one line."""
    said = {
        "refused": "refused by the webhook",
        "unknown": "perhaps not delivered, never sent again",
        "waiting": "not sent yet, the next run tries again",
    }
    parts = [f"{summary[name]} {meaning}" for name, meaning in said.items() if summary[name]]
    if not parts:
        return None
    what = f": {summary['attention'][-1]['what']}" if summary["attention"] else ""
    return f"messages to people: {'; '.join(parts)}{what}"
