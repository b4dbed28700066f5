"""The automations of a Prefect server, as code: `python -m deployments.automations`.

Who is told when a run fails, crashes, is late or falls silent, and of what flows emit; and a run whose machine died is
run again. Idempotent: by name, what differs is updated, what is equal is left. Requires: PREFECT_API_URL, and a
notification block on that server.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer
from prefect.client.orchestration import get_client
from prefect.settings import get_current_settings

from deployments.applying import apply, block_document, deployment_id, remove
from deployments.declared import Windows, declared
from smokewatch.cli.app import main
from smokewatch.cli.commands import Json, finish
from smokewatch.errors import UsageError
from smokewatch.settings import load_settings

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.command(name="automations")
def automations(
    block: Annotated[
        str | None,
        typer.Option(
            "--block", metavar="TYPE/NAME", help="Which block tells [default: SMOKEWATCH_NOTIFICATION_BLOCK]."
        ),
    ] = None,
    silent: Annotated[
        float, typer.Option("--silent", min=0.2, help="Minutes without a heartbeat after which a run is dead.")
    ] = Windows().silent.total_seconds() / 60,
    late: Annotated[
        float, typer.Option("--late", min=0.2, help="Minutes in which nothing of a late deployment has begun.")
    ] = Windows().late.total_seconds() / 60,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")] = False,
    remove_: Annotated[bool, typer.Option("--remove", help="Remove every automation that this has made.")] = False,
    json_: Json = False,
) -> None:
    """Make the automations of the Prefect server what they are to be."""
    settings = load_settings()
    if get_current_settings().api.url is None:
        raise UsageError("PREFECT_API_URL not set: automations are a Prefect server's; say which")
    with get_client(sync_client=True) as client:
        if remove_:
            finish(remove(client, dry_run=dry_run), json_)
            return
        named = settings.retrain_deployment
        wanted = declared(
            block_document(client, block or settings.notification_block),
            retrain=None if named is None else deployment_id(client, named),
            windows=Windows(silent=timedelta(minutes=silent), late=timedelta(minutes=late)),
        )
        finish(apply(client, wanted, dry_run=dry_run), json_)


if __name__ == "__main__":
    main(app)
