"""A pull beside one that asks one thing after another, 50 ms away; and its memory from 1,000 to 20,000 sequences."""

from __future__ import annotations

import json
import sqlite3
import time
from pathlib import Path
from typing import Any

import httpx

from benchmarks.apart import tell
from benchmarks.incoming import Reading, measured


def measure(sequences: int = 600, one_by_one: int = 40, small: int = 1_000, large: int = 20_000) -> dict[str, Any]:
    """Sequences a second of both on one server, and by how much resident memory grows with the queue."""
    reading = Reading("benchmarks.pulling", "benchmarks.slow_annotator", "pulled", _one_by_one)
    return measured(reading, sequences=sequences, one_by_one=one_by_one, small=small, large=large)


def _one_by_one(settings: dict[str, str], folder: Path, sequences: int) -> float:
    """A plain client, one request at a time over kept connections; returns sequences a second, listing left out."""
    kept = sqlite3.connect(folder / "kept.db")
    kept.execute("CREATE TABLE frames (id INTEGER PRIMARY KEY, row TEXT, file TEXT)")
    with httpx.Client(base_url=settings["ANNOTATOR_API_URL"] + "/api/v1") as api, httpx.Client() as objects:
        account = {"username": settings["ANNOTATOR_API_LOGIN"], "password": settings["ANNOTATOR_API_PASSWORD"]}
        token = api.post("/auth/login", json=account).raise_for_status().json()["access_token"]
        api.headers["Authorization"] = f"Bearer {token}"
        listed = _pages(api)
        started = time.monotonic()
        for sequence in listed[:sequences]:
            query = {"sequence_id": sequence["id"], "size": 100, "order_by": "recorded_at", "order_direction": "asc"}
            for row in api.get("/detections/", params=query).raise_for_status().json()["items"]:
                url = api.get(f"/detections/{row['id']}/url").raise_for_status().json()["url"]
                file = folder / f"{row['id']}.jpg"
                file.write_bytes(objects.get(url).raise_for_status().content)
                kept.execute("INSERT INTO frames VALUES (?, ?, ?)", (row["id"], json.dumps(row), file.name))
            kept.commit()
        seconds = time.monotonic() - started
    kept.close()
    return sequences / seconds


def _pages(api: httpx.Client) -> list[dict[str, Any]]:
    """The queue, page by page."""
    listed: list[dict[str, Any]] = []
    page = pages = 1
    while page <= pages:
        query = {"processing_stage": "ready_to_annotate", "size": "100", "page": str(page)}
        answer = api.get("/sequences/", params=query).raise_for_status().json()
        listed += answer["items"]
        page, pages = page + 1, answer["pages"]
    return listed


def _pull() -> dict[str, Any]:
    """What the process does: a pull of the queue, as the flow does it."""
    from flows.pull_backlog import pull_backlog

    summary: dict[str, Any] = pull_backlog()
    return summary


if __name__ == "__main__":
    tell(_pull)
