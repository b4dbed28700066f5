"""The control room over 1,000,000 verdicts: each address' time and size beside its limit; ten minutes of looking."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import sqlalchemy as sa

from benchmarks import pages
from benchmarks.bounds import figure
from benchmarks.history import SOURCE, fill_history
from benchmarks.soak import SOAK_SECONDS
from smokewatch.store.catalog import Catalog

ROWS = 1_000_000
_TIMES = 40
_KB = 1000
_STATUS = {"live": (5, 50), "latest": (10, 20), "quality": (5, 10), "match": (5, 20), "system": (3, 5)}
"""Address -> milliseconds, KB."""
_LISTS = {
    "history": ["history"],
    "history_of_an_organization": ["history?organization=alert-api:5"],
    "history_of_a_camera": ["history?camera=alert-api:5:507"],
    "history_unexplained": ["history?status=unexplained"],
    "history_of_two_filters": [
        "history?organization=alert-api:5&status=unexplained",
        "history?release=0.2.9&status=dropped&camera=alert-api:4:403",
        "history?camera=alert-api:4:403&frames=11%2B",
    ],
    "history_of_days": ["history?from=2026-11-10&to=2026-11-12", "history?kind=replay&from=2026-11-10"],
    "history_searched": ["history?q=girona", "history?q=cam+07", "history?q=alert-api_77", "history?q=stack_unhealthy"],
    "history_of_nothing": ["history?q=nobody", "history?kind=qualify", "history?organization=alert-api:99"],
    "throughput": ["throughput"],
    "runs": ["runs", "runs?state=failed", "runs?kind=replay"],
    "run": ["runs/run-1", "runs/run-that-is-not-over"],
}
_LIST_LIMITS = (50, 100)


def measure(rows: int = ROWS, soak_seconds: float = SOAK_SECONDS) -> dict[str, Any]:
    """Make a history, serve it from a process of its own, and ask."""
    with tempfile.TemporaryDirectory(prefix="smokewatch-history-") as name:
        folder = Path(name)
        (folder / "frames").mkdir()
        catalog = Catalog.open(f"sqlite:///{folder / 'catalog.db'}")
        fill_history(catalog, rows=rows)
        with catalog.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(sa.text("ANALYZE"))
        catalog.close()
        with pages.served(folder) as address, httpx.Client(base_url=f"{address}/api", timeout=120) as client:
            first = {each: _once(client, f"status/{each}") for each in _STATUS}
            asked = _in_turns(client)
            deep = _deep(client)
            soaked = _soak(client, soak_seconds)
    return {"rows": rows, "first_sample_ms": first, **asked, "history_page_by_page": deep, "soak": soaked}


def _once(client: httpx.Client, url: str) -> float:
    """Milliseconds; of the first one to ask, those that the source takes to be read, too."""
    began = time.perf_counter()
    client.get(url).raise_for_status()
    return round((time.perf_counter() - began) * 1000, 1)


def _in_turns(client: httpx.Client) -> dict[str, Any]:
    """One address after the other, again and again, as panels do: the sampling beside them meets all of them alike."""
    limits = {**_STATUS, **dict.fromkeys(_LISTS, _LIST_LIMITS)}
    urls = {**{each: [f"status/{each}"] for each in _STATUS}, **_LISTS}
    found = {
        name: {
            "processor_ms": _processor_ms(client, each),
            "kb": figure(_kb(client, each), limit=limits[name][1]),
        }
        for name, each in urls.items()
    }
    times: dict[str, list[float]] = {name: [] for name in urls}
    for number in range(_TIMES):
        for name, each in urls.items():
            times[name].append(_once(client, each[number % len(each)]))
    return {name: {"ms": pages.spread(times[name], limit=limits[name][0]), **found[name]} for name in urls}


def _processor_ms(client: httpx.Client, urls: Sequence[str]) -> float:
    """What a reply takes of the server, the sampling beside it counted in: a busy machine does not change that."""
    server = pages.server_of(client.base_url.port or 80)
    before = server.cpu_times()
    for number in range(_TIMES):
        _once(client, urls[number % len(urls)])
    after = server.cpu_times()
    return round((after.user + after.system - before.user - before.system) * 1000 / _TIMES, 1)


def _kb(client: httpx.Client, urls: Sequence[str]) -> float:
    return max(len(client.get(url).content) for url in urls) / _KB


def _deep(client: httpx.Client) -> dict[str, Any]:
    """Page by page, as a reader goes on and on."""
    cursor = ""
    times = []
    for _ in range(_TIMES):
        began = time.perf_counter()
        page = client.get("history", params={"cursor": cursor, "organization": f"{SOURCE}:2"}).json()
        times.append((time.perf_counter() - began) * 1000)
        cursor = page["cursor"] or ""
    return pages.spread(times, limit=_LIST_LIMITS[0])


def _soak(client: httpx.Client, seconds: float) -> dict[str, Any]:
    """A page that is looked at: the stream, and each panel at its own rate. What does the server hold afterwards?"""
    server = pages.server_of(client.base_url.port or 80)
    every = {"latest": 2, "quality": 15, "match": 30, "system": 5}
    events, problems, began = 0, 0, time.monotonic()
    before, processor = server.memory_info().rss, server.cpu_times()
    with client.stream("GET", "status/stream") as stream:
        for line in stream.iter_lines():
            passed = time.monotonic() - began
            if passed >= seconds:
                break
            if line.startswith("event: live"):
                events += 1
                for name, period in every.items():
                    if events % period == 0:
                        problems += client.get(f"status/{name}").status_code != 200
    used = server.cpu_times()
    busy = (used.user + used.system - processor.user - processor.system) / seconds
    return {
        "seconds": seconds,
        "events_a_second": round(events / seconds, 2),
        "problems": problems,
        "server_mb_more": round((server.memory_info().rss - before) / 1e6, 1),
        "server_busy": figure(busy, limit=0.1),
    }
