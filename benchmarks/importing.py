"""An import beside one that asks one thing after another, 50 ms away; and its memory from 100 to 5,000 sequences."""

from __future__ import annotations

import json
import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.production import DAY

LATENCY = 0.05
FRAMES = 8
SEQUENCES = 600
ONE_BY_ONE = 60
"""The first of them, one after another: its speed does not depend on how many there are."""
SMALL_DAY, LARGE_DAY = 100, 5_000


def measure() -> dict[str, Any]:
    """Sequences a second of both on one server, and by how much resident memory grows with the day."""
    with (
        tempfile.TemporaryDirectory() as folder,
        _production(Path(folder), SEQUENCES, FRAMES, large=True, latency=LATENCY) as settings,
    ):
        alone = _one_by_one(settings, Path(folder) / "sequential")
        ours = _in_a_process(settings)
    seconds = ours["summary"]["seconds"]
    small, large = (_memory(count) for count in (SMALL_DAY, LARGE_DAY))
    return {
        "latency_ms": LATENCY * 1000,
        "frames_a_sequence": FRAMES,
        "bytes_a_frame": ours["summary"]["bytes"] // ours["summary"]["frames"],
        "sequential_sequences": ONE_BY_ONE,
        "sequential_a_second": round(alone, 2),
        "sequences": SEQUENCES,
        "seconds": seconds,
        "a_second": round(SEQUENCES / seconds, 2),
        "times_as_many": round(SEQUENCES / seconds / alone, 1),
        "cpu_seconds": ours["cpu_seconds"],
        f"peak_mib_{SMALL_DAY}": small,
        f"peak_mib_{LARGE_DAY}": large,
        "growth_mib": round(large - small, 1),
    }


def _one_by_one(settings: dict[str, str], folder: Path) -> float:
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
        for sequence in listed[:ONE_BY_ONE]:
            path = f"/sequences/{sequence['id']}/detections"
            rows = api.get(path, params={"limit": "100", "desc": "false"}).raise_for_status().json()
            for row in rows:
                file = folder / row["bucket_key"]
                file.write_bytes(objects.get(row["url"]).raise_for_status().content)
                kept.execute("INSERT INTO detections VALUES (?, ?, ?)", (row["id"], json.dumps(row), file.name))
            kept.commit()
        seconds = time.monotonic() - started
    kept.close()
    return ONE_BY_ONE / seconds


def _memory(sequences: int) -> float:
    """The peak resident memory, in MiB, of a process that imports so many sequences."""
    with (
        tempfile.TemporaryDirectory() as folder,
        _production(Path(folder), sequences, 2, large=False, latency=0.0) as settings,
    ):
        found = _in_a_process(settings)
    assert found["summary"]["imported"] == sequences
    return float(found["peak_mib"])


@contextmanager
def _production(folder: Path, sequences: int, frames: int, *, large: bool, latency: float) -> Iterator[dict[str, str]]:
    arguments = [str(folder), str(sequences), str(frames), str(int(large)), str(latency)]
    command = [sys.executable, "-m", "benchmarks.slow_production", *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())
        process.communicate()


def _in_a_process(settings: dict[str, str]) -> dict[str, Any]:
    environment = {**os.environ, **settings, "PREFECT_SERVER_ANALYTICS_ENABLED": "false"}
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.importing"], env=environment, stdout=subprocess.PIPE, check=True, text=True
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _import() -> None:
    """What the process does: an import of the day, as the flow does it."""
    from prefect.testing.utilities import prefect_test_harness

    with prefect_test_harness(server_startup_timeout=180):
        from flows.import_sequences import import_sequences

        began = time.process_time()
        summary = import_sequences(date_from=DAY)
        cpu = time.process_time() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    found = {"summary": summary, "cpu_seconds": round(cpu, 2), "peak_mib": round(peak, 1)}
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    _import()
