"""A page under measurement: its server, its browser, a slider that is stepped and dragged, figures with limits."""

from __future__ import annotations

import itertools
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil
from playwright.sync_api import Browser, Page, Playwright, ViewportSize

from benchmarks.bounds import figure

_MOVES = 120
WINDOW: ViewportSize = {"width": 1440, "height": 900}

_FIRST_TABLE = """() => { window.firstTable = new Promise((done) => {
    const look = new MutationObserver(() => {
        if (document.querySelector(".lines .row") === null) return;
        look.disconnect();
        requestAnimationFrame(() => setTimeout(() => done(performance.now())));
    });
    look.observe(document, { childList: true, subtree: true });
}); }"""
SLIDING = """() => {
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


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of the viewer over a store, in a process of its own."""
    store = {
        "SMOKEWATCH_CATALOG_URL": f"sqlite:///{folder / 'catalog.db'}",
        "SMOKEWATCH_FRAMES": str(folder / "frames"),
    }
    command = [sys.executable, "-c", "from smokewatch.cli import main; main()", "serve", "--port", "0"]
    with subprocess.Popen(command, env={**os.environ, **store}, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().split()[3].removesuffix(";").rstrip("/")
        finally:
            process.terminate()


def server_of(port: int) -> psutil.Process:
    """The child process that listens there.

    Raises:
        RuntimeError: when there is none.
    """
    for process in psutil.Process().children(recursive=True):
        if any(getattr(each.laddr, "port", None) == port for each in process.net_connections("tcp")):
            return process
    raise RuntimeError(f"no child process listens on port {port}")


def timed(calls: Sequence[Callable[[], httpx.Response]], *, limit: float | None) -> dict[str, Any]:
    """How long calls take, the first one once more before."""
    calls[0]()
    times = []
    for call in calls:
        began = time.perf_counter()
        reply = call()
        times.append((time.perf_counter() - began) * 1000)
        assert reply.status_code in (200, 304), reply.text
    return spread(times, limit=limit)


def launched(playwright: Playwright) -> Browser:
    """Debian's Chromium, headless."""
    names = ("chromium", "chromium-browser", "google-chrome", "chromium-headless-shell")
    path = next(filter(None, map(shutil.which, names)), None)
    if path is None:
        raise SystemExit("no Chromium is installed: `make browser` installs it")
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    return playwright.chromium.launch(executable_path=path, args=arguments)


def first_table(browser: Browser, url: str) -> float:
    """Milliseconds from the navigation to the first painted row, nothing cached."""
    with browser.new_context(viewport=WINDOW) as context:
        page = context.new_page()
        page.add_init_script(f"({_FIRST_TABLE})()")
        page.goto(url, wait_until="commit")
        return float(page.evaluate("() => window.firstTable"))


def drag(page: Page) -> dict[str, Any]:
    """The slider dragged over nearly all of its way and back, a move a frame."""
    found = page.evaluate(_DRAG, _MOVES)
    frames: list[float] = found["frames"]
    lasted = [after - before for before, after in itertools.pairwise(frames)]
    a_second = 1000 * len(lasted) / sum(lasted)
    longest = max(found["tasks"], default=0.0)
    return {
        "frames_a_second": figure(a_second, at_least=50, digits=1),
        "longest_task_ms": figure(longest, limit=100) | {"tasks_over_50_ms": len(found["tasks"])},
        "dropped_frames": sum(max(0, round(each * 60 / 1000) - 1) for each in lasted),
    }


def heap_mb(page: Page) -> float:
    """Megabytes that a page holds when garbage is collected, typed arrays and the DOM included."""
    inspector = page.context.new_cdp_session(page)
    inspector.send("HeapProfiler.enable")
    inspector.send("HeapProfiler.collectGarbage")
    usage = inspector.send("Runtime.getHeapUsage")
    return float(sum(usage.get(part, 0) for part in ("usedSize", "embedderHeapUsedSize", "backingStorageSize"))) / 1e6


def spread(milliseconds: Sequence[float], *, limit: float | None) -> dict[str, Any]:
    """Median and 95th percentile of times; the limit is the latter's."""
    p95 = statistics.quantiles(milliseconds, n=20, method="inclusive")[-1]
    found = {"p50": round(statistics.median(milliseconds), 1), "p95": round(p95, 1), "times": len(milliseconds)}
    return found if limit is None else found | {"limit": limit, "held": p95 < limit}
