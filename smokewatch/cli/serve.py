"""``smokewatch serve``: the page over the store, or over a bundle where it lies."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from smokewatch.cli.reading import Store, reading_store
from smokewatch.domain.risk import gate_with
from smokewatch.errors import UsageError

LOOPBACK = "127.0.0.1"
PORT = 8700


def serve(
    store: Store = None,
    host: Annotated[
        str, typer.Option("--host", help="Where to listen; beyond this machine a token is needed.")
    ] = LOOPBACK,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Which port; 0: any free one.")] = PORT,
    token: Annotated[
        str | None,
        typer.Option("--token", help="Who has it may read [default: SMOKEWATCH_VIEWER_TOKEN]."),
    ] = None,
    open_: Annotated[bool, typer.Option("--open", help="Open it in a browser.")] = False,
) -> None:
    """Show the store in a browser, until Ctrl-C."""
    show(store, host=host, port=port, token=token, in_browser=open_)


def show(
    store: str | None = None,
    *,
    host: str = LOOPBACK,
    port: int = PORT,
    token: str | None = None,
    in_browser: bool = False,
) -> None:
    """Serve the page until Ctrl-C.

    Raises:
        UsageError: when others could read it without a token, or it cannot listen there.
        StorageError: when the store is damaged.
    """
    from smokewatch.settings import load_settings
    from smokewatch.viewer.access import is_loopback

    settings = load_settings()
    if token is None and settings.viewer_token is not None:
        token = settings.viewer_token.get_secret_value()
    if token is not None and not token.strip():
        raise UsageError("--token is empty: give one that nobody guesses, or leave it out")
    if token is None and not is_loopback(host):
        raise UsageError(f"--host {host} lets others read the store: set SMOKEWATCH_VIEWER_TOKEN or give --token")

    from smokewatch.logs import SERVER_CONFIGURATION
    from smokewatch.viewer.app import create_app
    from smokewatch.viewer.serving import address_of, listen
    from smokewatch.viewer.serving import serve as serve_app

    with listen(host, port) as listening, reading_store(store) as (catalog, frames):
        app = create_app(
            catalog,
            frames,
            production_threshold=settings.threshold,
            gate=gate_with(settings.risk_thresholds),
            token=token,
            loopback=is_loopback(host),
        )
        address = address_of(listening, host)

        def ready() -> None:
            asked = " (open it once with ?token=…)" if token else ""
            sys.stdout.write(f"smokewatch is at {address}{asked}; Ctrl-C ends it\n")
            sys.stdout.flush()
            if in_browser:
                typer.launch(address)

        log = {"log": SERVER_CONFIGURATION} if settings.log_format == "json" else {}
        serve_app(app, listening, when_ready=ready, **log)
