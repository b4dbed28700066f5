"""Everything at 1, 10 and 100 demo days: time, memory, and the power of the size by which time grows.

What works on a day gets a day of so many sequences; what looks at all that is stored gets ten such days. Every figure
is a process of its own, beside one Prefect server.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import psutil
import sqlalchemy as sa
from playwright.sync_api import sync_playwright

from benchmarks import backlogs, catalogs, listed_alerts, pages
from benchmarks.apart import serving
from benchmarks.growth_parts import BASELINE, TIMES
from benchmarks.growth_rate import grown
from benchmarks.history import fill_history
from benchmarks.triaging import PACKAGE
from smokewatch.store import tables as t
from smokewatch.store.catalog import Catalog
from smokewatch.store.drift import KeptDay, Selection, build_version, current_day
from tests.production import DAY

DEMO_DAY = 36
"""Sequences."""
FRAMES = 5
"""A sequence, in what is imported and replayed: the fewest of which production can have missed one."""
STORED_DAYS = 10
BASELINE_DAYS = 60
_COUNTED = ("sequences", "detections", "frames", "frame_profiles", "outcomes", "replays", "verdicts")
Settings = Mapping[str, str]
Figures = dict[str, dict[str, Any]]


def measure(sizes: Sequence[int] = (1, 10, 100)) -> dict[str, Any]:
    """Time and memory of every part at every size, with the exponents, and what a sequence leaves in the store.

    Args:
        sizes: demo days of 36 sequences each, ascending; at least two.
    """
    by_size = [{} for _ in sizes]  # type: list[Figures]
    stored: dict[str, Any] = {}
    with beside_prefect() as prefect:
        for size, figures in zip(sizes, by_size, strict=True):
            for each in (_day, _triage, _alerts, _history, _viewer):
                with tempfile.TemporaryDirectory(prefix="smokewatch-growth-") as folder:
                    began = time.perf_counter()
                    figures |= each(Path(folder), size * DEMO_DAY, prefect)
                    sys.stderr.write(f"growth {size}x: {each.__name__[1:]} {time.perf_counter() - began:.0f} s\n")
            stored = figures.pop("stored")
    parts = {name: grown([figures[name] for figures in by_size]) for name in by_size[0]}
    return {"demo_day": DEMO_DAY, "frames": FRAMES, "stored_days": STORED_DAYS, "parts": parts, "stored": stored}


@contextmanager
def beside_prefect() -> Iterator[dict[str, str]]:
    """Settings of a Prefect server that lives meanwhile, for processes that run flows."""
    os.environ["PREFECT_SERVER_ANALYTICS_ENABLED"] = "false"
    from prefect.settings import PREFECT_API_URL
    from prefect.testing.utilities import prefect_test_harness

    with prefect_test_harness(server_startup_timeout=180):
        yield {"PREFECT_API_URL": str(PREFECT_API_URL.value()), "PREFECT_LOGGING_LEVEL": "WARNING"}


def _part(name: str, settings: Settings) -> dict[str, Any]:
    """What a part told that ran in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.growth_parts", name]
    done = subprocess.run(command, env={**os.environ, **settings}, stdout=subprocess.PIPE, check=True, text=True)
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def _figures(n: int, told: Mapping[str, Any], **more: object) -> dict[str, Any]:
    kept = {name: round(value, 5) for name, value in told.items() if isinstance(value, float | int)}
    return {"n": n, **kept, **more}


def _day(folder: Path, n: int, prefect: Settings) -> Figures:
    """A day imported, imported again, replayed, replayed again, and checked for drift."""
    found: Figures = {}
    with serving("benchmarks.growth_production", folder, n, FRAMES) as production:
        settings = {**production, **prefect}
        for name in ("import", "import_again"):
            found[name] = _part(name, settings)
    assert found["import"]["summary"]["imported"] == n, found["import"]["summary"]
    assert found["import_again"]["summary"]["unchanged"] == n, found["import_again"]["summary"]
    asked = json.loads((folder / "asked.json").read_text())
    for name in ("replay", "replay_again"):
        found[name] = _part(name, settings)
    first, again = (found[name]["summary"] for name in ("replay", "replay_again"))
    assert first["exact"] + first["window"] == n, first
    assert again["predict_calls"] == 0, again
    with closing(Catalog.open(settings["SMOKEWATCH_CATALOG_URL"])) as catalog:
        _make_baseline(catalog)
        found["drift_check"] = _part("drift_check", settings)
        stored = _stored(catalog, folder / "store", n)
    figures = {name: _figures(n, told) for name, told in found.items()}
    figures["replay"] |= {name: first[name] for name in ("predict_calls", "release_seconds")}
    told = httpx.get(f"{prefect['PREFECT_API_URL']}/artifacts/replay-verdicts/latest", timeout=60).json()["data"]
    return {**figures, "stored": {**stored, "api_calls": asked, "verdict_table_bytes": len(json.dumps(told))}}


