"""``smokewatch export``: the store in another tool's layout, from the catalog and the frames alone."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from smokewatch.cli.commands import Day, Json, _date, _finish
from smokewatch.domain.days import days_between
from smokewatch.errors import UsageError

From = Annotated[str | None, typer.Option("--from", metavar="YYYY-MM-DD", help="First UTC day [default: all stored].")]
To = Annotated[
    str | None,
    typer.Option("--to", metavar="YYYY-MM-DD", help="Last UTC day [default: the first; all stored without --from]."),
]


class Layout(StrEnum):
    """What the folder is for."""

    REPORTING = "reporting"
    """The peer's viewer: the folder is its DATA_ROOT."""


def export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where to; made where it is not there.")],
    layout: Annotated[Layout, typer.Option("--layout", help="What reads the folder.")] = Layout.REPORTING,
    day: Day = None,
    first: From = None,
    last: To = None,
    json_: Json = False,
) -> None:
    """Write stored sequences and their verdicts for another tool's viewer."""
    first_day, last_day = chosen_days(day, first, last)

    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from smokewatch.settings import load_settings
    from smokewatch.store.catalog import Catalog
    from smokewatch.store.exports.reporting import export_reporting
    from smokewatch.store.frames import FrameStore

    settings = load_settings()
    frames = FrameStore.open(settings.frames)
    catalog = Catalog.open(settings.catalog_url)
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    try:
        with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as progress:
            bar = progress.add_task(f"export {layout}", total=None)
            counts = export_reporting(
                catalog,
                frames,
                folder,
                first_day=first_day,
                last_day=last_day,
                production_threshold=settings.threshold,
                advance=lambda done, total: progress.update(bar, completed=done, total=total),
            )
    finally:
        catalog.close()
    _finish(asdict(counts), json_)


def chosen_days(day: str | None, first: str | None, last: str | None) -> tuple[date | None, date | None]:
    """The first and the last UTC day of a call, None where there is no limit.

    Raises:
        UsageError: when the call contradicts itself, names no day, or one that has not come.
    """
    if day is not None:
        if first is not None or last is not None:
            raise UsageError("--day already says which days: leave --from and --to out")
        first = last = day
    last = first if last is None else last
    if last is None:
        return None, None
    last_day = _date(last)
    first_day = None if first is None else _date(first)
    days_between(first_day or last_day, last_day, today=datetime.now(UTC).date())
    return first_day, last_day
