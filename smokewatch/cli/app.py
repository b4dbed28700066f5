"""The command line's frame: its commands, its exit codes, its one line for every error."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from smokewatch.cli import commands
from smokewatch.cli.alerts import alerts
from smokewatch.cli.backfill import backfill
from smokewatch.cli.baseline import baseline
from smokewatch.cli.bundle import bundle
from smokewatch.cli.compare import compare
from smokewatch.cli.drift import drift
from smokewatch.cli.export import export
from smokewatch.cli.notify import notify, watch
from smokewatch.cli.pull import pull
from smokewatch.cli.qualify import qualify
from smokewatch.cli.risk import risk
from smokewatch.cli.serve import serve
from smokewatch.cli.triage import triage
from smokewatch.errors import SmokewatchError, UsageError

_INTERRUPTED = 130

app = typer.Typer(
    name="smokewatch",
    help="What the wildfire-smoke model decided in production, and why.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback()
def _frame(
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show Prefect's log.")] = False,
) -> None:
    # Read when Prefect is imported, which only commands that run flows do. Its own log stays complete in Prefect;
    # the terminal gets progress, results and one line an error.
    from smokewatch.settings import load_settings

    if load_settings().log_format == "json":
        from smokewatch.logs import PREFECT_CONFIGURATION

        os.environ.setdefault("PREFECT_LOGGING_SETTINGS_PATH", str(PREFECT_CONFIGURATION))
        verbose = True
    os.environ.setdefault("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "INFO" if verbose else "CRITICAL")
    # A fresh database takes it over 20 seconds, its own limit.
    os.environ.setdefault("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS", "180")
    # A temporary server tells nobody that it was there.
    os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")


app.command("configure")(commands.configure)
app.command("import")(commands.import_)
app.command("replay")(commands.replay)
app.command("backfill")(backfill)
app.command("pull")(pull)
app.command("triage")(triage)
app.command("baseline")(baseline)
app.command("drift")(drift)
app.command("compare")(compare)
app.command("risk")(risk)
app.command("alerts")(alerts)
app.command("notify")(notify)
app.command("watch")(watch)
app.command("qualify")(qualify)
app.command("export")(export)
app.command("bundle")(bundle)
app.command("serve")(serve)
app.command("demo")(commands.demo)
app.command("housekeeping")(commands.housekeeping)


def main(command: typer.Typer = app) -> None:
    """Run the command line, or another command. Exit codes: 0 done, 1 the run failed, 2 the call is wrong.

    `qualify` adds 3, no-go, and 4, undecided.
    """
    try:
        command()
    except SmokewatchError as error:
        sys.stderr.write(f"smokewatch: {error}\n")
        sys.exit(2 if isinstance(error, UsageError) else 1)
    except RuntimeError as error:
        if "Failed to reach API" not in str(error):
            raise
        sys.stderr.write(f"smokewatch: PREFECT_API_URL cannot be reached: {str(error).splitlines()[0]}\n")
        sys.exit(2)
    except SystemExit as ended:
        if ended.code == _INTERRUPTED:  # what Typer makes of Ctrl-C
            sys.stderr.write("smokewatch: interrupted; what was stored stays, run again to go on\n")
        raise
