"""Visitors of the page, and what it says to them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, expect
from playwright.sync_api import TimeoutError as PlaywrightTimeout

DESKTOP, PHONE = "1440x900", "390x844"
Theme = Literal["light", "dark"]


class Visits:
    """Opens pages, each in a browser profile of its own, and collects what they complain of: errors in the console
    (violations of the content policy are among them) and exceptions."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._contexts: list[BrowserContext] = []
        self._complaints: list[str] = []
        self._expected: list[str] = []

    def __call__(
        self,
        address: str | None = None,
        *,
        size: str = DESKTOP,
        theme: Theme = "light",
        motion: Literal["reduce", "no-preference"] = "reduce",
        **options: Any,
    ) -> Page:
        """A page of that size at an address, None: nowhere yet. Motion is reduced, so that frames stand still."""
        width, height = map(int, size.split("x"))
        small = size == PHONE
        context = self._browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme=theme,
            reduced_motion=motion,
            has_touch=small,
            is_mobile=small,
            **options,
        )
        context.set_default_timeout(60_000)
        self._contexts.append(context)
        page = context.new_page()
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self._complaints.append(f"exception: {error}"))
        if address is not None:
            page.goto(address)
        return page

    def expect_complaints(self, pattern: str) -> None:
        """A test makes something fail, and the browser's console tells it."""
        self._expected.append(pattern)

    def complaints(self) -> list[str]:
        """What was complained of so far and not expected."""
        return [each for each in self._complaints if not any(re.search(known, each) for known in self._expected)]

    def end(self) -> None:
        """Close everything; nobody may have complained."""
        for context in self._contexts:
            context.close()
        found = self.complaints()
        assert not found, found

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._complaints.append(f"{message.text} [{message.location.get('url', '')}]")


class Stay:
    """One page for many tests: each takes it to its own address, as a link within the page does.

    It is light, at the desk, and loaded again where the address is another screen's or the test before failed.
    """

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._visits: Visits | None = None
        self._page: Page | None = None

    def __call__(self, address: str) -> Page:
        """The page at an address; menus that a test left open are closed, the table is at its top."""
        path, _, query = address.partition("?")
        if self._page is None or self._page.url.partition("?")[0] != path:
            self.leave()
            self._visits = Visits(self._browser)
            self._page = self._visits(address)
            return self._page
        width, _, _ = DESKTOP.partition("x")
        if self._page.viewport_size and self._page.viewport_size["width"] != int(width):
            become(self._page, DESKTOP)
        self._page.emulate_media(color_scheme="light")
        self._page.keyboard.press("Escape")
        self._page.evaluate(_TO_THE_TOP)
        return go(self._page, query, path=path)

    def told(self) -> None:
        """Nothing may have been complained of."""
        found = self._visits.complaints() if self._visits is not None else []
        assert not found, found

    def leave(self) -> None:
        """Close it."""
        if self._visits is not None:
            ended, self._visits, self._page = self._visits, None, None
            ended.end()


def at(site: str, query: str | Mapping[str, Any] = "") -> str:
    """The page's address with a query."""
    text = query if isinstance(query, str) else "&".join(f"{name}={value}" for name, value in query.items())
    return f"{site}/replay?{text}" if text else f"{site}/replay"


def go(page: Page, query: str, *, path: str = "/replay") -> Page:
    """To another state of the page that is open, as back and forward do it; it is drawn then."""
    page.evaluate(_GO, f"{path}?{query}" if query else path)
    return page


def drawn(page: Page) -> Page:
    """Wait for two frames: what the page measures it hears with one, and has drawn with the next."""
    page.evaluate("() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(() => drawn())))")
    return page


def shown_rows(page: Page) -> Locator:
    """The rows of the table that exist now."""
    return page.locator(".lines .row")


def stands(page: Page) -> Page:
    """Wait until the table has rows."""
    expect(shown_rows(page).first).to_be_visible()
    return page


def stated(page: Page, query: str) -> dict[str, Any]:
    """What is seen once everything that the address names is there: see :data:`SEEN`."""
    stands(page)
    if "sequence=" in query:
        expect(page.locator(".detail-body[role=tabpanel]")).to_be_visible()
    found: dict[str, Any] = page.evaluate(SEEN)
    return found


def survives_a_reload(page: Page, query: str) -> dict[str, Any]:
    """The page is what its address names, and is so again when it is loaded again; what is seen."""
    seen = stated(page, query)
    assert sorted(parse_qsl(urlsplit(page.url).query)) == sorted(parse_qsl(query))
    page.reload()
    stated(page, query)
    settles(page, SEEN, seen)
    return seen


