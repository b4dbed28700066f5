"""The viewer over 21,489 sequences: its server's replies, and the page in headless Chromium, beside their limits."""

from __future__ import annotations

import itertools
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Browser, Page, Playwright, ViewportSize, sync_playwright

from benchmarks.catalogs import fill
from benchmarks.soak import soak
from smokewatch.store.catalog import Catalog
from smokewatch.viewer.rows import Snapshot

ROWS = 21_489
SOAK_SECONDS = 600.0
SOAK_VARIABLE = "SMOKEWATCH_SOAK_SECONDS"
_LOADS, _STEPS, _MOVES = 5, 80, 120
_WINDOW: ViewportSize = {"width": 1440, "height": 900}
_KEPT = "mode=eval&outcome=smoke-kept&outcome=fp-kept"
"""What a step of the slider changes: rows come and go, and every one of them has to be kept."""

_FIRST_TABLE = """() => { window.firstTable = new Promise((done) => {
    const look = new MutationObserver(() => {
        if (document.querySelector(".lines .row") === null) return;
        look.disconnect();
        requestAnimationFrame(() => setTimeout(() => done(performance.now())));
    });
    look.observe(document, { childList: true, subtree: true });
}); }"""
_SLIDING = """() => {
    const slider = document.getElementById("threshold");
    window.slideTo = (hundredths) => {
        slider.value = String(hundredths / 100);
        slider.dispatchEvent(new Event("input", { bubbles: true }));
    };
    window.painted = (look) => new Promise((done) => {
        requestAnimationFrame(() => {
            const seen = look();
            setTimeout(() => done(seen));
        });
    });
}"""
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
_DRAG = """async (moves) => {
    const tasks = [];
    const watching = new PerformanceObserver((list) => tasks.push(...list.getEntries().map((each) => each.duration)));
    watching.observe({ type: "longtask" });
    const frame = () => new Promise((done) => requestAnimationFrame(done));
    const frames = [await frame()];
    for (let move = 0; move < moves; move += 1) {
        slideTo(Math.round(50 + 45 * Math.sin((move / moves) * 2 * Math.PI)));
        frames.push(await frame());
    }
    await new Promise((done) => setTimeout(done, 200));
    watching.disconnect();
    return { frames, tasks };
}"""


def measure() -> dict[str, Any]:
    """Make a store, serve it from a process of its own, look at it; figures with their limits (None: there is none)."""
    with tempfile.TemporaryDirectory() as folder:
        fill(Path(folder), rows=ROWS)
        began = time.perf_counter()
        with _served(Path(folder)) as address, httpx.Client(base_url=address, timeout=60) as client:
            assert client.get("/api/sequences").json()["count"] == ROWS
            started = time.perf_counter() - began
            server = {"start_to_rows_s": _figure(started), "rows_build_s": _figure(_build(Path(folder)))}
            server |= _server(client)
            with sync_playwright() as playwright:
                browser = _launched(playwright)
                page = _page(browser, address, client)
                browser.close()
    return {"rows": ROWS, "server": server, "page": page}


