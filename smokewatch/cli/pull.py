"""The annotator's queue into the store."""

from __future__ import annotations

from typing import Annotated

import typer

from smokewatch.cli.commands import Json, finish
from smokewatch.domain.backlog import Stage, stage_called


def pull(
    stage: Annotated[
        str, typer.Option("--stage", help=f"Which queue: {', '.join(Stage)}.")
    ] = Stage.READY_TO_ANNOTATE.value,
    limit: Annotated[
        int | None, typer.Option("--limit", min=1, help="Read at most so many sequences; none is marked as left.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Read unchanged sequences again too.")] = False,
    json_: Json = False,
) -> None:
    """Pull the annotator's queue, read-only."""
    stage_called(stage)

    from blocks.annotator import Annotator
    from smokewatch.settings import load_settings

    if load_settings().annotator_api_url is not None:
        # A wrong password is told at once, before a Prefect server is started for nothing.
        with Annotator.resolve().client() as api:
            api.sign_in()

    from flows.pull_backlog import pull_backlog

    finish(pull_backlog(stage=stage, limit=limit, force=force), json_)
