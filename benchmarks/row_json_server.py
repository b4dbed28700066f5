"""The replay screen's rows as a list of objects, as FastAPI returns it: the usual way. Serves until its input ends."""

from __future__ import annotations

import json
import socket
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import uvicorn
from fastapi import FastAPI
from fastapi.middleware.gzip import GZipMiddleware
from fastapi.responses import HTMLResponse

from smokewatch.store.catalog import Catalog
from smokewatch.store.viewing.rows import load_everything
from smokewatch.viewer.columns import Columns, build_columns

Row = dict[str, Any]
PRODUCTION_THRESHOLD = 0.45


def read_columns(catalog_url: str) -> Columns:
    """The store's rows, as the page gets them."""
    with closing(Catalog.open(catalog_url)) as catalog, catalog.read() as connection:
        return build_columns(load_everything(connection), production_threshold=PRODUCTION_THRESHOLD)


def as_rows(columns: Columns) -> list[Row]:
    """The same facts a row, under their names: what a column says by its place is spelled out."""
    organizations, cameras, releases = (columns.dictionaries[name] for name in ("organization", "camera", "release"))
    spell: dict[str, Callable[[Any], Row]] = {
        "organization": lambda at: {
            "organization_id": organizations[at]["id"],
            "organization": organizations[at]["name"],
        },
        "camera": _named("camera", cameras),
        "release": lambda at: (
            {"api_version": None, "model_version": None}
            if at < 0
            else {name: releases[at][name] for name in ("api_version", "model_version")}
        ),
        "started_at": lambda at: {"started_at": datetime.fromtimestamp(at / 1000, UTC)},
        **{name: _word(name, columns.dictionaries[name]) for name in _WORDS},
        **{name: _yes(name) for name in ("passes", "ambiguous", "contradicts", "deleted")},
    }
    parts = [[spell.get(name, _plain(name))(value) for value in values] for name, values in columns.columns.items()]
    return [{key: value for part in row for key, value in part.items()} for row in zip(*parts, strict=True)]


_WORDS = ("source", "label", "label_detail", "match", "drop_reason", "decision", "fwi_class")


def _word(name: str, words: Sequence[Any]) -> Callable[[Any], Row]:
    return lambda at: {name: None if at < 0 else words[at]}


def _named(name: str, known: Sequence[Any]) -> Callable[[Any], Row]:
    return lambda at: {f"{name}_id": known[at]["id"], name: known[at]["name"]}


def _plain(name: str) -> Callable[[Any], Row]:
    return lambda value: {name: value}


def _yes(name: str) -> Callable[[Any], Row]:
    return lambda value: {name: bool(value)}


def make_app(rows: list[Row]) -> FastAPI:
    """Everything in memory; the reply is made for each request, compressed by the framework's own middleware."""
    app = FastAPI()
    app.add_middleware(GZipMiddleware)

    @app.get("/rows")
    def _rows() -> list[Row]:
        return rows

    @app.get("/", response_class=HTMLResponse)
    def _page() -> str:
        return "<!doctype html><title>rows</title>"

    return app


def main(settings: Mapping[str, str]) -> None:
    """Serve on a free port; print where, and which process it is."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        server = uvicorn.Server(uvicorn.Config(make_app(as_rows(read_columns(settings["catalog"]))), log_level="error"))
        threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True).start()
        sys.stdout.write(json.dumps({"address": address}) + "\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main({"catalog": sys.argv[1]})
