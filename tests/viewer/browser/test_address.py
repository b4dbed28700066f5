"""The address is the state: it survives a reload, back and forward walk through it, a link opens on what it names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

import pytest
from httpx import Client
from playwright.sync_api import expect

from tests.viewer.browser.visits import (
    PHONE,
    Visits,
    at,
    row_at,
    shown_rows,
    stands,
    survives_a_reload,
    tab_of,
    tally,
    walks_back_and_forward,
)

STATES = (
    "",
    "mode=eval",
    "mode=eval&threshold=0.42&outcome=smoke-kept&outcome=fp-kept&sort=-outcome",
    "organization=alert-api:2&camera=alert-api:2:203&match=exact&match=window&decision=keep",
    "match=dropped&reason=no_images&reason=too_few_frames",
    "release=0.3.1&label=smoke&label=unknown&from=2026-05-10&to=2026-08-01&q=cam+0&sort=replayed_score",
    "sequence={rich}&frame=2",
    "sequence={rich}&tab=tubes&window=full&frame=3&sort=-recorded_score",
    "sequence={rich}&tab=replay&mode=eval&threshold=0.3",
    "sequence={rich}&tab=provenance&match=window",
    "sequence={rich}&tab=raw&window=full",
)


@pytest.mark.parametrize("query", STATES)
def test_a_state_survives_a_reload(visit: Visits, site: str, rich: str, query: str) -> None:
    query = query.format(rich=rich)
    seen = survives_a_reload(visit(at(site, query)), query)
    for name, what in (("sequence", "sequence"), ("threshold", "threshold"), ("q", "search"), ("sort", "sort")):
        if name in dict(parse_qsl(query)):
            assert seen[what], (name, seen)


def test_back_and_forward_walk_through_every_state(visit: Visits, site: str, rich: str) -> None:
    page = stands(visit(at(site)))

    def choose(picker: str, option: int) -> None:
        page.get_by_role("group", name="Filters").get_by_role("button", name=picker).click()
        page.locator(".menu .choice input").nth(option).click()
        page.keyboard.press("Escape")

    steps: list[Callable[[], object]] = [
        lambda: choose("Match", 1),
        lambda: choose("Organization", 0),
        lambda: page.get_by_role("columnheader", name="Recorded").get_by_role("button").click(),
        lambda: shown_rows(page).first.click(),
        lambda: tab_of(page, "Tubes").click(),
        lambda: page.get_by_role("group", name="Window shown").get_by_role("button", name="full").click(),
        lambda: tab_of(page, "Raw JSON").click(),
        lambda: page.get_by_role("link", name="Evaluation").click(),
        lambda: page.locator(".sweep button").nth(3).click(),
        lambda: page.get_by_role("button", name="smoke kept").click(),
        lambda: page.locator(".detail").get_by_role("button", name="Close").click(),
    ]
    walks_back_and_forward(page, steps)


def test_typing_and_dragging_leave_one_entry_in_the_history(visit: Visits, site: str) -> None:
    page = stands(visit(at(site, "mode=eval")))
    entries = page.evaluate("history.length")
    page.get_by_role("searchbox").press_sequentially("cam 03")
    page.get_by_role("slider").focus()
    for _ in range(12):
        page.keyboard.press("ArrowRight")
    page.wait_for_url(lambda url: "q=cam+03" in url and "threshold=" in url)
    assert page.evaluate("history.length") == entries


@pytest.mark.parametrize("frame", [0, 3])
def test_a_deep_link_to_a_frame_opens_on_it(visit: Visits, many: Client, site: str, rich: str, frame: int) -> None:
    page = visit(at(site, f"sequence={rich}&frame={frame}"), motion="no-preference")
    detail = many.get(f"/api/sequences/{rich}").json()
    expect(page.locator(".frame-line strong")).to_contain_text(f"Frame {frame + 1}")
    expect(page.locator(".stage-image")).to_have_attribute("src", detail["frames"][frame]["url"])
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()


def test_a_link_to_a_row_far_down_shows_it_in_the_table(
    visit: Visits, site: str, made_rows: list[dict[str, Any]]
) -> None:
    page = visit(at(site, f"sequence={made_rows[300]['key']}"))
    expect(row_at(page, 301)).to_be_in_viewport()
    expect(row_at(page, 301)).to_have_attribute("aria-selected", "true")


@pytest.mark.parametrize("size", ["1440x900", PHONE])
def test_an_unknown_sequence_is_told_and_left_again(visit: Visits, site: str, size: str) -> None:
    visit.expect_complaints("404")
    page = visit(at(site, "sequence=alert-api_99999999"), size=size)
    expect(page.locator(".detail").get_by_role("alert")).to_contain_text("alert-api_99999999")
    page.locator(".detail").get_by_role("button", name="Close").click()
    expect(page.locator(".detail")).to_have_count(0)
    assert "sequence" not in page.url
    assert tally(stands(page)) == 400


def test_what_an_address_says_wrongly_is_passed_over(visit: Visits, site: str) -> None:
    page = visit(at(site, "mode=x&sort=nothing&threshold=7&from=2026-02-30&tab=none&frame=-1&match=maybe&sequence=%00"))
    assert tally(stands(page)) == 400
