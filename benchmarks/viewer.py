"""The viewer over 21,489 sequences: its server's replies, and the page in headless Chromium, beside their limits."""

from __future__ import annotations

import random
import statistics
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Browser, sync_playwright

from benchmarks import pages
from benchmarks.bounds import figure
from benchmarks.catalogs import fill
from benchmarks.soak import SOAK_SECONDS, soak
from smokewatch.store.catalog import Catalog
from smokewatch.viewer.rows import Snapshot

ROWS = 21_489
_LOADS, _STEPS = 5, 80
_KEPT = "mode=eval&outcome=smoke-kept&outcome=fp-kept"
"""What a step of the slider changes: rows come and go, and every one of them has to be kept."""

_STEP = """async ({ steps, expected }) => {
    const digits = (text) => Number(text.replace(/\\D/g, ""));
    const right = (at) =>
        document.querySelector(".threshold-value").textContent === (at / 100).toFixed(2) &&
        document.querySelector('[role="grid"]').getAttribute("aria-rowcount") === String(expected[at] + 1) &&
        digits(document.querySelector(".tally strong").textContent) === expected[at] &&
        document.querySelector(".lines .mark.discard") === null;
    const times = [];
    for (const at of steps) {
        const began = performance.now();
        slideTo(at);
        while (!(await painted(() => right(at)))) {
            if (performance.now() - began > 5000) throw new Error(`the table is not right at ${at / 100}`);
        }
        times.push(performance.now() - began);
        await painted(() => true);
    }
    return times;
}"""


def measure(*, rows: int = ROWS, soak_seconds: float = SOAK_SECONDS) -> dict[str, Any]:
    """Make a store, serve it from a process of its own, look at it; figures with their limits (None: there is none)."""
    with tempfile.TemporaryDirectory() as folder:
        fill(Path(folder), rows=rows)
        began = time.perf_counter()
        with pages.served(Path(folder)) as address, httpx.Client(base_url=address, timeout=60) as client:
            assert client.get("/api/sequences").json()["count"] == rows
            started = time.perf_counter() - began
            server = {"start_to_rows_s": figure(started), "rows_build_s": figure(_build(Path(folder)))}
            server |= _server(client)
            with sync_playwright() as playwright:
                browser = pages.launched(playwright)
                page = _page(browser, address, client, soak_seconds)
                browser.close()
    return {"rows": rows, "server": server, "page": page}


def _build(folder: Path) -> float:
    """Seconds that a snapshot of the rows takes, prepared and compressed."""
    catalog = Catalog.open(f"sqlite:///{folder / 'catalog.db'}")
    began = time.perf_counter()
    Snapshot.take(catalog, production_threshold=0.45)
    seconds = time.perf_counter() - began
    catalog.close()
    return seconds


def _server(client: httpx.Client) -> dict[str, Any]:
    rows = client.get("/api/sequences")
    told = rows.json()
    columns, sources, count = told["columns"], told["dictionaries"]["source"], told["count"]
    keys = [f"{sources[columns['source'][row]]}_{columns['id'][row]}" for row in range(0, count, max(1, count // 100))]
    known = {"If-None-Match": rows.headers["etag"]}
    assert client.get("/api/sequences", headers=known).status_code == 304
    filtered = "organization=alert-api:2&match=exact&label=smoke&q=cam"
    return {
        "detail_ms": pages.timed([partial(client.get, f"/api/sequences/{key}") for key in keys], limit=50),
        "rows_304_ms": pages.timed([lambda: client.get("/api/sequences", headers=known)] * 100, limit=50),
        "rows_ms": pages.timed([lambda: client.get("/api/sequences")] * 20, limit=50),
        "sweep_ms": pages.timed([lambda: client.get("/api/sweep")] * 20, limit=50),
        "sweep_filtered_ms": pages.timed([lambda: client.get(f"/api/sweep?{filtered}")] * 20, limit=50),
        "csv_ms": pages.timed([lambda: client.get("/api/export.csv")] * 5, limit=None),
        "csv_filtered_ms": pages.timed([lambda: client.get(f"/api/export.csv?{filtered}")] * 20, limit=50),
    }


def _page(browser: Browser, address: str, client: httpx.Client, soak_seconds: float) -> dict[str, Any]:
    first = [pages.first_table(browser, f"{address}/replay") for _ in range(_LOADS)]
    page = browser.new_page(viewport=pages.WINDOW)
    page.goto(f"{address}/replay?{_KEPT}")
    page.wait_for_selector(".lines .row")
    page.evaluate(pages.SLIDING)
    swept = client.get("/api/sweep?label=smoke&label=fp").json()
    expected = [smoke + other for smoke, other in zip(swept["smoke_kept"], swept["fp_kept"], strict=True)]
    chance = random.Random(7)
    # Neighbours, as people step, and jumps, as a click on the track does.
    steps = [*range(10, 10 + _STEPS // 2), *(chance.randrange(1, 100) for _ in range(_STEPS // 2))]
    times = page.evaluate(_STEP, {"steps": steps, "expected": expected})
    drag = pages.drag(page)
    soaked = soak(page, soak_seconds)
    return {
        "first_table_ms": figure(statistics.median(first), limit=1000, digits=0)
        | {"all": [round(each) for each in first]},
        "first_load_kb": _transferred(browser, address),
        "slider_step_ms": pages.spread(times, limit=50),
        "drag": drag,
        "heap_mb": figure(soaked["heap_mb"], limit=50) | {"after_seconds": soaked["seconds"], "acts": soaked["acts"]},
    }


def _transferred(browser: Browser, address: str) -> dict[str, Any]:
    """Kilobytes that a first visit takes over the wire, the detail pane's code included."""
    with browser.new_context(viewport=pages.WINDOW) as context:
        page = context.new_page()
        network = context.new_cdp_session(page)
        addresses: dict[str, str] = {}
        sizes: dict[str, int] = {}
        network.on(
            "Network.requestWillBeSent", lambda told: addresses.update({told["requestId"]: told["request"]["url"]})
        )
        network.on("Network.loadingFinished", lambda told: sizes.update({told["requestId"]: told["encodedDataLength"]}))
        network.send("Network.enable")
        page.goto(f"{address}/replay", wait_until="networkidle")
        page.wait_for_selector(".lines .row")
    rows = sum(size for request, size in sizes.items() if addresses[request].endswith("/api/sequences"))
    total = sum(sizes.values())
    return {"page": round((total - rows) / 1000, 1), "rows": round(rows / 1000, 1)} | figure(total / 1000, limit=700)