def walks_back_and_forward(page: Page, steps: Sequence[Callable[[], object]]) -> None:
    """Each step is another address; back and forward show every state as it was."""
    states = [page.evaluate(SEEN)]
    for step in steps:
        step()
        page.wait_for_function("(before) => location.search !== before", arg=states[-1]["address"])
        states.append(stated(page, page.url))
    for state in reversed(states[:-1]):
        page.go_back()
        settles(page, SEEN, state)
    for state in states[1:]:
        page.go_forward()
        settles(page, SEEN, state)


def tally(page: Page) -> int:
    """How many sequences the page says that it shows."""
    return int(re.sub(r"\D", "", page.locator(".tally strong").inner_text()))


def tab_of(page: Page, name: str) -> Locator:
    """A tab of the detail pane."""
    return page.get_by_role("tab", name=name)


def become(page: Page, size: str) -> None:
    """Make it the page of a phone: its size, its layout, its fingers; or of the desk again."""
    width, height = map(int, size.split("x"))
    phone = size != DESKTOP
    page.set_viewport_size({"width": width, "height": height})
    devices = page.context.new_cdp_session(page)
    devices.send(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": phone},
    )
    devices.send("Emulation.setTouchEmulationEnabled", {"enabled": phone})
    # Not innerWidth: a phone zooms out until it shows all of a page that is too wide.
    state = "() => [document.documentElement.clientWidth, matchMedia('(pointer: coarse)').matches]"
    settles(page, state, [width, phone])


def settles(page: Page, script: str, wanted: object) -> None:
    """Wait until a script, which may not be async, gives what is wanted; where it does not, say what it gives."""
    compared = f"(wanted) => JSON.stringify(({script})()) === JSON.stringify(wanted)"
    try:
        page.wait_for_function(compared, arg=wanted, timeout=30_000)
    except PlaywrightTimeout:
        given = page.evaluate(script)
        assert given == wanted, f"{given} instead of {wanted}"


_GO = """(address) => {
    history.pushState(null, "", address);
    dispatchEvent(new PopStateEvent("popstate"));
    return new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(() => drawn())));
}"""
_TO_THE_TOP = """() => { for (const grid of document.querySelectorAll('[role="grid"]')) grid.scrollTop = 0; }"""
SHOWN_KEYS = """async () => {
    const { rows, selection } = await import("/static/js/replay/state.js");
    const { keyAt } = await import("/static/js/replay/store.js");
    return Array.from(selection.value?.rows ?? [], (row) => keyAt(rows.value, row));
}"""
"""The keys of every row of the table in its order, those out of sight too: from the page's own state."""
SEEN = """() => {
    const text = (selector) => document.querySelector(selector)?.textContent.trim() ?? null;
    const all = (selector) => [...document.querySelectorAll(selector)].map((each) => each.textContent.trim());
    const head = [...document.querySelectorAll('[role="columnheader"]')]
        .find((each) => !["none", null].includes(each.getAttribute("aria-sort")));
    return {
        address: location.search,
        mode: text('.mode[aria-current="page"]'),
        shown: text(".tally strong"),
        sort: head ? `${head.textContent.trim()} ${head.getAttribute("aria-sort")}` : null,
        chips: all(".chip"),
        outcomes: all('.outcomes [aria-pressed="true"] .mark'),
        threshold: text(".threshold-value"),
        search: document.getElementById("search")?.value ?? null,
        sequence: document.querySelector(".detail-key")?.title ?? null,
        tab: text('[role="tab"][aria-selected="true"]'),
        window: text('.segments[aria-label="Window shown"] [aria-pressed="true"]'),
        model: text('.segments[aria-label="Model shown"] [aria-pressed="true"]'),
        // Where the address names none, the player may stand anywhere.
        frame: location.search.includes("frame=") ? text(".frame-line strong") : null,
    };
}"""
"""What can be seen of the state that an address names, without the time."""
FOCUS = """() => {
    const focused = document.activeElement;
    // The ring may be drawn around the whole line or label that the focus stands for.
    const styles = [getComputedStyle(focused), getComputedStyle(focused, "::after")];
    if (focused.closest("label") !== null) styles.push(getComputedStyle(focused.closest("label")));
    const { top, bottom, left, right } = focused.getBoundingClientRect();
    return {
        name: focused === document.body ? "nothing"
            : focused.id || focused.getAttribute("aria-label") || focused.className || focused.tagName,
        text: focused.textContent.trim().slice(0, 60),
        ringed: styles.some((style) => style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1),
        inSight: bottom > 0 && right > 0 && top < innerHeight && left < innerWidth,
    };
}"""


def row_at(page: Page, place: int) -> Locator:
    """The table's row at a place, from 1."""
    return page.locator(f'.lines .row[aria-rowindex="{place + 1}"]')
