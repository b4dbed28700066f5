"""Every view, light and dark, on a desk and on a phone: nothing complains, nothing overflows, everybody can read it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.viewer.browser.visits import DESKTOP, PHONE, Visits, at

_OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
# Only contrast depends on the theme, and not on the size.
_AXE = """async ([part, rules]) =>
    (await axe.run(part, { resultTypes: ["violations"], ...(rules && { runOnly: rules }) })).violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.slice(0, 4).map(({ target, any }) =>
        `${target.join(" ")} (${any.map(({ message }) => message).join("; ").slice(0, 200)})`).join(", ")}`)"""


@dataclass(frozen=True)
class View:
    """A view: its address, what a visitor does there, and what is then to be seen (CSS)."""

    query: str = ""
    sees: str = ".lines .row"
    does: Callable[[Page], object] | None = None
    complains: str | None = None
    audited: str = "html"
    """What lies beside it is another view's."""


def _zoom(page: Page) -> None:
    page.get_by_role("button", name="Zoom. Frame").click()


def _compare(page: Page) -> None:
    page.get_by_role("button", name="Compare").click()


def _open_filter(page: Page) -> None:
    if page.viewport_size and page.viewport_size["width"] < 700:
        page.get_by_role("button", name="Filters").click()
    page.get_by_role("group", name="Filters").get_by_role("button", name="Organization").click()


def _open_summary(page: Page) -> None:
    if page.viewport_size and page.viewport_size["width"] < 700:
        page.get_by_role("button", name="Summary").click()


def _help(page: Page) -> None:
    page.get_by_role("button", name="Keys and help").click()


VIEWS = {
    "monitor": View(does=_open_summary, sees=".bars"),
    "table": View(),
    "sorted": View("sort=-recorded_score&match=window&label=smoke"),
    "filter": View("organization=alert-api:2&match=exact", sees=".menu .choices", does=_open_filter),
    "eval": View("mode=eval", sees=".reliability .plot canvas", does=_open_summary),
    "frames": View("sequence={rich}", sees=".stage-image", audited=".detail-place"),
    "tubes": View("sequence={rich}&tab=tubes", sees=".timeline svg", audited=".detail-place"),
    "replay": View("sequence={rich}&tab=replay", sees=".chart canvas", audited=".detail-place"),
    "provenance": View("sequence={rich}&tab=provenance", sees=".provenance dl", audited=".detail-place"),
    "raw": View("sequence={rich}&tab=raw", sees=".raw-text", audited=".detail-place"),
    "compare": View("sequence={rich}&frame=2", sees=".beside .stage-image", does=_compare, audited=".detail-place"),
    "zoom": View("sequence={rich}&frame=2", sees="dialog.zoom .stage-image", does=_zoom, audited="dialog.zoom"),
    "dropped": View("sequence={dropped}", sees=".detail-head", audited=".detail-place"),
    "contradictory": View("sequence={contradictory}&mode=eval", sees=".note-warn", audited=".detail-place"),
    "unknown": View("sequence=alert-api_99999999", sees=".detail-missing", complains="404", audited=".detail-place"),
    "help": View(sees="dialog.help[open]", does=_help, audited="dialog.help"),
    "nothing-passes": View("q=no+such+name", sees=".notice .button"),
    "empty": View(sees=".notice pre"),
    "error": View(sees='.notice[role="alert"]', complains="ERR_FAILED|Failed to load"),
}


@pytest.fixture
def addresses(site: str, empty_site: str, rich: str, find: Callable[..., str]) -> Callable[[str], str]:
    """The address of a view."""
    known = {
        "rich": rich,
        "dropped": find(lambda row: row["match"] == "dropped"),
        "contradictory": find(lambda row: row["contradicts"]),
    }
    return lambda name: at(empty_site if name == "empty" else site, VIEWS[name].query.format(**known))


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
@pytest.mark.parametrize("name", VIEWS)
def test_a_view(visit: Visits, addresses: Callable[[str], str], axe: str, shots: Path, name: str, size: str) -> None:
    view = VIEWS[name]
    if view.complains:
        visit.expect_complaints(view.complains)
    page = visit(size=size)
    if name == "error":
        page.route("**/api/sequences", lambda route: route.abort())
    page.goto(addresses(name))
    if view.does:
        view.does(page)
    expect(page.locator(view.sees).first).to_be_visible()
    assert page.evaluate(_OVERFLOW) <= 0
    page.evaluate(axe)
    page.screenshot(path=shots / f"{name}-{size}-light.png")
    findings = {"light": page.evaluate(_AXE, [view.audited, None])}
    page.emulate_media(color_scheme="dark")
    page.screenshot(path=shots / f"{name}-{size}-dark.png")
    if size == DESKTOP:
        findings["dark"] = page.evaluate(_AXE, [view.audited, ["color-contrast"]])
    assert all(found == [] for found in findings.values()), findings
