"""The qualification screen: the verdict first, flips by keys alone, both releases' tubes side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from httpx import Client
from playwright.sync_api import expect

from tests.viewer.browser.audits import View, audit, open_view
from tests.viewer.browser.polls import A_POLL
from tests.viewer.browser.visits import PHONE, Visits
from tests.viewer.qualified import GAINED, GO, LOST, NO_GO


@pytest.fixture(scope="module")
def screen(qualified: Client) -> str:
    """The screen's address."""
    return f"{str(qualified.base_url).rstrip('/')}/qualification"


SMALL_PHONE = "360x780"
VIEWS = {
    "report": View(sees=".flip", phones=(PHONE, SMALL_PHONE)),
    "flip": View("sequence={flip}", sees=".beside .stage-image", phones=(SMALL_PHONE,)),
    "empty": View(sees=".notice pre"),
}


@pytest.mark.parametrize("name", VIEWS)
def test_a_view(
    visit: Visits, screen: str, empty_site: str, axe: str, shots: Path, reports: dict[str, Any], name: str
) -> None:
    query = VIEWS[name].query.format(flip=reports[NO_GO]["flips"][0]["key"])
    page = open_view(visit, f"{empty_site}/qualification" if name == "empty" else f"{screen}?{query}", VIEWS[name])
    audit(page, axe, shots, f"qualification-{name}", VIEWS[name])


def test_it_is_worked_by_keys_and_its_address_says_it_all(visit: Visits, screen: str, reports: dict[str, Any]) -> None:
    page = visit(screen)
    report = reports[NO_GO]
    keys = [each["key"] for each in report["flips"]]
    expect(page.locator(".verdict-card h2")).to_contain_text("no-go 0.5.0 must not replace the baseline")
    assert page.locator(".rules tbody td:last-child").all_inner_texts() == [each["said"] for each in report["rules"]]
    expect(page.locator(".flip")).to_have_count(LOST + GAINED)
    expect(page.locator(".flip").first).to_contain_text("lost")

    page.keyboard.press("j")
    expect(page.locator(".flip").first).to_be_focused()
    page.keyboard.press("j")
    expect(page.locator(".flip").nth(1)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".beside")).to_have_count(2)
    assert page.url == f"{screen}?sequence={keys[1]}"
    expect(page.locator(".beside figcaption").first).to_contain_text("0.8000 ≥ 0.45")
    expect(page.locator(".beside figcaption").last).to_contain_text("0.1200 < 0.45")
    expect(page.locator(".beside .stage-image").first).to_be_visible()  # the player listens by then
    page.keyboard.press("ArrowLeft")
    page.wait_for_url(f"{screen}?sequence={keys[1]}&frame=*")
    address, shown = page.url, page.locator(".frame-line strong").inner_text()
    page.reload()
    expect(page.locator(".frame-line strong")).to_have_text(shown)
    assert page.url == address
    page.keyboard.press("j")
    page.wait_for_url(f"{screen}?sequence={keys[2]}")
    page.keyboard.press("Escape")
    expect(page.locator(".beside")).to_have_count(0)
    expect(page.locator(f'.flip[href$="sequence={keys[2]}"]')).to_be_focused()

    page.get_by_role("group", name="Which way").get_by_role("button", name="gained").click()
    expect(page.locator(".flip")).to_have_count(GAINED)
    page.get_by_role("button", name="0.5.1").click()
    expect(page.locator(".verdict-card h2")).to_contain_text("go 0.5.1 may replace the baseline")
    assert page.url == f"{screen}?run={GO}&flip=discard_to_keep"
    page.go_back()
    expect(page.locator(".flip")).to_have_count(GAINED)


def test_a_report_that_does_not_come_is_told_and_asked_for_again(visit: Visits, screen: str) -> None:
    visit.expect_complaints("503")
    page = visit()
    page.clock.install()
    page.goto(screen)
    verdict = page.locator(".verdict-card h2")
    expect(verdict).to_contain_text("no-go 0.5.0")
    busy = {"title": "The store is busy", "status": 503}
    page.route(f"**/api/qualifications/{GO}", lambda route: route.fulfill(status=503, json=busy))
    page.get_by_role("button", name="0.5.1").click()
    lost = page.locator(".lost-line")
    for _ in range(3):
        page.clock.run_for(3_000)
    expect(lost).to_contain_text("The store is busy")
    # A list that comes does not take back what is said of the report.
    with page.expect_response("**/api/qualifications"):
        page.clock.fast_forward(A_POLL)
    expect(lost).to_contain_text("The store is busy")
    page.unroute_all()
    with page.expect_response(f"**/api/qualifications/{GO}"):
        page.clock.fast_forward(A_POLL)
    expect(verdict).to_contain_text("0.5.1")
    expect(lost).to_have_count(0)
