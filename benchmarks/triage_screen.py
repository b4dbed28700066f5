"""The triage screen over 21,489 scored sequences: its server's replies, and the page in headless Chromium."""

from __future__ import annotations

import random
import statistics
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks import pages
from benchmarks.backlogs import fill
from benchmarks.bounds import figure
from smokewatch.store.catalog import Catalog
from smokewatch.viewer.triage import TriageSnapshot

ROWS = 21_489
_LOADS, _STEPS, _ACTS = 5, 80, 200
_FILTERED = "organization=pyronear_french:2&bucket=review&near=1&q=cam&threshold=0.5"
_STEP = """async ({ steps, expected }) => {
    const digits = (text) => Number(text.replace(/\\D/g, ""));
    const right = (at) =>
        document.querySelector(".threshold-value").textContent === (at / 100).toFixed(2) &&
        digits(document.querySelector(".bucket-card.review strong").textContent) === expected[at] &&
        document.querySelector('[role="grid"]').getAttribute("aria-rowcount") === String(expected[at] + 1) &&
        digits(document.querySelector(".tally strong").textContent) === expected[at] &&
        document.querySelector(".lines .mark.unlabeled") === null;
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


def measure(*, rows: int = ROWS) -> dict[str, Any]:
    """Make a store, serve it from a process of its own, look at it; figures with their limits (None: there is none)."""
    with tempfile.TemporaryDirectory() as folder:
        fill(Path(folder), rows=rows)
        with pages.served(Path(folder)) as address, httpx.Client(base_url=address, timeout=60) as client:
            assert client.get("/api/triage").json()["count"] == rows
            server = {"rows_build_s": figure(_build(Path(folder)))} | _server(client)
            with sync_playwright() as playwright:
                browser = pages.launched(playwright)
                page = _page(browser, address, client)
                browser.close()
    return {"rows": rows, "server": server, "page": page}


def _build(folder: Path) -> float:
    """Seconds that a snapshot of the backlog takes, prepared and compressed."""
    catalog = Catalog.open(f"sqlite:///{folder / 'catalog.db'}")
    began = time.perf_counter()
    TriageSnapshot.take(catalog)
    seconds = time.perf_counter() - began
    catalog.close()
    return seconds


def _server(client: httpx.Client) -> dict[str, Any]:
    reply = client.get("/api/triage")
    ids = reply.json()["columns"]["id"]
    known = {"If-None-Match": reply.headers["etag"]}
    details = [f"/api/triage/pyro-annotator_{each}" for each in ids[:: max(1, len(ids) // 100)]]
    calls = {
        "detail_ms": ([partial(client.get, each) for each in details], 50.0),
        "rows_304_ms": ([partial(client.get, "/api/triage", headers=known)] * 100, 50.0),
        "rows_ms": ([partial(client.get, "/api/triage")] * 20, 50.0),
        "sweep_ms": ([partial(client.get, "/api/triage/sweep")] * 20, None),
        "sweep_filtered_ms": ([partial(client.get, f"/api/triage/sweep?{_FILTERED}")] * 20, None),
        "csv_ms": ([partial(client.get, "/api/triage/export.csv")] * 5, None),
        "review_list_ms": ([partial(client.get, "/api/triage/review.json")] * 5, None),
        "unlabel_list_ms": ([partial(client.get, "/api/triage/unlabeled.json")] * 5, None),
    }
    return {name: pages.timed(each, limit=limit) for name, (each, limit) in calls.items()}


def _page(browser: Browser, address: str, client: httpx.Client) -> dict[str, Any]:
    first = [pages.first_table(browser, f"{address}/triage") for _ in range(_LOADS)]
    page = browser.new_page(viewport=pages.WINDOW)
    page.goto(f"{address}/triage?bucket=review")
    page.wait_for_selector(".lines .row")
    page.evaluate(pages.SLIDING)
    expected = client.get("/api/triage/sweep").json()["review"]
    chance = random.Random(7)
    # Neighbours, as people step, and jumps, as a click on the track does.
    steps = [*range(10, 10 + _STEPS // 2), *(chance.randrange(1, 100) for _ in range(_STEPS // 2))]
    times = page.evaluate(_STEP, {"steps": steps, "expected": expected})
    drag = pages.drag(page)
    return {
        "first_table_ms": figure(statistics.median(first), limit=1000, digits=0)
        | {"all": [round(each) for each in first]},
        "slider_step_ms": pages.spread(times, limit=50),
        "drag": drag,
        "heap_mb": figure(_worked(page, address), limit=50) | {"acts": _ACTS},
    }


_WORK = """async (acts) => {
    const grid = () => document.querySelector('[role="grid"]');
    const press = (key) => document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    for (let act = 0; act < acts; act += 1) {
        slideTo((act * 37) % 101);
        press("j");
        if (act % 5 === 0) document.querySelectorAll(".bucket-card")[act % 2].click();
        if (act % 7 === 0) document.querySelectorAll('[role="columnheader"] button')[act % 5]?.click();
        if (act % 11 === 0 && grid() !== null) grid().scrollTop = (act * 977) % grid().scrollHeight;
        await new Promise((on) => setTimeout(on, 50));
    }
}"""


def _worked(page: Page, address: str) -> float:
    """Megabytes that the page holds after much work."""
    page.goto(f"{address}/triage")
    page.wait_for_selector(".lines .row")
    page.evaluate(pages.SLIDING)
    page.evaluate(_WORK, _ACTS)
    return pages.heap_mb(page)
