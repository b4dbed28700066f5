"""Nothing loses its place: the keyboard's line when others come, what was typed when its page is left, the page when a
part of it fails."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.viewer.browser.visits import Visits, at, stands

PAGES = ("", "replay", "triage", "alerts", "drift", "qualification", "runs", "history")
DRIFT = re.compile(r"/api/drift(\?|$)")
ON_LINE = "() => document.activeElement.closest('[data-id], [data-run]')?.dataset"
GROUND = "() => getComputedStyle(document.body).backgroundColor"
TYPE = """(text) => {
    const field = document.getElementById("search");
    field.value = text;
    field.dispatchEvent(new InputEvent("input", { bubbles: true }));
}"""


def press(page: Page, key: str) -> None:
    """Quicker than the page is drawn."""
    page.evaluate(
        "(key) => (document.activeElement ?? document.body).dispatchEvent("
        "new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }))",
        key,
    )


def polled(page: Page, address: str, asked: str | re.Pattern[str]) -> None:
    """A page whose clock can be moved."""
    page.clock.install()
    with page.expect_response(asked):
        page.goto(address)


@pytest.mark.parametrize("again", ["by itself", "r", "online"])
def test_a_picture_that_could_not_be_had_comes_when_it_can(visit: Visits, site: str, again: str) -> None:
    visit.expect_complaints("500")
    page = visit()
    page.clock.install()
    page.route("**/api/sequences/*", lambda route: route.fulfill(status=500, json={"title": "Busy"}))
    page.goto(f"{site}/")
    expect(page.locator(".latest-picture")).to_contain_text("Busy")
    page.unroute_all()
    if again == "r":
        page.keyboard.press("r")
    elif again == "online":
        page.evaluate("dispatchEvent(new Event('online'))")
    else:
        page.clock.fast_forward(4_000)
    expect(page.locator(".latest-picture img")).to_be_visible()


def test_the_keyboards_line_stays_its_line_when_others_come_above_it(visit: Visits, site: str) -> None:
    page = visit()
    known: list[dict[str, Any]] = []

    def answer(route: Route) -> None:
        if not known:
            known.extend(route.fetch().json()["rows"])
        route.fulfill(json={"as_of": "2026-01-31T00:00:00Z", "stale": False, "rows": known})

    page.route("**/api/history?*", answer)
    polled(page, f"{site}/", "**/api/history?*")
    expect(page.locator(".recent .row").first).to_be_visible()
    for _ in range(4):
        page.keyboard.press("j")
    ids = [str(row["id"]) for row in known]
    assert page.evaluate(ON_LINE)["id"] == ids[3]
    known[:0] = [known[0] | {"id": f"new-{number}"} for number in range(2)]
    page.clock.fast_forward(6_000)
    expect(page.locator('tr[data-id="new-0"]')).to_be_visible()
    expect(page.locator('.recent .row[tabindex="0"]')).to_be_focused()
    press(page, "j")
    press(page, "j")
    assert page.evaluate(ON_LINE)["id"] == ids[5]


def test_the_keyboards_run_stays_its_run_when_others_begin(visit: Visits, site: str) -> None:
    page = visit()
    run = {"kind": "replay", "state": "completed", "started_at": "2026-01-31T00:00:00Z", "seconds": 1, "counts": {}}
    known = [run | {"id": f"run-{number}", "host": None} for number in range(6)]
    told = {"as_of": "2026-01-31T00:00:00Z", "stale": False, "kinds": [], "states": [], "cursor": None}
    page.route("**/api/runs?*", lambda route: route.fulfill(json=told | {"rows": known}))
    polled(page, f"{site}/runs", "**/api/runs?*")
    expect(page.locator(".run-row")).to_have_count(6)
    page.keyboard.press("j")
    page.keyboard.press("j")
    known[:0] = [run | {"id": f"new-{number}", "host": None} for number in range(2)]
    page.clock.fast_forward(6_000)
    expect(page.locator(".run-row")).to_have_count(8)
    expect(page.locator('.run-row .row[tabindex="0"]')).to_be_focused()
    press(page, "j")
    assert page.evaluate(ON_LINE)["run"] == "run-2"
    press(page, "Home")
    assert page.evaluate(ON_LINE)["run"] == "new-0"


def checks(days: int, cells: dict[str, list[int]]) -> dict[str, Any]:
    """What the server tells of checked days: each camera's severity by day; -1: it was not there."""
    names = [f"2026-03-{day:02}" for day in range(1, days + 1)]
    listed = ("alerts", "provisional", "retraining", "frames", "sequences", "baseline_version", "in_baseline")
    return {
        "as_of": "2026-04-01T00:00:00Z",
        "stale": False,
        "metrics": [],
        "severities": [],
        "watched": [{"baseline": "default", "scope": "all", "checks": days, "newest_day": names[-1], "version": None}],
        "baseline": "default",
        "scope": "all",
        "camera": None,
        "first_day": names[0],
        "last_day": names[-1],
        "newest_day": names[-1],
        "organizations": [],
        "release_days": [],
        "cameras": [{"name": name, "source": None, "organization_id": None, "id": None} for name in cells],
        "cells": [{"severity": each, "metric": [-1] * days, "effect": [None] * days} for each in cells.values()],
        "days": dict.fromkeys(listed, [None] * days)
        | {"day": names, "severity": [1] * days, "strict": [1] * (days - 1) + [-1], "quality": [[]] * days}
        | {"releases": [[]] * days, "release_change": [False] * days},
    }


