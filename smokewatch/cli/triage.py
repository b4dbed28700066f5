"""``smokewatch triage``: score the pulled backlog and split it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from smokewatch.cli.commands import Json, finish


def triage(
    threshold: Annotated[
        float | None,
        typer.Option("--threshold", min=0.0, max=1.0, help="Scores at or above go to people [default: the settings']."),
    ] = None,
    model: Annotated[
        list[Path] | None,
        typer.Option("--model", metavar="PATH", help="A model package; repeatable: the largest score counts."),
    ] = None,
    release: Annotated[
        str | None,
        typer.Option("--release", metavar="VERSION", help="Score through this release's runtime, as replays do."),
    ] = None,
    json_: Json = False,
) -> None:
    """Score the pulled queue and split it. People look at one side, nobody has to look at the other."""
    from flows.triage_backlog import triage_backlog

    models = [str(path.absolute()) for path in model] if model else None
    finish(triage_backlog(threshold=threshold, models=models, release=release), json_)
