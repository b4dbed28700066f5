"""``smokewatch alerts``: stored alerts behind the fire-risk gate, and what the gate holds back."""

from __future__ import annotations

import json
import sys
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from smokewatch.cli.commands import Day, Json
from smokewatch.cli.reading import Store, chosen_days, reading_store
from smokewatch.domain.risk import FwiClass, gate_with
from smokewatch.errors import UsageError

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from smokewatch.store.gated import Listing


From = Annotated[
    str | None,
    typer.Option("--from", metavar="YYYY-MM-DD", help="First UTC day [default: all stored, up to the last]."),
]
To = Annotated[str | None, typer.Option("--to", metavar="YYYY-MM-DD", help="Last UTC day [default: the first].")]


def alerts(
    day: Day = None,
    first: From = None,
    last: To = None,
    latest: Annotated[
        bool, typer.Option("--latest", help="Those of the last 24 hours [default without days].")
    ] = False,
    unlabeled: Annotated[bool, typer.Option("--unlabeled", help="Only what nobody labelled yet.")] = False,
    org: Annotated[
        list[str] | None, typer.Option("--org", help="Only this organization, by slug or name; repeatable.")
    ] = None,
    risk_score: Annotated[
        FwiClass | None,
        typer.Option("--risk-score", help="The class of every camera on every day; moderate switches the gate off."),
    ] = None,
    held: Annotated[bool, typer.Option("--held", help="List what the gate holds back, in an alert or not.")] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, max=100_000, help="How many at most.")] = 50,
    cursor: Annotated[str | None, typer.Option("--cursor", help="Go on where a page ended.")] = None,
    store: Store = None,
    json_: Json = False,
) -> None:
    """List stored alerts that pass the fire-risk gate. With --held, what the gate of their day holds back."""
    first_day, last_day = chosen_days(day, first, last)
    if latest and last_day is not None:
        raise UsageError("--latest already says which period: leave --day, --from and --to out")

    from smokewatch.cli.alerts_table import held_lines, shown_lines
    from smokewatch.settings import load_settings
    from smokewatch.store.alert_listing import list_alerts, newest_day, organization_names
    from smokewatch.store.gate_counts import count_left_out
    from smokewatch.store.sequence_listing import Cursor, list_held
    from smokewatch.viewer.alerts_body import alerts_body, asked, sequences_body

    after = Cursor.parse(cursor) if cursor else None
    gate = gate_with(load_settings().risk_thresholds)
    with reading_store(store) as (catalog, _), catalog.read() as connection:
        names = organization_names(connection)
        listing = _listing(connection, first_day, last_day, org, unlabeled=unlabeled, gate=gate, override=risk_score)
        body = asked(listing)
        if held:
            body |= sequences_body(list_held(connection, listing, limit=limit, after=after))
        else:
            page = list_alerts(connection, listing, limit=limit, after=after)
            # A later page is not the whole: what is left out is told with the first.
            left_out = count_left_out(connection, listing) if after is None else None
            body |= alerts_body(page, left_out, names)
        newest = newest_day(connection)
    if json_:
        sys.stdout.write(json.dumps(body) + "\n")
        return
    for line in held_lines(body) if held else shown_lines(body):
        sys.stdout.write(line + "\n")
    if first_day is None and last_day is None and newest is not None and not body["sequences" if held else "alerts"]:
        sys.stdout.write(f"the newest stored day is {newest}: smokewatch alerts --day {newest}\n")


def _listing(
    connection: Connection, first_day: date | None, last_day: date | None, org: list[str] | None, **options: Any
) -> Listing:
    from smokewatch.store.gated import LATEST, Listing
    from smokewatch.store.organizations import organizations_called
    from smokewatch.viewer.selection import period

    start, end = (datetime.now(UTC) - LATEST, None) if last_day is None else period(first_day, last_day)
    return Listing(
        start=start, end=end, organizations=organizations_called(connection, org) if org else None, **options
    )
