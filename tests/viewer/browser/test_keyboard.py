"""Everything without a mouse; the focus is seen, and never lost."""

from __future__ import annotations

import json
from typing import Any

import pytest
from httpx import Client
from playwright.sync_api import Page, expect

from tests.viewer.browser.visits import FOCUS, PHONE, SHOWN_KEYS, Visits, at, row_at, stands, tab_of, tally

_MANY = 21_489


def press(page: Page, *keys: str) -> dict[str, Any]:
    """Press keys; where the focus is then. It is on something, and that can be seen."""
    for key in keys:
        page.keyboard.press(key)
    focus: dict[str, Any] = page.evaluate(FOCUS)
    assert focus["name"] != "nothing", keys
    return focus


def test_a_whole_visit_by_keys(visit: Visits, site: str, rich: str, many: Client) -> None:
    page = stands(visit(at(site)))
    page.keyboard.press("/")
    page.keyboard.type(rich)
    expect(page.locator(".tally strong")).to_have_text("1")
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowDown")
    expect(page.locator(".detail-key")).to_have_attribute("title", rich)
    assert "row" in press(page, "Enter")["name"]

    detail = many.get(f"/api/sequences/{rich}").json()
    window = detail["windows"]["matched"]
    expect(page.locator(".stage-image")).to_be_visible()
    line = page.locator(".frame-line strong")
    press(page, "Home", "ArrowLeft", *["ArrowLeft"] * 15)
    expect(line).to_contain_text("Frame 1 of")
    press(page, "ArrowRight", "ArrowRight")
    expect(line).to_contain_text("Frame 3 of")
    press(page, "t")
    expect(page.locator(".thumb-trigger.thumb-here")).to_have_count(1)
    assert window["trigger_frame_index"] is not None

    for _ in range(60):
        if "Zoom" in press(page, "Tab")["name"]:
            break
    press(page, "Enter")
    dialog = page.locator("dialog.zoom")
    expect(dialog).to_be_visible()
    press(page, "+", "+")
    expect(dialog.locator(".zoom-scale")).to_contain_text("225")
    press(page, "0", "ArrowLeft")
    press(page, "Escape")
    expect(dialog).to_have_count(0)
    assert "Zoom" in page.evaluate(FOCUS)["name"]

    tab_of(page, "Frames").focus()
    assert press(page, "ArrowRight")["text"] == "Tubes"
    assert press(page, "End")["text"] == "Raw JSON"
    expect(page.locator(".raw-text")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".detail")).to_have_count(0)
    page.wait_for_function("document.activeElement.classList.contains('row')")


def test_who_types_right_after_closing_keeps_the_field(visit: Visits, site: str, rich: str) -> None:
    page = stands(visit(at(site, f"sequence={rich}")))
    expect(page.locator(".detail-title")).to_be_visible()
    press = "document.body.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true}))"
    drawn = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
    # Both keys before the next frame: a slow machine's frame, a quick hand.
    page.evaluate(f"async () => {{ for (const key of ['Escape', '/']) {press}; await {drawn}; }}")
    expect(page.locator(".detail")).to_have_count(0)
    expect(page.locator("#search")).to_be_focused()


def test_closing_on_a_phone_leads_back_to_the_row(visit: Visits, site: str, rich: str) -> None:
    page = visit(at(site, f"sequence={rich}"), size=PHONE)
    expect(page.get_by_role("button", name="Close")).to_be_focused()
    row = page.locator(".row[tabindex='0']")
    expect(row).to_have_count(1)  # the rows may come after the pane
    page.keyboard.press("Escape")
    expect(row).to_be_focused()


def test_a_filter_that_opens_has_the_focus_before_the_next_key(visit: Visits, site: str) -> None:
    page = stands(visit(at(site)))
    button = page.get_by_role("group", name="Filters").get_by_role("button", name="Match")
    # No frame is drawn between the press and the question.
    opening = "button.click(); for (let turn = 0; turn < 10; turn += 1) await null; return document.activeElement.type"
    assert button.evaluate(f"async (button) => {{ {opening}; }}") == "checkbox"
    page.keyboard.press("Escape")
    expect(page.locator(".menu")).to_have_count(0)
    expect(button).to_be_focused()


