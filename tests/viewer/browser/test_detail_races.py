"""The detail pane while something is on its way: what it shows is of one sequence, and what is clicked acts on that."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from httpx import Client
from playwright.sync_api import Page, Route, expect

from tests.viewer.browser.visits import Stay, Visits, at, go, settles, stands

_SCENE = """() => {
    const image = document.querySelector(".frames-tab .stage-image");
    return {
        src: image.getAttribute("src"),
        alt: image.alt,
        zoom: document.querySelector(".stage-button").ariaLabel,
        boxes: [...document.querySelectorAll(".stage rect.outline")].map((each) => each.getAttribute("x")),
        tags: [...document.querySelectorAll(".stage .tag")].map((each) => each.textContent),
    };
}"""
_PRESS = """const press = (key, on = document.body) =>
    on.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));"""
_RENDERED = "for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();"
"""The page is drawn, its effects have not run: they wait for the next frame."""


@pytest.fixture(scope="module")
def three(many: Client, made_rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The details of three sequences with tubes and every frame, of cameras that differ."""
    found: dict[str, dict[str, Any]] = {}
    for row in made_rows:
        if row["match"] != "window" or (row["tubes"] or 0) < 2:
            continue
        detail = many.get(f"/api/sequences/{row['key']}").json()
        kept = detail["windows"]["matched"]["details"]["tubes"]["kept"]
        if len(kept) > 1 and all(many.get(each["url"] or "/none").status_code == 200 for each in detail["frames"]):
            found.setdefault(detail["camera"]["name"], detail)
        if len(found) == 3:
            break
    return list(found.values())


@contextmanager
def held(page: Page, wanted: Callable[[str], bool]) -> Iterator[None]:
    """Nothing of these addresses is answered meanwhile; then all of it."""
    waiting: list[Route] = []

    def wait(route: Route) -> None:
        waiting.append(route)

    page.route(wanted, wait)
    yield
    for route in waiting:
        route.continue_()
    page.unroute(wanted, wait)


def _detail_of(key: str) -> Callable[[str], bool]:
    return lambda url: url.endswith(f"/api/sequences/{key}")


def _frames_of(detail: dict[str, Any]) -> Callable[[str], bool]:
    return lambda url: f"/api/sequences/{detail['key']}/frames/" in url


def _shows(page: Page, detail: dict[str, Any]) -> None:
    """The pane is of that sequence, and waits for nothing."""
    expect(page.locator(".detail[aria-busy=false] .detail-key")).to_have_attribute("title", detail["key"])
    expect(page.locator(".detail-camera")).to_have_text(detail["camera"]["name"])


def _stands_still(page: Page) -> dict[str, Any]:
    expect(page.locator(".stage.stage-waiting")).to_have_count(0)
    expect(page.locator(".frames-tab .stage-image")).to_be_visible()
    scene: dict[str, Any] = page.evaluate(_SCENE)
    return scene


def test_what_is_drawn_over_a_picture_is_its_own(visit: Visits, site: str, three: list[dict[str, Any]]) -> None:
    one, two, last = three
    page = stands(visit(at(site, f"sequence={one['key']}")))
    before = _stands_still(page)
    assert before["boxes"]
    assert before["tags"]
    assert before["alt"] in before["zoom"]
    with held(page, _frames_of(two)):
        go(page, f"sequence={two['key']}")
        _shows(page, two)
        assert page.evaluate(_SCENE) == before
        page.locator(".stage-button").click()
        expect(page.locator("dialog.zoom")).to_have_count(0)
    expect(page.locator(".stage-image")).to_have_attribute("src", re.compile(f"/{two['key']}/"))
    after = _stands_still(page)
    assert after["tags"] != before["tags"]
    assert page.locator(".frame-line time").inner_text() in after["alt"]
    assert after["alt"] in after["zoom"]

    go(page, f"sequence={two['key']}&tab=tubes")
    crops = page.locator(".crop img")
    expect(crops.first).to_be_visible()
    with held(page, _frames_of(last)):
        go(page, f"sequence={last['key']}&tab=tubes")
        _shows(page, last)
        expect(crops).to_have_count(0)
    expect(crops.first).to_be_visible()
    for src in crops.evaluate_all("(all) => all.map((each) => each.getAttribute('src'))"):
        assert _frames_of(last)(src)