def test_keys_pass_over_cells_that_nobody_can_stand_on(visit: Visits, site: str) -> None:
    visit.expect_complaints("404")
    page = visit()
    answer = checks(4, {"c": [2, 2, 2, -1], "b": [1, -1, 1, 1], "a": [1, 1, 1, -1]})
    page.route(DRIFT, lambda route: route.fulfill(json=answer))
    polled(page, f"{site}/drift", DRIFT)

    def cell(row: int, column: int) -> Locator:
        return page.locator(".heat tbody tr").nth(row).locator("button").nth(column)

    expect(cell(0, 3)).to_have_attribute("tabindex", "0")
    page.keyboard.press("j")
    for keys, row, column in (
        (["j"], 3, 3),  # past two cameras that were not there on that day
        (["ArrowDown", "j"], 3, 3),
        (["ArrowLeft"], 3, 2),
        (["ArrowLeft"], 3, 0),
        (["k", "k"], 1, 0),
        (["End"], 1, 2),
        (["PageUp", "PageDown"], 3, 2),
    ):
        for key in keys:
            press(page, key)
        expect(cell(row, column)).to_be_focused()
        expect(page.locator('.heat .row[tabindex="0"]')).to_be_focused()
    # Where the keyboard was is not there any more; then the shown day is.
    answer["cells"][1]["severity"][2] = -1
    page.clock.fast_forward(11_000)
    expect(cell(3, 2)).to_be_disabled()
    expect(page.locator('.heat .row[tabindex="0"]')).to_have_count(1)
    expect(cell(3, 3)).to_have_attribute("tabindex", "0")
    page.reload()
    expect(cell(0, 3)).to_have_attribute("tabindex", "0")
    page.keyboard.press("m")
    expect(page.locator(".heat tbody tr")).to_have_count(1)
    expect(cell(0, 2)).to_have_attribute("tabindex", "0")
    page.keyboard.press("j")
    expect(cell(0, 2)).to_be_focused()


def test_the_theme_button_always_changes_what_is_seen(visit: Visits, site: str) -> None:
    page = stands(visit(at(site), theme="light"))
    button = page.locator(".top").get_by_role("button", name=re.compile("theme"))
    page.emulate_media(color_scheme="dark")
    expect(button).to_have_accessible_name("Use the light theme")
    for _ in range(2):
        before = page.evaluate(GROUND)
        button.click()
        assert page.evaluate(GROUND) != before
    page.emulate_media(color_scheme="light")
    before = page.evaluate(GROUND)
    button.click()
    assert page.evaluate(GROUND) != before


