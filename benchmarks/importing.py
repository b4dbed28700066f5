"""An import beside one that asks one thing after another, 50 ms away; and its memory from 100 to 5,000 sequences."""

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
from tests.production import DAY

LATENCY = 0.05
FRAMES = 8
SEQUENCES = 600
ONE_BY_ONE = 60
"""The first of them, one after another: its speed does not depend on how many there are."""
SMALL_DAY, LARGE_DAY = 100, 5_000


def measure(
    sequences: int = SEQUENCES, one_by_one: int = ONE_BY_ONE, small: int = SMALL_DAY, large: int = LARGE_DAY
) -> dict[str, Any]:
    """Sequences a second of both on one server, and by how much resident memory grows with the day."""
    with (
        tempfile.TemporaryDirectory() as folder,
        _production(Path(folder), sequences, FRAMES, large=True, latency=LATENCY) as settings,
    ):
        alone = _one_by_one(settings, Path(folder) / "sequential", one_by_one)
        ours = in_a_process("benchmarks.importing", settings)
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
        "growth_mib": figure(most - least, limit=100, digits=1),
    }


def _one_by_one(settings: dict[str, str], folder: Path, sequences: int) -> float:
    """A plain importer, one request at a time over kept connections; returns sequences a second."""
    folder.mkdir()
    kept = sqlite3.connect(folder / "kept.db")
    kept.execute("CREATE TABLE detections (id INTEGER PRIMARY KEY, row TEXT, file TEXT)")
    with httpx.Client(base_url=settings["ALERT_API_URL"] + "/api/v1") as api, httpx.Client() as objects:
        form = {"username": settings["ALERT_API_LOGIN"], "password": settings["ALERT_API_PASSWORD"]}
        token = api.post("/login/creds", data=form).raise_for_status().json()["access_token"]
        api.headers["Authorization"] = f"Bearer {token}"
        day = {"from_date": str(DAY), "limit": "1000"}
        listed = api.get("/sequences/all/fromdate", params=day).raise_for_status().json()
        started = time.monotonic()
        for sequence in listed[:sequences]:
            path = f"/sequences/{sequence['id']}/detections"
            rows = api.get(path, params={"limit": "100", "desc": "false"}).raise_for_status().json()
            for row in rows:
                file = folder / row["bucket_key"]
                file.write_bytes(objects.get(row["url"]).raise_for_status().content)
                kept.execute("INSERT INTO detections VALUES (?, ?, ?)", (row["id"], json.dumps(row), file.name))
            kept.commit()
        seconds = time.monotonic() - started
    kept.close()
    return sequences / seconds


def _memory(sequences: int) -> float:
    """The peak resident memory, in MiB, of a process that imports so many sequences."""
    with (
        tempfile.TemporaryDirectory() as folder,
        _production(Path(folder), sequences, 2, large=False, latency=0.0) as settings,
    ):
        found = in_a_process("benchmarks.importing", settings)
    assert found["summary"]["imported"] == sequences
    return float(found["peak_mib"])


def _production(
    folder: Path, sequences: int, frames: int, *, large: bool, latency: float
) -> AbstractContextManager[dict[str, str]]:
    return serving("benchmarks.slow_production", folder, sequences, frames, int(large), latency)


def _import() -> dict[str, Any]:
    """What the process does: an import of the day, as the flow does it."""
    from flows.import_sequences import import_sequences

    summary: dict[str, Any] = import_sequences(date_from=DAY)
    return summary


if __name__ == "__main__":
    tell(_import)