def test_a_frame_is_named_when_it_is_there(visit: Visits, site: str, three: list[dict[str, Any]]) -> None:
    one, first = three[0], re.escape(three[0]["frames"][0]["url"])
    page = visit()
    total = len(one["frames"])
    with held(page, lambda url: _frames_of(one)(url) and not re.search(first, url)):
        page.goto(at(site, f"sequence={one['key']}&frame=0"))
        before = _stands_still(page)
        assert before["alt"].startswith(f"Frame 1 of {total}")
        page.locator(".stage-button").click()
        expect(page.locator("dialog.zoom .stage-image")).to_be_visible()
        for _ in range(3):
            page.keyboard.press("ArrowRight")
        expect(page.locator(".frame-line strong")).to_contain_text("Frame 4")
        assert page.evaluate(_SCENE) == before
        said = page.locator("dialog.zoom .stage-image").get_attribute("alt")
        assert said is not None
        assert said.startswith(f"Frame 1 of {total}")
        expect(page.locator("dialog.zoom strong")).to_have_text(said)
    expect(page.locator("dialog.zoom strong")).to_contain_text(f"Frame 4 of {total}")
    expect(page.locator("dialog.zoom .stage-image")).to_have_attribute("alt", re.compile(f"^Frame 4 of {total}"))


def test_what_is_left_of_the_sequence_before_answers_no_click(
    stay: Stay, site: str, three: list[dict[str, Any]]
) -> None:
    one, two, last = three
    page = stay(at(site, f"sequence={one['key']}&frame=3"))
    _shows(page, one)
    line, thumbs = page.locator(".frame-line strong"), page.locator(".strip button")
    expect(line).to_contain_text("Frame 4 of")
    with held(page, _detail_of(two["key"])):
        thumbs.nth(1).focus()
        # A key right after it, before the next frame of the page, is for nobody either.
        page.evaluate(f"""async () => {{ {_PRESS}
            history.pushState(null, "", "/replay?sequence={two["key"]}");
            dispatchEvent(new PopStateEvent("popstate"));
            {_RENDERED}
            press("ArrowRight");
        }}""")
        expect(page.locator(".detail[aria-busy=true]")).to_be_visible()
        expect(page.locator(".detail-key")).to_have_attribute("title", one["key"])
        expect(page.locator(".detail-camera")).to_have_text(one["camera"]["name"])
        expect(line).to_contain_text("Frame 4 of")
        thumbs.nth(2).click(force=True)
        expect(thumbs.nth(2)).to_be_focused()  # it was there to be clicked
        page.get_by_role("button", name="Detections").click(force=True)
        page.get_by_role("tab", name="Provenance").click()
        page.evaluate("navigator.clipboard.writeText = (text) => { window.copied = text; return Promise.resolve(); }")
        page.locator(".provenance .copy").first.click(force=True)
        page.get_by_role("tab", name="Frames").click()
        expect(line).to_contain_text("Frame 4 of")
        assert page.evaluate("window.copied ?? null") is None
        expect(page.get_by_role("button", name="Detections")).to_have_attribute("aria-pressed", "false")
        settles(page, "() => location.search", f"?sequence={two['key']}")
        go(page, f"sequence={one['key']}")  # back again before the other one came
        _shows(page, one)
        go(page, f"sequence={two['key']}")
    _shows(page, two)
    settles(page, "() => location.search", f"?sequence={two['key']}")
    page.get_by_role("tab", name="Provenance").click()
    with held(page, _detail_of(two["key"])):
        go(page, f"sequence={last['key']}&tab=provenance")
    _shows(page, last)
    page.locator(".provenance .copy").first.click()
    assert page.evaluate("window.copied ?? null") is not None


