"""People who work with the page for a long time, and the heap that is left."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page

from benchmarks.pages import heap_mb

SOAK_SECONDS = 600.0

_SOAK = """async (seconds) => {
    let state = 7;
    const chance = (below) => {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        return Math.floor((state / 2 ** 32) * below);
    };
    const one = (selector) => {
        const found = document.querySelectorAll(selector);
        return found[chance(found.length)];
    };
    const pick = (values) => values[chance(values.length)];
    const press = (key) => document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    const enter = (id, value) => {
        const field = document.getElementById(id);
        if (field === null) return;
        field.value = value;
        field.dispatchEvent(new Event("input", { bubbles: true }));
    };
    const acts = [
        () => press(pick(["j", "j", "k", "t", " ", "[", "]", "ArrowRight", "Escape"])),
        () => one(".lines .row")?.click(),
        () => one('[role="tab"]')?.click(),
        () => one(".bar, .outcomes button, .chip, .sweep button, .rail-link, .segment, .layer")?.click(),
        () => one('[role="columnheader"] button')?.click(),
        () => enter("threshold", String(chance(101) / 100)),
        () => enter("search", pick(["", "", "cam 0", "sdis", "12", "nobody"])),
        () => one(".mode")?.click(),
        () => one(".notice .button, .chips .quiet")?.click(),
        () => {
            const grid = document.querySelector('[role="grid"]');
            if (grid !== null) grid.scrollTop = chance(grid.scrollHeight);
        },
    ];
    const until = performance.now() + seconds * 1000;
    let done = 0;
    for (; performance.now() < until; done += 1) {
        acts[chance(acts.length)]();
        await new Promise((on) => setTimeout(on, 100));
    }
    return done;
}"""


def soak(page: Page, seconds: float) -> dict[str, Any]:
    """Filter, sort, search, open sequences, turn to tabs and drag the threshold for so long, ten times a second.

    Returns:
        ``heap_mb``: see :func:`heap_mb`;
        ``acts``: how many there were.
    """
    acts = page.evaluate(_SOAK, seconds)
    return {"heap_mb": heap_mb(page), "acts": acts, "seconds": seconds}
