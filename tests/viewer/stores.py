"""Clients of the viewer over stores that tests fill, and what their replies hold."""

from __future__ import annotations

import csv
import io
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from smokewatch.store.catalog import Catalog
from smokewatch.store.frames import FrameReader
from smokewatch.viewer.app import create_app
from smokewatch.viewer.serving import Server, listen
from smokewatch.viewer.static import StaticFiles

PRODUCTION_THRESHOLD = 0.45
JPEG = b"\xff\xd8\xff\xe0 made up \xff\xd9"
FRONT_END = StaticFiles()
"""One for every server: its files are read and compressed once."""
Look = Callable[..., httpx.Client]
"""Begins a server of the app over the test's store."""


@contextmanager
def viewing(catalog: Catalog, frames: FrameReader, **options: Any) -> Iterator[httpx.Client]:
    """A client of a server of the app over a store, on this machine."""
    options.setdefault("static", FRONT_END)
    app = create_app(catalog, frames, production_threshold=PRODUCTION_THRESHOLD, **options)
    listening = listen("localhost", 0)
    server = Server(app)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        address = f"http://localhost:{listening.getsockname()[1]}"
        with httpx.Client(base_url=address, timeout=60, verify=False) as client:  # reading certificates takes longest
            yield client
    finally:
        server.should_exit = True
        thread.join()
        listening.close()


def with_pages(folder: Path) -> StaticFiles:
    """A front end of a template and a module."""
    (folder / "js").mkdir(parents=True)
    (folder / "page.html").write_text(
        '<script type="importmap">{"imports":{}}</script><script src="/static/x.js"></script>'
    )
    (folder / "js" / "main.mjs").write_text("export const one = 1;\n" * 50)
    return StaticFiles(folder)


def rows_of(client: httpx.Client) -> list[dict[str, Any]]:
    """Every row of the reply with its words looked up, newest first as they come."""
    reply = client.get("/api/sequences").json()
    words, columns = reply["dictionaries"], reply["columns"]
    found = []
    for number in range(reply["count"]):
        row = {name: values[number] for name, values in columns.items()}
        for name in words:
            row[name] = None if row[name] == -1 else words[name][row[name]]
        row["key"] = f"{row['source']}_{row['id']}"
        row["organization_id"] = (row["source"], row["organization"]["id"])
        row["camera_id"] = (*row["organization_id"], row["camera"]["id"])
        found.append(row)
    return found


def detail(client: httpx.Client, key: str = "alert-api_1") -> Any:
    """The reply about one sequence."""
    reply = client.get(f"/api/sequences/{key}")
    assert reply.status_code == 200, reply.text
    return reply.json()


def exported(client: httpx.Client, query: str) -> list[dict[str, str]]:
    """The rows of the CSV."""
    reply = client.get(f"/api/export.csv?{query}")
    assert reply.status_code == 200, reply.text
    return list(csv.DictReader(io.StringIO(reply.text, newline="")))


def keys(rows: list[dict[str, Any]]) -> list[str]:
    """Their keys, in their order."""
    return [row["key"] for row in rows]
