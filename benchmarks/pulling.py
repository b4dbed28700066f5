"""A pull beside one that asks one thing after another, 50 ms away; and its memory from 1,000 to 20,000 sequences."""

from __future__ import annotations

import json
import sqlite3
import tempfile
import time
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx

from benchmarks.apart import in_a_process, serving, tell
from benchmarks.bounds import figure

LATENCY = 0.05
FRAMES = 8
SEQUENCES = 600
ONE_BY_ONE = 40
"""The first of them, one after another: its speed does not depend on how many there are."""
SHORT_QUEUE, LONG_QUEUE = 1_000, 20_000


def measure(
    sequences: int = SEQUENCES, one_by_one: int = ONE_BY_ONE, small: int = SHORT_QUEUE, large: int = LONG_QUEUE
) -> dict[str, Any]:
    """Sequences a second of both on one server, and by how much resident memory grows with the queue."""
    with (
        tempfile.TemporaryDirectory() as folder,
        _annotator(Path(folder), sequences, FRAMES, large=True, latency=LATENCY) as settings,
    ):
        alone = _one_by_one(settings, Path(folder) / "sequential", one_by_one)
        ours = in_a_process("benchmarks.pulling", settings)
    assert ours["summary"]["pulled"] == sequences
    seconds = ours["summary"]["seconds"]
    least, most = (_memory(count) for count in (small, large))
    return {
        "latency_ms": LATENCY * 1000,
        "frames_a_sequence": FRAMES,
        "bytes_a_frame": ours["summary"]["bytes"] // ours["summary"]["frames"],
        "sequential_sequences": one_by_one,
        "sequential_a_second": round(alone, 2),
        "sequences": sequences,
        "seconds": seconds,
        "a_second": round(sequences / seconds, 2),
        "times_as_many": figure(sequences / seconds / alone, at_least=15, digits=1),
        "cpu_seconds": ours["cpu_seconds"],
        f"peak_mib_{small}": least,
        f"peak_mib_{large}": most,
        "growth_mib": round(most - least, 1),
    }


def _one_by_one(settings: dict[str, str], folder: Path, sequences: int) -> float:
    """A plain client, one request at a time over kept connections; returns sequences a second, listing left out."""
    folder.mkdir()
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


def _memory(sequences: int) -> float:
    """The peak resident memory, in MiB, of a process that pulls so many sequences."""
    with (
        tempfile.TemporaryDirectory() as folder,
        _annotator(Path(folder), sequences, 2, large=False, latency=0.0) as settings,
    ):
        found = in_a_process("benchmarks.pulling", settings)
    assert found["summary"]["pulled"] == sequences
    return float(found["peak_mib"])


def _annotator(
    folder: Path, sequences: int, frames: int, *, large: bool, latency: float
) -> AbstractContextManager[dict[str, str]]:
    return serving("benchmarks.slow_annotator", folder, sequences, frames, int(large), latency)


def _pull() -> dict[str, Any]:
    """What the process does: a pull of the queue, as the flow does it."""
    from flows.pull_backlog import pull_backlog

    summary: dict[str, Any] = pull_backlog()
    return summary


if __name__ == "__main__":
    tell(_pull)
