"""``smokewatch export``: the store in another tool's layout, from the catalog and the frames alone."""

from __future__ import annotations

from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from smokewatch.cli.commands import Day, Json, finish
from smokewatch.cli.progress import shown_progress
from smokewatch.cli.reading import Store, chosen_days, reading_store
from smokewatch.errors import UsageError

if TYPE_CHECKING:
    from smokewatch.store.exports.sequences import SequenceCounts

From = Annotated[str | None, typer.Option("--from", metavar="YYYY-MM-DD", help="First UTC day [default: all stored].")]
To = Annotated[
    str | None,
    typer.Option("--to", metavar="YYYY-MM-DD", help="Last UTC day [default: the first; all stored without --from]."),
]


class Layout(StrEnum):
    """What the folder is for."""

    REPORTING = "reporting"
    """The peer's viewer: the folder is its DATA_ROOT."""
    MONITOR = "monitor"
    """The peer's monitor: DIR/01_raw/sequences is its store."""
    TRIAGE = "triage"
    """The peer's viewer, too: the annotator's queue with the latest triage and its worklists."""


def export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where to; made where it is not there.")],
    layout: Annotated[Layout, typer.Option("--layout", help="What reads the folder.")] = Layout.REPORTING,
    day: Day = None,
    first: From = None,
    last: To = None,
    store: Store = None,
    json_: Json = False,
) -> None:
    """Write the store in another tool's layout. One layout a folder; again, only what changed."""
    first_day, last_day = chosen_days(day, first, last)
    if layout is Layout.TRIAGE and last_day is not None:
        raise UsageError("the triage layout holds the whole queue: leave --day, --from and --to out")

    from smokewatch.settings import load_settings
    from smokewatch.store.exports.monitor import export_monitor
    from smokewatch.store.exports.reporting import export_reporting
    from smokewatch.store.exports.triage import export_triage

    counts: SequenceCounts
    with reading_store(store) as (catalog, frames), shown_progress(f"export {layout}") as advance:
        if layout is Layout.MONITOR:
            counts = export_monitor(catalog, frames, folder, first_day=first_day, last_day=last_day, advance=advance)
        elif layout is Layout.TRIAGE:
            counts = export_triage(catalog, frames, folder, advance=advance)
        else:
            counts = export_reporting(
                catalog,
                frames,
                folder,
                first_day=first_day,
                last_day=last_day,
                production_threshold=load_settings().threshold,
                advance=advance,
            )
    finish(asdict(counts), json_)
