"""An import beside one that asks one thing after another, 50 ms away; and its memory from 100 to 5,000 sequences."""

from __future__ import annotations

import json
import sqlite3
import time
from pathlib import Path
from typing import Any

import httpx

from benchmarks.apart import tell
from benchmarks.incoming import Reading, measured
from tests.production import DAY


def measure(sequences: int = 600, one_by_one: int = 60, small: int = 100, large: int = 5_000) -> dict[str, Any]:
    """Sequences a second of both on one server, and by how much resident memory grows with the day."""
    reading = Reading("benchmarks.importing", "benchmarks.slow_production", "imported", _one_by_one)
    return measured(reading, sequences=sequences, one_by_one=one_by_one, small=small, large=large)


def _one_by_one(settings: dict[str, str], folder: Path, sequences: int) -> float:
    """A plain importer, one request at a time over kept connections; returns sequences a second."""
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


def _import() -> dict[str, Any]:
    """What the process does: an import of the day, as the flow does it."""
    from flows.import_sequences import import_sequences

    summary: dict[str, Any] = import_sequences(date_from=DAY)
    return summary


if __name__ == "__main__":
    tell(_import)