def _make_baseline(catalog: Catalog) -> None:
    """A baseline of days that are like the day, and are named otherwise."""
    with catalog.read() as connection:
        kept = current_day(connection, DAY, selection=Selection())
    days = [
        KeptDay(kept.scope, replace(kept.summary, day=DAY - timedelta(days=each)))
        for each in range(BASELINE_DAYS, 0, -1)
    ]
    with catalog.write() as connection:
        build_version(connection, BASELINE, days, left_out={}, run_id="growth", now=datetime.now(UTC))


def _stored(catalog: Catalog, store: Path, n: int) -> dict[str, Any]:
    """What the day left: rows by table, and bytes."""
    with catalog.read() as connection:
        rows = {
            name: connection.scalar(sa.select(sa.func.count()).select_from(t.metadata.tables[name]))
            for name in _COUNTED
        }
        frame_bytes = connection.scalar(sa.select(sa.func.sum(t.frames.c.size)))
    with catalog.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    return {
        "n": n,
        "rows": rows,
        "catalog_bytes": (store / "catalog.db").stat().st_size,
        "frame_bytes": int(frame_bytes or 0),
    }


def _store_settings(folder: Path) -> dict[str, str]:
    return {
        "SMOKEWATCH_CATALOG_URL": f"sqlite:///{folder / 'catalog.db'}",
        "SMOKEWATCH_FRAMES": str(folder / "frames"),
    }


def _triage(folder: Path, n: int, prefect: Settings) -> Figures:
    """A backlog of so many sequences, reported the second time: nothing is left to score."""
    backlogs.fill(folder, rows=n)
    models = {"SMOKEWATCH_TRIAGE_MODELS": str(PACKAGE), "SMOKEWATCH_MODEL_LOADER": "benchmarks.triaging:cheap"}
    settings = {**_store_settings(folder), **models, **prefect}
    _part("triage_report", settings)
    return {"triage_report": _figures(n, _part("triage_report", settings))}


def _alerts(folder: Path, n: int, _prefect: Settings) -> Figures:
    alerts = n * STORED_DAYS
    with closing(Catalog.open(_store_settings(folder)["SMOKEWATCH_CATALOG_URL"])) as catalog:
        listed_alerts.fill(catalog, alerts=alerts)
        _analyze(catalog)
    return {name: _figures(alerts, _part(name, _store_settings(folder))) for name in ("alert_page", "gate_counts")}


def _history(folder: Path, n: int, _prefect: Settings) -> Figures:
    """The newest page of verdicts and the newest of one verdict, as the control room asks for them."""
    rows = n * STORED_DAYS
    (folder / "frames").mkdir()
    with closing(Catalog.open(_store_settings(folder)["SMOKEWATCH_CATALOG_URL"])) as catalog:
        fill_history(catalog, rows=rows)
        _analyze(catalog)
    with _served(folder) as address, httpx.Client(base_url=f"{address}/api", timeout=60) as client:
        asked = ("history", "history?status=unexplained")
        for each in asked:
            client.get(each).raise_for_status()
        server = _server(address)
        began, cpu = time.perf_counter(), _cpu(server)
        for number in range(2 * TIMES):
            client.get(asked[number % 2]).raise_for_status()
        spent = {"cpu_seconds": (_cpu(server) - cpu) / 2 / TIMES, "seconds": (time.perf_counter() - began) / 2 / TIMES}
        return {"history_page": _figures(rows, spent | {"peak_mib": _peak_mib(server)})}


def _viewer(folder: Path, n: int, _prefect: Settings) -> Figures:
    """All rows made ready by the server; then the first painted row in a browser that has nothing cached."""
    rows = n * STORED_DAYS
    catalogs.fill(folder, rows=rows)
    made = _part("viewer_rows", _store_settings(folder))
    with _served(folder) as address, httpx.Client(base_url=address, timeout=300) as client:
        reply = client.get("/api/sequences")
        reply.raise_for_status()
        size = reply.num_bytes_downloaded
        with sync_playwright() as playwright:
            browser = pages.launched(playwright)
            pages.first_table(browser, f"{address}/replay")
            paints = sorted(pages.first_table(browser, f"{address}/replay") for _ in range(3))
            browser.close()
        peak = _peak_mib(_server(address))
    painted = {"seconds": paints[1] / 1000, "peak_mib": peak}
    return {"viewer_rows": _figures(rows, made), "viewer_first_paint": _figures(rows, painted, bytes=size)}


def _analyze(catalog: Catalog) -> None:
    with catalog.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("ANALYZE"))


@contextmanager
def _served(folder: Path) -> Iterator[str]:
    with pages.served(folder) as address:
        yield address.rstrip("/")


def _server(address: str) -> psutil.Process:
    return pages.server_of(int(address.rsplit(":", 1)[1]))


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _peak_mib(process: psutil.Process) -> float:
    lines = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024


if __name__ == "__main__":
    chosen = tuple(int(each) for each in sys.argv[1:]) or (1, 10, 100)
    sys.stdout.write(json.dumps(measure(chosen), indent=1) + "\n")