@contextmanager
def _served(folder: Path) -> Iterator[str]:
    store = {
        "SMOKEWATCH_CATALOG_URL": f"sqlite:///{folder / 'catalog.db'}",
        "SMOKEWATCH_FRAMES": str(folder / "frames"),
    }
    command = [sys.executable, "-c", "from smokewatch.cli import main; main()", "serve", "--port", "0"]
    with subprocess.Popen(command, env={**os.environ, **store}, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().split()[3].removesuffix(";").removesuffix("/replay")
        finally:
            process.terminate()


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
    columns, sources = rows.json()["columns"], rows.json()["dictionaries"]["source"]
    keys = [f"{sources[columns['source'][row]]}_{columns['id'][row]}" for row in range(0, ROWS, ROWS // 100)]
    known = {"If-None-Match": rows.headers["etag"]}
    assert client.get("/api/sequences", headers=known).status_code == 304
    filtered = "organization=alert-api:2&match=exact&label=smoke&q=cam"
    return {
        "detail_ms": _timed([partial(client.get, f"/api/sequences/{key}") for key in keys], limit=50),
        "rows_304_ms": _timed([lambda: client.get("/api/sequences", headers=known)] * 100, limit=50),
        "rows_ms": _timed([lambda: client.get("/api/sequences")] * 20, limit=50),
        "sweep_ms": _timed([lambda: client.get("/api/sweep")] * 20, limit=50),
        "sweep_filtered_ms": _timed([lambda: client.get(f"/api/sweep?{filtered}")] * 20, limit=50),
        "csv_ms": _timed([lambda: client.get("/api/export.csv")] * 5, limit=None),
        "csv_filtered_ms": _timed([lambda: client.get(f"/api/export.csv?{filtered}")] * 20, limit=50),
    }


def _timed(calls: Sequence[Callable[[], httpx.Response]], *, limit: float | None) -> dict[str, Any]:
    calls[0]()
    times = []
    for call in calls:
        began = time.perf_counter()
        reply = call()
        times.append((time.perf_counter() - began) * 1000)
        assert reply.status_code in (200, 304), reply.text
    return _spread(times, limit=limit)


def _launched(playwright: Playwright) -> Browser:
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if path is None:
        raise SystemExit("no Chromium is installed: `make browser` installs it")
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    return playwright.chromium.launch(executable_path=path, args=arguments)


def _page(browser: Browser, address: str, client: httpx.Client) -> dict[str, Any]:
    first = [_first_table(browser, address) for _ in range(_LOADS)]
    page = browser.new_page(viewport=_WINDOW)
    page.goto(f"{address}/replay?{_KEPT}")
    page.wait_for_selector(".lines .row")
    page.evaluate(_SLIDING)
    swept = client.get("/api/sweep?label=smoke&label=fp").json()
    expected = [smoke + other for smoke, other in zip(swept["smoke_kept"], swept["fp_kept"], strict=True)]
    chance = random.Random(7)
    # Neighbours, as people step, and jumps, as a click on the track does.
    steps = [*range(10, 10 + _STEPS // 2), *(chance.randrange(1, 100) for _ in range(_STEPS // 2))]
    times = page.evaluate(_STEP, {"steps": steps, "expected": expected})
    drag = _drag(page)
    seconds = float(os.environ.get(SOAK_VARIABLE) or SOAK_SECONDS)
    soaked = soak(page, seconds)
    return {
        "first_table_ms": _figure(statistics.median(first), limit=1000, unit=0)
        | {"all": [round(each) for each in first]},
        "first_load_kb": _transferred(browser, address),
        "slider_step_ms": _spread(times, limit=50),
        "drag": drag,
        "heap_mb": _figure(soaked["heap_mb"], limit=50) | {"after_seconds": soaked["seconds"], "acts": soaked["acts"]},
    }


def _first_table(browser: Browser, address: str) -> float:
    """Milliseconds from the navigation to the first painted row, nothing cached."""
    with browser.new_context(viewport=_WINDOW) as context:
        page = context.new_page()
        page.add_init_script(f"({_FIRST_TABLE})()")
        page.goto(f"{address}/replay", wait_until="commit")
        return float(page.evaluate("() => window.firstTable"))


def _transferred(browser: Browser, address: str) -> dict[str, Any]:
    """Kilobytes that a first visit takes over the wire, the detail pane's code included."""
    with browser.new_context(viewport=_WINDOW) as context:
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
    return {"page": round((total - rows) / 1000, 1), "rows": round(rows / 1000, 1)} | _figure(total / 1000, limit=700)


def _drag(page: Page) -> dict[str, Any]:
    found = page.evaluate(_DRAG, _MOVES)
    frames: list[float] = found["frames"]
    lasted = [after - before for before, after in itertools.pairwise(frames)]
    a_second = 1000 * len(lasted) / sum(lasted)
    longest = max(found["tasks"], default=0.0)
    return {
        "frames_a_second": {"value": round(a_second, 1), "at_least": 50, "held": a_second >= 50},
        "longest_task_ms": _figure(longest, limit=100) | {"tasks_over_50_ms": len(found["tasks"])},
        "dropped_frames": sum(max(0, round(each * 60 / 1000) - 1) for each in lasted),
    }


def _figure(value: float, *, limit: float | None = None, unit: int = 2) -> dict[str, Any]:
    shown = round(value, unit)
    return {"value": shown} if limit is None else {"value": shown, "limit": limit, "held": value < limit}


def _spread(milliseconds: Sequence[float], *, limit: float | None) -> dict[str, Any]:
    """Median and 95th percentile of times; the limit is the latter's."""
    p95 = statistics.quantiles(milliseconds, n=20, method="inclusive")[-1]
    found = {"p50": round(statistics.median(milliseconds), 1), "p95": round(p95, 1), "times": len(milliseconds)}
    return found if limit is None else found | {"limit": limit, "held": p95 < limit}
