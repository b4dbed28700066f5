"""The drift screen: seen by everybody, the verdict first, what the API tells, worked by keys alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from httpx import Client
from playwright.sync_api import Locator, Page, expect

from smokewatch.store.catalog import Catalog
from smokewatch.store.frames import FrameStore
from smokewatch.viewer import newest
from tests.store.watched import nth
from tests.viewer.browser.audits import View, audit, open_view, overflow
from tests.viewer.browser.polls import A_POLL, unanswered
from tests.viewer.browser.visits import FOCUS, PHONE, Visits
from tests.viewer.drifting import FOGGED, LAST, MISSING, build, live, watch
from tests.viewer.stores import viewing

SMALL_PHONE = "320x640"
WEST = "SDIS 07/west"


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalog]:
    """A store of 30 baseline days and 7 checked ones."""
    catalog = Catalog.open(f"sqlite:///{tmp_path_factory.mktemp('checked') / 'catalog.db'}")
    live(catalog)
    yield catalog
    catalog.close()


@pytest.fixture(scope="module")
def drifted(checked: Catalog, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """The viewer over it."""
    with viewing(checked, FrameStore.open(str(tmp_path_factory.mktemp("frames")))) as client:
        yield client


@pytest.fixture(scope="module")
def drift(drifted: Client) -> str:
    """The screen's address."""
    return f"{str(drifted.base_url).rstrip('/')}/drift"


def get(client: Client, address: str) -> Any:
    reply = client.get(address)
    assert reply.status_code == 200, reply.text
    return reply.json()


def stands(page: Page) -> Page:
    expect(page.locator(".verdict-card h2")).to_be_visible()
    expect(page.locator(".chart").first).to_be_visible()
    return page


def cell(page: Page, row: int, column: int) -> Locator:
    """The heat map's button, both from 0."""
    return page.locator(".heat tbody tr").nth(row).locator("button").nth(column)


def _open_summary(page: Page) -> None:
    page.get_by_role("button", name="Summary", exact=True).click()


VIEWS = {
    "verdict": View(sees=".findings tbody tr", phones=(PHONE, SMALL_PHONE)),
    "camera": View(f"camera={WEST}", sees=".worst .selected", on_phone=_open_summary),
    "strict": View("mode=strict", sees=".findings.strict tbody tr"),
    "nothing": View("from=2020-01-01&to=2020-01-01", sees=".notice .button"),
    "empty": View(sees=".notice pre"),
    "error": View(sees='.notice[role="alert"]', fails="**/api/drift*"),
}


@pytest.mark.parametrize("name", VIEWS)
def test_a_view(visit: Visits, drift: str, empty_site: str, axe: str, shots: Path, name: str) -> None:
    address = f"{empty_site}/drift" if name == "empty" else f"{drift}?{VIEWS[name].query}"
    page = open_view(visit, address, VIEWS[name])
    audit(page, axe, shots, f"drift-{name}", VIEWS[name])


def test_it_tells_what_the_api_tells(visit: Visits, drift: str, drifted: Client) -> None:
    page = stands(visit(drift))
    day = get(drifted, f"/api/drift/days/{nth(LAST)}")
    expect(page.locator(".verdict-card h2")).to_contain_text(day["verdict"]["headline"])
    expect(page.locator(".verdict-card h2 .sign")).to_have_text("▲")
    assert page.locator(".actions li").all_inner_texts() == day["verdict"]["actions"]
    tops = [
        page.locator(each).first.bounding_box()
        for each in (".verdict-card", ".quality", ".heat", ".chart", ".findings")
    ]
    places = [box["y"] for box in tops if box is not None]
    assert len(places) == 5
    assert places == sorted(places)
    period = get(drifted, "/api/drift")
    first = period["days"]["day"].index(str(nth(30)))
    signs = {4: "▲", 3: "◆", 2: "●", 1: "–", 0: "?"}
    rows = {
        each["name"]: cells["severity"][first:] for each, cells in zip(period["cameras"], period["cells"], strict=True)
    }
    for row in page.locator(".heat tbody tr").all()[1:]:
        name = row.locator("th").inner_text()
        assert [each.inner_text()[0] for each in row.locator("button").all()] == [signs[rank] for rank in rows[name]]
    assert page.locator(".heat tbody th").all_inner_texts()[1] == WEST
    missed = cell(page, 2, MISSING - 30)
    expect(missed).to_have_attribute("aria-label", re.compile("insufficient data, 1 data-quality alarm$"))
    assert "repeating-linear-gradient" in missed.evaluate("(button) => getComputedStyle(button).backgroundImage")
    assert page.locator(".chart").count() == len(period["lines"])
    assert page.locator(".chart").first.locator(".alarm.high").count() == LAST + 1 - FOGGED
    assert page.locator(".chart").first.locator(".change").count() == 1
    bad = [each for each in day["findings"] if each["severity"] in ("high", "medium", "low")]
    shown = page.locator(".findings tbody tr")
    expect(shown).to_have_count(max(6, len(bad)))
    expect(shown.first).to_contain_text(f"{bad[0]['effect']:+.3f}")
    link = page.locator(".findings tbody a").first
    day_text = str(nth(LAST))
    assert link.get_attribute("href") == f"/replay?camera=alert-api:2:3&from={day_text}&to={day_text}"


