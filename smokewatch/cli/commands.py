"""Every command, each a call of the flow of its name."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from smokewatch.domain.days import days_between
from smokewatch.errors import UsageError

Json = Annotated[bool, typer.Option("--json", help="Print the run's summary as one JSON object, the last line.")]
Day = Annotated[str | None, typer.Option("--day", metavar="YYYY-MM-DD", help="One UTC day.")]
From = Annotated[str | None, typer.Option("--from", metavar="YYYY-MM-DD", help="First UTC day [default: yesterday].")]
To = Annotated[
    str | None,
    typer.Option("--to", metavar="YYYY-MM-DD", help="Last UTC day [default: the first; today without --from]."),
]


def configure(json_: Json = False) -> None:
    """Save the settings as Prefect blocks. Deployments and workers read those named "default"."""
    from blocks.configure import save_blocks

    saved = save_blocks()
    finish(saved, json_)


def import_(
    day: Day = None,
    first: From = None,
    last: To = None,
    org: Annotated[
        list[str] | None, typer.Option("--org", help="Only this organization, by slug or name; repeatable.")
    ] = None,
    exclude_org: Annotated[
        list[str] | None, typer.Option("--exclude-org", help="Never this organization; repeatable.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Read unchanged sequences again too.")] = False,
    scan: Annotated[
        bool,
        typer.Option("--scan", help="Walk through the ids: for servers whose listings show only one organization."),
    ] = False,
    from_id: Annotated[
        int | None,
        typer.Option("--from-id", min=1, max=2**31 - 1, help="Where --scan begins [default: the newest known]."),
    ] = None,
    json_: Json = False,
) -> None:
    """Import the sequences of UTC days from alert-api."""
    date_from, date_to = days_of(day, first, last)
    if from_id is not None and not scan:
        raise UsageError("--from-id says where a scan begins: give --scan too")

    from blocks.alert_api import AlertApi
    from smokewatch.settings import load_settings

    if load_settings().alert_api_url is not None:
        # A wrong password is told at once, before a Prefect server is started for nothing.
        with AlertApi.resolve().client() as api:
            api.sign_in()

    from flows.import_sequences import import_sequences

    summary = import_sequences(
        date_from=date_from,
        date_to=date_to,
        force=force,
        organizations=org,
        exclude_organizations=exclude_org,
        scan=scan,
        from_id=from_id,
    )
    finish(summary, json_)


def replay(
    day: Day = None,
    first: From = None,
    last: To = None,
    sequence: Annotated[list[int] | None, typer.Option("--sequence", help="Only this id; repeatable.")] = None,
    all_ties: Annotated[
        bool, typer.Option("--all-ties", help="Compute every window, to list all that give the recorded score.")
    ] = False,
    trigger_image: Annotated[
        str | None,
        typer.Option("--trigger-image", help="A newer release's image, for the trigger that old ones do not tell."),
    ] = None,
    json_: Json = False,
) -> None:
    """Replay stored days, each sequence through its release. Again, nothing is computed twice."""
    date_from, date_to = days_of(day, first, last)

    from flows.replay_sequences import replay_sequences

    finish(
        replay_sequences(
            date_from=date_from,
            date_to=date_to,
            sequences=sequence,
            all_ties=all_ties,
            trigger_image=trigger_image,
        ),
        json_,
    )


def housekeeping(
    rebuild_history: Annotated[
        bool,
        typer.Option("--rebuild-history", help="Only put back what the audit log has and the catalog lost."),
    ] = False,
    json_: Json = False,
) -> None:
    """Clear away what killed runs left behind."""
    if rebuild_history:
        finish(_rebuilt_history(), json_)
        return

    from flows.housekeeping import housekeeping as flow

    finish(flow(), json_)


def _rebuilt_history() -> dict[str, Any]:
    from smokewatch.settings import load_settings
    from smokewatch.store.catalog import Catalog
    from smokewatch.store.history_log import HistoryLog, history_folder

    settings = load_settings()
    folder = history_folder(settings.catalog_url, settings.history)
    if not folder.is_dir():
        raise UsageError(f"there is no audit log in {folder}: set SMOKEWATCH_HISTORY to its folder")
    catalog = Catalog.open(settings.catalog_url)
    try:
        return asdict(HistoryLog(folder).rebuild(catalog))
    finally:
        catalog.close()


def demo(
    folder: Annotated[Path, typer.Option("--dir", help="Where the demo lives; made anew each time.")] = Path(".demo"),
    seed: Annotated[int, typer.Option("--seed", help="Another seed, another day.")] = 7,
    sequences: Annotated[int, typer.Option("--sequences", min=20, max=500, help="How many sequences.")] = 36,
    stay: Annotated[bool, typer.Option("--stay", help="Keep the pretend production up until Ctrl-C.")] = False,
    serve: Annotated[
        bool | None,
        typer.Option("--serve/--no-serve", help="At the end serve its page until Ctrl-C [default: on a terminal]."),
    ] = None,
    json_: Json = False,
) -> None:
    """Live a pretend production here. Its days are imported, replayed, triaged, watched and shown."""
    from smokewatch.cli.demo import run_demo

    watched = sys.stdout.isatty() and sys.stderr.isatty() and not json_
    summary = run_demo(folder, seed=seed, sequences=sequences, stay=stay, serve=watched if serve is None else serve)
    if json_:
        finish(summary, json_)


def days_of(day: str | None, first: str | None, last: str | None) -> tuple[date, date]:
    """The UTC days that the options name, both included."""
    today = datetime.now(UTC).date()
    if day is not None:
        if first is not None or last is not None:
            raise UsageError("--day already says which days: leave --from and --to out")
        first = last = day
    date_from = today - timedelta(days=1) if first is None else parse_day(first)
    date_to = (today if first is None else date_from) if last is None else parse_day(last)
    days_between(date_from, date_to, today=today)
    return date_from, date_to


def parse_day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"{text!r} is no day: expected YYYY-MM-DD") from error


def finish(summary: dict[str, Any], as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(summary) + "\n")
        return
    for name, value in summary.items():
        shown = ", ".join(f"{key} {count}" for key, count in value.items()) if isinstance(value, dict) else value
        sys.stdout.write(f"{name.replace('_', ' '):<18} {shown if shown != '' else 'none'}\n")
