"""The replay screen's rows as columns, made once, beside a list of objects as FastAPI returns it: the same facts.

Bytes on the wire, the server's CPU for a reply, and what the browser needs to read them and to hold them.
"""

from __future__ import annotations

import gzip
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

import httpx
import psutil
from playwright.sync_api import Browser, sync_playwright

from benchmarks import pages
from benchmarks.apart import serving
from benchmarks.catalogs import fill
from benchmarks.row_json_server import as_rows, read_columns
from smokewatch.viewer.newest import prepare_both
from smokewatch.viewer.replies import utc_now

ROWS = 21_489
_REPLIES, _PARSES, _LOADS = 8, 7, 3

_READ = """async ({ url, decoder, times }) => {
    const decode = decoder === null ? (reply) => reply : (await import(decoder)).decodeRows;
    window.text = await (await fetch(url)).text();
    const found = [];
    for (let time = 0; time < times; time += 1) {
        const began = performance.now();
        window.rows = decode(JSON.parse(window.text));
        found.push(performance.now() - began);
    }
    delete window.text;
    return found;
}"""


def measure(rows: int = ROWS) -> dict[str, Any]:
    """Both from one store, each by a server of its own, read by one browser in turns."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fill(folder, rows=rows)
        catalog = f"sqlite:///{folder / 'catalog.db'}"
        columns = read_columns(catalog)
        assert len(as_rows(columns)) == rows
        began = time.process_time()
        prepare_both(columns.body(), as_of=utc_now())
        made = (time.process_time() - began) * 1000
        with pages.served(folder) as ours, serving("benchmarks.row_json_server", catalog) as told:
            theirs = told["address"]
            wire = {
                "rows": _server(f"{theirs}/rows"),
                "columns": _server(f"{ours}/api/sequences") | {"made_once_cpu_ms": round(made, 1)},
            }
            with sync_playwright() as playwright:
                browser = pages.launched(playwright)
                read: dict[str, list[dict[str, float]]] = {"rows": [], "columns": []}
                for _ in range(_LOADS):
                    read["rows"].append(_read(browser, f"{theirs}/", f"{theirs}/rows", None))
                    module = f"{ours}/static/js/replay/store.js"
                    read["columns"].append(_read(browser, module, f"{ours}/api/sequences", module))
                browser.close()
    found = {
        way: wire[way] | {figure: round(median(each[figure] for each in read[way]), 2) for figure in read[way][0]}
        for way in wire
    }
    ratios = {
        f"rows_over_columns_{figure}": round(found["rows"][figure] / max(found["columns"][figure], 0.01), 2)
        for figure in ("raw_kb", "gzipped_kb", "reply_cpu_ms", "parse_ms", "heap_mb")
    }
    again = round(found["rows"]["reply_cpu_ms"] / made, 2)
    return {"count": rows, "replies": _REPLIES, "loads": _LOADS, **found, **ratios, "reply_over_made_once_cpu": again}


def _server(url: str) -> dict[str, float]:
    """Kilobytes of a reply, and its server's CPU."""
    with httpx.Client(timeout=60) as client:
        content = client.get(url).raise_for_status().content
        process = pages.server_of(httpx.URL(url).port or 80)
        before = process.cpu_times()
        for _ in range(_REPLIES):
            with client.stream("GET", url, headers={"Accept-Encoding": "gzip"}) as reply:
                packed = b"".join(reply.iter_raw())
        after = process.cpu_times()
    assert gzip.decompress(packed) == content
    return {
        "raw_kb": round(len(content) / 1000, 1),
        "gzipped_kb": round(len(packed) / 1000, 1),
        "reply_cpu_ms": round(_busy(before, after) * 1000 / _REPLIES, 2),
    }


def _busy(before: psutil._ntuples.pcputimes, after: psutil._ntuples.pcputimes) -> float:
    return float(after.user + after.system - before.user - before.system)


def _read(browser: Browser, page_url: str, url: str, decoder: str | None) -> dict[str, float]:
    """Milliseconds from the text to what a page works with, and the megabytes that it then holds."""
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(page_url)
        empty = pages.heap_mb(page)
        times = page.evaluate(_READ, {"url": url, "decoder": decoder, "times": _PARSES})
        return {"parse_ms": median(times), "heap_mb": pages.heap_mb(page) - empty}
