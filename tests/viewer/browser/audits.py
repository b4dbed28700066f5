"""A view of the page at every size, light and dark: nothing overflows, and axe-core finds nothing to say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.viewer.browser.visits import DESKTOP, PHONE, Stay, Theme, Visits, become, settles

_THEMES: tuple[Theme, ...] = ("light", "dark")
_OVERFLOW = "() => Math.max(0, document.documentElement.scrollWidth - document.documentElement.clientWidth)"
_AXE = """async ([part, rules]) =>
    (await axe.run(part, { resultTypes: ["violations"], ...(rules && { runOnly: rules }) })).violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.slice(0, 4).map(({ target, any }) =>
        `${target.join(" ")} (${any.map(({ message }) => message).join("; ").slice(0, 200)})`).join(", ")}`)"""


@dataclass(frozen=True)
class View:
    """A view: where it is, what a visitor does there, and what is then to be seen."""

    query: str = ""
    sees: str = ".lines .row"
    """CSS."""
    does: Callable[[Page], object] | None = None
    """At the desk; what it opens stays open on the phone."""
    on_phone: Callable[[Page], object] | None = None
    """What is hidden on a phone until it is asked for."""
    complains: str | None = None
    """What the browser's console may say."""
    fails: str | None = None
    """Requests that find no server."""
    audited: str = "html"
    """CSS. What lies beside it is another view's."""
    phones: tuple[str, ...] = (PHONE,)
    """Their sizes; all but the first are seen in the dark only."""
    full_page: bool = False
    """Whether pictures show what must be scrolled to as well."""


def overflow(page: Page) -> int:
    """By how many pixels the page is wider than the screen."""
    return int(page.evaluate(_OVERFLOW))


def open_view(visit: Visits, address: str, view: View, *, stay: Stay | None = None) -> Page:
    """A page at a view's address: where nothing is done there that would last, the one that stays."""
    if stay and not (view.does or view.on_phone or view.complains or view.fails):
        return stay(address)
    if view.complains:
        visit.expect_complaints(view.complains)
    page = visit()
    if view.fails:
        visit.expect_complaints("ERR_FAILED|Failed to load")
        page.route(view.fails, lambda route: route.abort())
    page.goto(address)
    return page


def audit(page: Page, axe: str, shots: Path, name: str, view: View) -> None:
    """Look at the view that is open at the desk's size, then at the phones', without loading it again.

    Pictures are `<name>-<size>-<theme>.png`. What is found is told together at the end, by size and theme; a view that
    is not to be seen at all ends the look.
    """
    if page.evaluate("() => window.axe === undefined"):
        page.evaluate(axe)
    findings: dict[str, list[str]] = {}
    for size in (DESKTOP, *view.phones):
        if size != DESKTOP:
            become(page, size)
        act = {DESKTOP: view.does, view.phones[0]: view.on_phone}.get(size)
        if act:
            act(page)
        expect(page.locator(view.sees).first, f"{name}, {size}").to_be_visible()
        findings[f"{size} overflow"] = _overflowing(page)
        whole = "dark" if size in view.phones[1:] else "light"
        for theme in _THEMES[_THEMES.index(whole) :]:
            page.emulate_media(color_scheme=theme)
            page.screenshot(path=shots / f"{name}-{size}-{theme}.png", full_page=view.full_page)
            if theme == whole or size == DESKTOP:  # only contrast depends on the theme, and hardly on the size
                rules = None if theme == whole else ["color-contrast"]
                findings[f"{size} {theme}"] = page.evaluate(_AXE, [view.audited, rules])
    found = {where: what for where, what in findings.items() if what}
    assert not found, found


def _overflowing(page: Page) -> list[str]:
    """Nothing, once charts have taken the new width; else by how much."""
    try:
        settles(page, _OVERFLOW, 0)
    except AssertionError:
        return [f"{overflow(page)} pixels too wide"]
    return []