def test_the_address_is_the_state(visit: Visits, drift: str) -> None:
    page = stands(visit(drift))
    cell(page, 1, 4).click()
    expect(page).to_have_url(re.compile(rf"\?camera=SDIS\+07/west&day={nth(FOGGED)}$"))
    expect(page.locator("#lines-title")).to_contain_text(WEST)
    expect(page.locator("#findings-title")).to_contain_text(str(nth(FOGGED)))
    page.get_by_role("link", name="Strict").click()
    expect(page.locator(".findings.strict")).to_be_visible()
    expect(page.locator(".heat tbody tr")).to_have_count(9)
    page.reload()
    expect(page.locator(".day-text")).to_have_text(str(nth(FOGGED)))
    expect(page.locator(".chip")).to_have_count(1)
    page.go_back()
    expect(page.locator(".findings.strict")).to_have_count(0)
    page.get_by_role("button", name="Release").click()
    page.locator(".choice").filter(has_text="0.5.0").click()
    page.keyboard.press("Escape")
    expect(page).to_have_url(re.compile("release=0.5.0"))
    expect(page.locator(".heat thead th")).to_have_count(1 + LAST + 1 - 33)
    page.get_by_role("button", name="Clear all").click()
    expect(page.locator(".heat thead th")).to_have_count(1 + 7)
    page.locator(".chart").first.click(position={"x": 400, "y": 60})
    expect(page.locator(".day-text")).not_to_have_text(str(nth(FOGGED)))


def test_by_keys_alone(visit: Visits, drift: str) -> None:
    page = stands(visit(drift))
    page.keyboard.press("j")
    expect(cell(page, 0, 6)).to_be_focused()
    for key, row, column in (
        ("j", 1, 6),
        ("ArrowLeft", 1, 5),
        ("Home", 1, 0),
        ("ArrowDown", 2, 0),
        ("k", 1, 0),
        ("End", 1, 6),
    ):
        page.keyboard.press(key)
        expect(cell(page, row, column)).to_be_focused()
        seen = page.evaluate(FOCUS)
        assert seen["ringed"]
        assert seen["inSight"]
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("camera="))
    page.keyboard.press("[")
    expect(page.locator(".day-text")).to_have_text(str(nth(LAST - 1)))
    page.keyboard.press("]")
    expect(page.locator(".day-text")).to_have_text(str(nth(LAST)))
    page.keyboard.press("m")
    expect(page.locator(".findings.strict")).to_be_visible()
    page.keyboard.press("m")
    page.keyboard.press("Escape")
    expect(page).not_to_have_url(re.compile("camera="))
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("calibrated, strict")


def test_the_report_opens_and_nothing_in_it_is_refused(visit: Visits, drift: str) -> None:
    page = stands(visit(drift))
    page.get_by_role("link", name="Report", exact=True).click()
    expect(page.locator("h1")).to_contain_text("High drift of")
    assert page.evaluate("() => getComputedStyle(document.querySelector('.card')).borderRadius") != "0px"


def test_a_lost_server_is_told_and_found_again(visit: Visits, drift: str) -> None:
    visit.expect_complaints("ERR_FAILED|Failed to load")
    page = stands(visit(drift))
    page.route("**/api/drift**", lambda route: route.abort())
    page.get_by_role("button", name="30 d").click()
    expect(page.locator(".lost-line")).to_contain_text("Connection lost")
    with unanswered(page, rows="**/api/drift**"):
        page.get_by_role("button", name="Try now").click()
    expect(page.locator(".lost-line")).to_have_count(0)


def test_hostile_names_stay_text_and_a_baseline_alone_names_the_command(visit: Visits, tmp_path: Path) -> None:
    catalog = Catalog.open(f"sqlite:///{tmp_path / 'catalog.db'}")
    build(catalog, 3, organization="<script>alert(1)</script>\u202e" + "x" * 10_000)
    with viewing(catalog, FrameStore.open(str(tmp_path / "frames"))) as client:
        address = f"{str(client.base_url).rstrip('/')}/drift"
        page = visit(address, size=PHONE)
        expect(page.locator(".notice pre")).to_contain_text("smokewatch drift --baseline default --day")
        expect(page.locator('.screen[aria-current="page"]')).to_be_in_viewport(ratio=0.9)
        watch(catalog, 3)
        page = visit(address, size=SMALL_PHONE)
        expect(page.locator(".heat tbody tr").nth(1)).to_contain_text("<script>")
        expect(page.locator('.screen[aria-current="page"]')).to_be_in_viewport(ratio=0.9)
        assert overflow(page) == 0
    catalog.close()


def test_a_new_check_appears_by_itself(
    visit: Visits, drift: str, checked: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(newest, "_LOOK_EVERY_SECONDS", 0.0)  # thirty polls of this page may take less than two seconds
    page = visit()
    page.clock.install()
    page.goto(drift)
    stands(page)
    watch(checked, LAST + 1)
    for _ in range(30):
        with page.expect_response("**/api/drift/days/*"):  # the last thing that a poll asks for
            page.clock.fast_forward(A_POLL)
        if str(nth(LAST + 1)) in page.locator(".day-text").inner_text():
            break
    expect(page.locator(".day-text")).to_have_text(str(nth(LAST + 1)))
