"""``smokewatch notify`` and ``smokewatch watch``: people are told of alerts."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import Annotated, Any

import typer

from smokewatch.cli.commands import Json, finish
from smokewatch.domain.times import parse_utc
from smokewatch.errors import MalformedRowError, UsageError


def notify(
    since: Annotated[
        str | None,
        typer.Option(
            "--since",
            metavar="TIME",
            help="Tell of smoke seen since then, UTC, e.g. 2026-08-14T06:00 [default: SMOKEWATCH_NOTIFY_HOURS ago].",
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the messages; send nothing and record nothing.")
    ] = False,
    json_: Json = False,
) -> None:
    """Tell people in Slack of newly validated alerts. Those that pass the fire-risk gate, each once."""
    moment = None if since is None else _moment(since)

    from blocks.slack import Slack
    from smokewatch.settings import load_settings

    settings = load_settings()
    if settings.slack_webhook_url is not None:
        # What cannot be used is told at once, before a Prefect server is started for nothing.
        Slack.from_settings(settings).webhooks()

    from flows.notify_alerts import notify_alerts

    summary = notify_alerts(since=moment, dry_run=dry_run)
    if json_:
        finish(summary, as_json=True)
        return
    for text in summary.get("messages", ()):
        sys.stdout.write(f"{text}\n\n")
    _finish(summary)


def watch(json_: Json = False) -> None:
    """Import today, then notify. Meant for every 5 minutes."""
    from flows.watch import watch as flow

    summary = flow()
    if json_:
        finish(summary, as_json=True)
        return
    finish(summary["import"], as_json=False)
    sys.stdout.write("\n")
    _finish(summary["notify"])


def _finish(summary: dict[str, Any]) -> None:
    shown = {name: value for name, value in summary.items() if name not in ("messages", "attention")}
    finish(shown, as_json=False)
    for row in summary["attention"]:
        sys.stdout.write(f"{row['organization']}, {row['message']}: {row['state']}: {row['what']}\n")


def _moment(text: str) -> datetime:
    try:
        return parse_utc(text, where="--since")
    except MalformedRowError:
        raise UsageError(f"--since {text!r} is no time: expected e.g. 2026-08-14T06:00") from None
