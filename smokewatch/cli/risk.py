"""``smokewatch risk``: the fire risk of days, from risk-api."""

from __future__ import annotations

from typing import Annotated

import typer

from smokewatch.cli.commands import Day, Json, finish
from smokewatch.cli.reading import chosen_days
from smokewatch.errors import UsageError

From = Annotated[str | None, typer.Option("--from", metavar="YYYY-MM-DD", help="First UTC day [default: today].")]
To = Annotated[str | None, typer.Option("--to", metavar="YYYY-MM-DD", help="Last UTC day [default: the first].")]


def risk(day: Day = None, first: From = None, last: To = None, json_: Json = False) -> None:
    """Fetch the cameras' fire risk from risk-api. A class a camera and UTC day."""
    if last is not None and first is None and day is None:
        raise UsageError("--to says where days end: give --from too")
    date_from, date_to = chosen_days(day, first, last)

    from blocks.risk_api import RiskApi
    from smokewatch.settings import load_settings

    settings = load_settings()
    if settings.risk_api_url is not None:
        # What is missing is told at once, before a Prefect server is started for nothing.
        RiskApi.from_settings(settings)

    from flows.refresh_risk import refresh_risk

    finish(refresh_risk(date_from=date_from, date_to=date_to, again=False), json_)