def test_moves_work_while_a_sequence_is_on_its_way(stay: Stay, site: str, made_rows: list[dict[str, Any]]) -> None:
    keys = [row["key"] for row in made_rows[:3]]
    page = stay(at(site, f"sequence={keys[0]}"))
    expect(page.locator(".detail[aria-busy=false]")).to_be_visible()
    with held(page, _detail_of(keys[1])):
        page.get_by_role("button", name="Next sequence").click()
        settles(page, "() => location.search", f"?sequence={keys[1]}")
        page.get_by_role("button", name="Next sequence").click()
        expect(page.locator(".detail[aria-busy=false] .detail-key")).to_have_attribute("title", keys[2])
        page.get_by_role("button", name="Previous sequence").click()
        expect(page.locator(".detail[aria-busy=true]")).to_be_visible()
        page.get_by_role("button", name="Close", exact=True).click()
        expect(page.locator(".detail")).to_have_count(0)


def test_a_detail_that_never_comes_is_given_up(visit: Visits, site: str, three: list[dict[str, Any]]) -> None:
    one, two, _ = three
    page = visit()
    page.clock.install()
    page.goto(at(site, f"sequence={one['key']}"))
    _shows(page, one)
    missing = page.locator(".detail").get_by_role("alert")
    with held(page, _detail_of(two["key"])):
        with page.expect_request(lambda request: _detail_of(two["key"])(request.url)):
            go(page, f"sequence={two['key']}")
        page.clock.run_for(31_000)
        expect(missing).to_contain_text("none within 30 s")
    missing.get_by_role("button", name="Try again").click()
    page.clock.run_for(1_000)
    _shows(page, two)


def test_space_twice_plays_and_pauses(stay: Stay, site: str, three: list[dict[str, Any]]) -> None:
    page = stay(at(site, f"sequence={three[0]['key']}"))
    _shows(page, three[0])
    page.locator(".detail-body").focus()
    pause = page.get_by_role("button", name="Pause")
    for between in (_RENDERED, ""):
        page.evaluate(f"async () => {{ {_PRESS} press(' '); {between} press(' '); }}")
        settles(page, "() => location.search.includes('frame=')", True)
        expect(pause).to_have_count(0)
    page.evaluate(f"() => {{ {_PRESS} press(' '); }}")
    expect(pause).to_be_visible()


def test_copying_without_a_clipboard_keeps_the_focus(stay: Stay, site: str, three: list[dict[str, Any]]) -> None:
    page = stay(at(site, f"sequence={three[0]['key']}&tab=provenance"))
    _shows(page, three[0])
    page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined, configurable: true })")
    copy = page.locator(".provenance .copy").first
    copy.focus()
    page.keyboard.press("Enter")
    expect(copy).not_to_have_text("Copy")
    expect(copy).to_be_focused()
    page.evaluate("delete navigator.clipboard")


def test_what_failed_once_is_not_told_of_what_is_sound(visit: Visits, site: str, three: list[dict[str, Any]]) -> None:
    visit.expect_complaints(".")
    one, two, _ = three
    page = visit()
    page.route("**/detail/body.js", lambda route: route.abort())
    page.route("**/uplot.mjs", lambda route: route.abort())
    page.goto(at(site, f"sequence={one['key']}&tab=replay"))
    alert = page.locator(".detail-place").get_by_role("alert")
    expect(alert).to_contain_text("did not come")
    page.unroute("**/detail/body.js")
    alert.get_by_role("button", name="Try again").click()
    _shows(page, one)

    note = page.locator(".replay-tab .note")
    expect(note).to_contain_text("could not be loaded")
    page.unroute("**/uplot.mjs")
    page.get_by_role("button", name="Differences").click()
    expect(page.locator(".replay-tab canvas")).to_be_visible()
    expect(note).to_have_count(0)

    broken = {"key": one["key"], "frames": []}
    page.route(f"**/api/sequences/{one['key']}", lambda route: route.fulfill(json=broken))
    go(page, "")
    go(page, f"sequence={one['key']}")
    failed = page.get_by_role("alert").filter(has_text="The detail failed")
    expect(failed).to_be_visible()
    go(page, f"sequence={two['key']}")
    _shows(page, two)
    expect(failed).to_have_count(0)
