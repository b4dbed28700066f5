"""``smokewatch backfill``: the days of a range that are not done."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from smokewatch.cli.commands import Day, Json, finish
from smokewatch.cli.reading import chosen_days
from smokewatch.domain.days import days_between
from smokewatch.errors import UsageError

From = Annotated[str | None, typer.Option("--from", metavar="YYYY-MM-DD", help="First UTC day.")]
To = Annotated[str | None, typer.Option("--to", metavar="YYYY-MM-DD", help="Last UTC day [default: yesterday].")]


def backfill(
    day: Day = None,
    first: From = None,
    last: To = None,
    retry_failed: Annotated[bool, typer.Option("--retry-failed", help="Run days that failed, too.")] = False,
    deployment: Annotated[
        str | None,
        typer.Option(
            "--deployment",
            metavar="FLOW/NAME",
            help="Have a deployment's workers run the days, e.g. daily/backfill [default: this process].",
        ),
    ] = None,
    json_: Json = False,
) -> None:
    """Run what is not done of a range of days. Each is imported, replayed and checked for drift."""
    if first is None and day is None:
        raise UsageError("which days? give --from, or --day for one")
    today = datetime.now(UTC).date()
    if day is None and last is None:
        last = str(today - timedelta(days=1))
    date_from, date_to = chosen_days(day, first, last)
    assert date_from is not None
    assert date_to is not None
    days_between(date_from, date_to, today=today)

    from flows.backfill import backfill as flow

    finish(flow(date_from=date_from, date_to=date_to, retry_failed=retry_failed, deployment=deployment), json_)