def test_a_page_that_does_not_come_says_so_and_can_be_tried_again(visit: Visits, site: str, axe: str) -> None:
    visit.expect_complaints("503|ERR_FAILED|end of input")
    page = visit()
    broken = (
        lambda route: route.fulfill(status=503),
        lambda route: route.abort(),
        lambda route: route.fulfill(body="export const", content_type="text/javascript"),
    )
    note = page.locator("#app > .plain-note")
    for number, name in enumerate(PAGES):
        page.emulate_media(color_scheme=("light", "dark")[number % 2])
        page.route("**/static/js/states.js", broken[number % 3])
        page.goto(f"{site}/{name}?x=1")
        # Nobody is told of what is only on its way; loading alone may take longer than that on a busy machine.
        page.evaluate("() => { for (const each of document.getAnimations()) { each.pause(); each.currentTime = 0; } }")
        expect(note).to_be_hidden()
        page.evaluate("() => { for (const each of document.getAnimations()) each.finish(); }")
        expect(note).to_be_visible()
        page.unroute_all()
    page.evaluate(axe)
    found = page.evaluate("async () => (await axe.run(document, { runOnly: ['wcag2a', 'wcag2aa'] })).violations")
    assert found == [], json.dumps(found)
    note.get_by_role("link", name="Try again").click()
    expect(page.locator(".top")).to_be_visible()
    expect(note).to_have_count(0)
    assert page.url == f"{site}/history?x=1"


@pytest.mark.parametrize("left", ["back", "reload", "slow reload", "elsewhere"])
def test_what_was_typed_last_is_there_again_however_quickly_it_was_left(visit: Visits, site: str, left: str) -> None:
    page = stands(visit(at(site, "match=window")))
    page.clock.install()
    page.clock.pause_at(page.evaluate("Date.now() / 1000 + 15"))  # nothing settles by itself
    page.get_by_role("link", name="Evaluation").click()
    expect(page).to_have_url(re.compile("mode=eval"))
    page.evaluate(TYPE, "cam 0")
    page.evaluate(TYPE, "cam 03")
    assert "q=" not in page.url
    if left == "back":
        page.evaluate("history.back()")
        expect(page).not_to_have_url(re.compile("mode=eval"))
        expect(page.get_by_role("searchbox")).to_have_value("")
        page.go_forward()
    elif left == "reload":
        page.reload()
    elif left == "slow reload":  # what settles when the page is asked for already is written in vain
        page.evaluate("() => { history.replaceState = () => {}; }")
        page.clock.run_for(1_000)
        page.reload()
    else:
        page.goto(f"{site}/runs")
        page.go_back()
    expect(page.get_by_role("searchbox")).to_have_value("cam 03")
    expect(page).to_have_url(re.compile("mode=eval.*q=cam|q=cam.*mode=eval"))
    page.reload()
    expect(page.get_by_role("searchbox")).to_have_value("cam 03")
    page.go_back()
    expect(page.get_by_role("searchbox")).to_have_value("")
    page.reload()
    expect(page.get_by_role("searchbox")).to_have_value("")


@pytest.mark.parametrize("screen", ["replay", "history"])
def test_a_typed_date_is_one_entry_of_the_history(visit: Visits, site: str, screen: str) -> None:
    page = stands(visit(f"{site}/{screen}"))
    page.get_by_role("button", name="Dates").click()
    entries = page.evaluate("history.length")
    page.get_by_label("From", exact=True).focus()
    page.keyboard.type("01022026")
    page.get_by_label("To", exact=True).focus()
    page.keyboard.type("12312026")
    expect(page).to_have_url(re.compile("from=2026-01-02.*to=2026-12-31"))
    assert page.evaluate("history.length") == entries + 2
    page.go_back()
    expect(page).to_have_url(re.compile("from=2026-01-02$"))
    page.go_back()
    expect(page).to_have_url(re.compile(f"{screen}$"))