def test_filters_search_and_help_by_keys(visit: Visits, site: str) -> None:
    page = stands(visit(at(site)))
    page.get_by_role("group", name="Filters").get_by_role("button", name="Match").focus()
    press(page, "Enter")
    press(page, "ArrowDown", "Space")
    expect(page.locator(".chip")).to_have_count(1)
    assert "match=window" in page.url
    assert press(page, "Escape")["text"].startswith("Match")
    assert press(page, "/")["name"] == "search"
    page.keyboard.type("cam 02")
    page.wait_for_url("**q=cam+02**")
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("?")
    expect(page.locator("dialog.help")).to_be_visible()
    assert "row" in press(page, "Escape")["name"]
    expect(page.locator("dialog.help")).not_to_be_visible()


def test_the_threshold_steps_by_hundredths(visit: Visits, site: str) -> None:
    page = stands(visit(at(site, "mode=eval&threshold=0.29")))
    for key, shown in [("]", "0.30"), ("]", "0.31"), ("[", "0.30"), ("[", "0.29"), ("[", "0.28")]:
        page.keyboard.press(key)
        expect(page.locator(".threshold-value")).to_have_text(shown)
    page.wait_for_url("**threshold=0.28**")


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ("Evaluation", "theme", "search", "Organization", "Camera", "Dates", "CSV", "Started", "exact", "row")),
        ("sequence={rich}", ("Filters", "row", "Next sequence", "Frames", "Zoom", "Play", "Compare", "Frame 3")),
    ],
)
def test_tab_reaches_everything_and_can_always_be_seen(
    visit: Visits, site: str, rich: str, query: str, names: tuple[str, ...]
) -> None:
    page = stands(visit(at(site, query.format(rich=rich))))
    if query:
        expect(page.locator(".stage-image")).to_be_visible()
    seen: list[str] = []
    for _ in range(120):
        page.keyboard.press("Tab")
        focus = page.evaluate(FOCUS)
        if focus["name"] == "nothing":
            break
        assert focus["ringed"], focus
        assert focus["inSight"], focus
        seen.append(f"{focus['name']} {focus['text']}")
    reached = json.dumps(seen, ensure_ascii=False)
    assert "Skip to the table" in seen[0]
    for name in names:
        assert name in reached, name


@pytest.fixture
def crowded(visit: Visits, many: Client, site: str) -> Page:
    """The page with 21,489 rows: those of the made-up store again and again, under other numbers."""
    reply = many.get("/api/sequences").json()
    times = -(-_MANY // reply["count"])
    columns = {name: (values * times)[:_MANY] for name, values in reply["columns"].items()}
    columns["id"] = [10_000_000 - place for place in range(_MANY)]
    columns["started_at"] = [1_780_000_000_000 - 60_000 * place for place in range(_MANY)]
    body = json.dumps(reply | {"count": _MANY, "columns": columns})
    visit.expect_complaints("404")  # nobody has those sequences' details
    page = visit()
    page.route("**/api/sequences", lambda route: route.fulfill(body=body, content_type="application/json"))
    page.goto(at(site))
    assert tally(stands(page)) == _MANY
    return page


def test_first_and_last_of_21489_rows_are_reached_by_keys(crowded: Page) -> None:
    page = crowded
    rows = page.evaluate(SHOWN_KEYS)
    row_at(page, 1).focus()
    for key, place in [
        ("End", _MANY),
        ("ArrowDown", _MANY),
        ("ArrowUp", _MANY - 1),
        ("Home", 1),
        ("k", 1),
        ("j", 2),
        ("ArrowDown", 3),
    ]:
        focus = press(page, key)
        assert "row" in focus["name"]
        row = row_at(page, place)
        expect(row).to_be_in_viewport(ratio=0.9)
        expect(row).to_be_focused()
        expect(row).to_have_attribute("aria-selected", "true")
        page.wait_for_url(f"**sequence={rows[place - 1]}*")
    press(page, "PageDown", "PageDown")
    place = int(page.locator(".row.active").get_attribute("aria-rowindex") or 0) - 1
    assert 30 < place < 120
    press(page, "PageUp", "PageUp")
    expect(row_at(page, 3)).to_be_focused()
    expect(page.get_by_role("grid", name="Sequences")).to_have_attribute("aria-rowcount", str(_MANY + 1))
    assert page.locator(".lines .row").count() < 100


def test_first_and_last_of_21489_rows_are_reached_by_scrolling(crowded: Page) -> None:
    page = crowded
    grid = page.get_by_role("grid", name="Sequences")
    for place, top in ((_MANY, "element.scrollHeight"), (1, "0")):
        grid.evaluate(f"(element) => {{ element.scrollTop = {top}; }}")
        expect(row_at(page, place)).to_be_in_viewport(ratio=0.9)
    grid.evaluate("(element) => { element.scrollTop = 32 * 10_000; }")
    expect(row_at(page, 10_001)).to_be_in_viewport(ratio=0.9)
