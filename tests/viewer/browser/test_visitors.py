"""Who comes, and how they like it: with a token, with reduced motion, with a theme of their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Route, expect

from smokewatch.store.catalog import Catalog
from smokewatch.store.frames import FrameStore
from tests.viewer.browser.polls import taken
from tests.viewer.browser.servers import Stoppable
from tests.viewer.browser.visits import PHONE, Visits, at, shown_rows, stands, tally


@pytest.fixture
def guarded(made_up_catalog: Catalog, made_up_frames: FrameStore) -> Iterator[str]:
    """The address of a viewer that asks for the token ``sesame``."""
    server = Stoppable(made_up_catalog, made_up_frames, token="sesame")
    yield server.address
    server.stop()


def test_a_token_opens_the_page_once_and_leaves_the_address(guarded: str, visit: Visits) -> None:
    visit.expect_complaints("401")
    page = visit(f"{guarded}/replay?match=window")
    expect(page.get_by_role("heading")).to_have_text("A token is needed")
    page.goto(f"{guarded}/replay?token=wrong")
    expect(page.get_by_role("heading")).to_have_text("A token is needed")
    page.goto(f"{guarded}/replay?match=window&token=sesame")
    stands(page)
    assert page.url == f"{guarded}/replay?match=window"
    assert "sesame" not in page.evaluate("document.cookie + JSON.stringify(performance.getEntriesByType('navigation'))")
    cookie = page.context.cookies()[0]
    assert cookie["httpOnly"]
    assert cookie["sameSite"] == "Strict"
    assert "sesame" not in cookie["value"]
    page.goto(f"{guarded}/replay")
    stands(page)
    shown_rows(page).first.click()
    expect(page.locator(".detail-head")).to_be_visible()


def test_frames_play_once_a_second_and_stop_at_a_key(visit: Visits, site: str, rich: str) -> None:
    page = visit(motion="no-preference")
    page.clock.install()
    held: list[Route] = []
    page.route(f"**/api/sequences/{rich}", lambda route: held.append(route))  # a builtin is no handler
    page.goto(at(site, f"sequence={rich}"))
    detail = taken(page, held)
    page.clock.pause_at(page.evaluate("Date.now()") / 1000 + 15)  # before the first frame: from now on time is ours
    detail.continue_()
    line = page.locator(".frame-line strong")
    expect(line).to_contain_text("Frame 1 of")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    page.clock.run_for(100)  # a frame of the page, after which it plays
    page.clock.run_for(1000)
    expect(line).to_contain_text("Frame 2 of")
    page.clock.run_for(1000)
    expect(line).to_contain_text("Frame 3 of")
    page.keyboard.press("Space")
    page.clock.run_for(5000)
    expect(line).to_contain_text("Frame 3 of")
    page.wait_for_url("**frame=2**")


def test_reduced_motion_plays_nothing_by_itself(visit: Visits, site: str, rich: str) -> None:
    page = visit(motion="reduce")
    page.clock.install()
    page.goto(at(site, f"sequence={rich}"))
    expect(page.locator(".stage-image")).to_be_visible()
    before = page.locator(".frame-line strong").inner_text()
    page.clock.run_for(5000)
    assert page.locator(".frame-line strong").inner_text() == before
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()


def test_a_chosen_theme_stays(visit: Visits, site: str) -> None:
    page = stands(visit(at(site), theme="light"))
    ground = "() => getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    page.get_by_role("button", name="Use the dark theme").click()
    dark = page.evaluate(ground)
    assert dark != light
    page.reload()
    assert page.evaluate(ground) == dark


def test_on_a_phone_the_table_comes_first_and_the_detail_lies_over_it(visit: Visits, site: str, rich: str) -> None:
    page = stands(visit(at(site, f"q={rich}"), size=PHONE))
    row = shown_rows(page).first
    expect(row).to_be_in_viewport(ratio=1)
    row.tap()
    expect(page.locator(".stage-image")).to_be_in_viewport()
    width = page.locator(".detail-place").evaluate("(place) => place.getBoundingClientRect().width")
    assert width == pytest.approx(390, abs=1)
    page.go_back()
    expect(page.locator(".detail")).to_have_count(0)
    expect(row).to_be_in_viewport(ratio=1)


def test_the_page_asks_nothing_of_anybody_else(visit: Visits, site: str, rich: str) -> None:
    page = visit()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(at(site, f"mode=eval&sequence={rich}&tab=replay"))
    expect(page.locator(".chart canvas")).to_be_visible()
    assert tally(page) > 0
    assert {url.partition("/replay")[0] for url in asked if not url.startswith((site, "data:", "blob:"))} == set()
