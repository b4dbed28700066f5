"""The alerts screen: seen by everybody, both sides of the gate as the API tells them, worked by keys alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from httpx import Client
from playwright.sync_api import Locator, Page, Route, expect

from benchmarks.listed_alerts import FIRST_DAY, fill
from smokewatch.store import tables as t
from smokewatch.store.catalog import Catalog
from smokewatch.store.frames import FrameStore
from tests.viewer.browser.audits import View, audit, open_view, overflow
from tests.viewer.browser.polls import A_POLL, taken, unanswered
from tests.viewer.browser.visits import FOCUS, Visits
from tests.viewer.stores import viewing

DAYS = 5
LAST_DAY = FIRST_DAY + timedelta(days=DAYS - 1)
LINES = """() => [...document.querySelectorAll("[data-line]")].map((line) => line.dataset.line)"""
EVERYTHING = f"from={FIRST_DAY:%Y-%m-%d}&to={LAST_DAY:%Y-%m-%d}"


@pytest.fixture(scope="module")
def listed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """The viewer over 300 alerts of five days; only to be read."""
    folder = tmp_path_factory.mktemp("listed")
    catalog = Catalog.open(f"sqlite:///{folder / 'catalog.db'}")
    fill(catalog, alerts=300, days=DAYS)
    with viewing(catalog, FrameStore.open(str(folder / "frames"))) as client:
        yield client
    catalog.close()


@pytest.fixture(scope="module")
def alerts(listed: Client) -> str:
    """The screen's address."""
    return f"{str(listed.base_url).rstrip('/')}/alerts"


def get(client: Client, address: str) -> Any:
    reply = client.get(address)
    assert reply.status_code == 200, reply.text
    return reply.json()


def lines(page: Page) -> Locator:
    return page.locator(".line")


def stands(page: Page) -> Page:
    expect(lines(page).first).to_be_visible()
    return page


def settled(page: Page) -> Page:
    """What was asked for is shown: until then what is to be clicked may move away between press and release."""
    expect(page.locator(".alerts-scroll")).to_have_attribute("aria-busy", "false")
    return page


def card(page: Page, side: str) -> int:
    return int(re.sub(r"\D", "", page.locator(f".side-card.{side} strong").inner_text()))


def _open_summary(page: Page) -> None:
    page.get_by_role("button", name="Summary", exact=True).click()


def _open_days(page: Page) -> None:
    page.get_by_role("button", name="Dates").click()


VIEWS = {
    "shown": View(sees=".line"),
    "held": View(f"side=held&{EVERYTHING}", sees=".missed-smoke"),
    "summary": View(EVERYTHING, sees=".cost-line.missed", on_phone=_open_summary),
    "filtered": View(f"side=held&{EVERYTHING}&class=very_low&organization=alert-api:3", sees=".chip"),
    "judged": View("side=held&risk_score=very_low", sees=".judge .chosen"),
    "days": View(EVERYTHING, sees=".menu.days", does=_open_days),
    "nothing": View("from=2020-01-01&to=2020-01-01", sees=".notice .button"),
    "empty": View(sees=".notice pre"),
    "error": View(sees='.notice[role="alert"]', fails="**/api/alerts*"),
}


@pytest.mark.parametrize("name", VIEWS)
def test_a_view(visit: Visits, alerts: str, empty_site: str, axe: str, shots: Path, name: str) -> None:
    address = f"{empty_site}/alerts" if name == "empty" else f"{alerts}?{VIEWS[name].query}"
    page = open_view(visit, address, VIEWS[name])
    audit(page, axe, shots, f"alerts-{name}", VIEWS[name])


@pytest.mark.parametrize("query", ["", EVERYTHING, f"{EVERYTHING}&organization=alert-api:3", "risk_score=low"])
def test_both_sides_are_what_the_api_tells(visit: Visits, alerts: str, listed: Client, query: str) -> None:
    page = stands(visit(f"{alerts}?{query}"))
    total = get(listed, f"/api/alerts/cost?{query}")["total"]
    assert (card(page, "shown"), card(page, "held")) == (total["alerts_shown"], total["held"])
    shown = get(listed, f"/api/alerts?{query}")
    assert page.locator(".alert-head strong").all_text_contents() == [f"#{each['id']}" for each in shown["alerts"]]
    left_out = shown["left_out"]
    expect(page.locator(".left-out")).to_contain_text(
        re.compile(rf"Left out: {left_out['sequences']} sequences?, {left_out['alerts']} whole alerts?")
    )
    page.get_by_role("button", name=re.compile("^Held back")).last.click()
    expect(page.locator(".line.whole").first).to_be_visible()
    held = get(listed, f"/api/alerts/held?{query}")["sequences"]
    hrefs = [line.get_attribute("href") for line in lines(page).all()]
    assert hrefs == [f"/replay?sequence={each['key']}" for each in held]
    for line, sequence in list(zip(lines(page).all(), held, strict=True))[:12]:
        why = f"{sequence['max_conf']:g} < {sequence['threshold']}, {sequence['fwi_class'].replace('_', ' ')}"
        expect(line.locator(".line-why")).to_have_text(why)
        missed = sequence["label"] == "smoke"
        assert ("missed-smoke" in (line.get_attribute("class") or "")) == missed
        assert ("real smoke" in (line.text_content() or "")) == missed


def test_further_pages_are_read_until_all_is_there(visit: Visits, alerts: str, listed: Client) -> None:
    page = stands(visit(f"{alerts}?side=held&{EVERYTHING}"))
    held = get(listed, f"/api/alerts/held?{EVERYTHING}&limit=500")["sequences"]
    more = page.get_by_role("button", name="Show more")
    for read in range(50, len(held) + 50, 50):
        expect(lines(page)).to_have_count(min(read, len(held)))
        if read < len(held):
            more.click()
    expect(more).to_have_count(0)
    assert [line.get_attribute("href") for line in lines(page).all()] == [f"/replay?sequence={s['key']}" for s in held]


def test_the_address_is_the_state(visit: Visits, alerts: str) -> None:
    page = stands(visit(alerts))
    page.locator("#judge").select_option("very_low")
    expect(page).to_have_url(re.compile(r"\?risk_score=very_low$"))
    settled(page).get_by_role("button", name="Only unlabelled").click()
    settled(page).get_by_role("button", name=re.compile("^Held back")).last.click()
    settled(page).locator(".gate-lines").nth(1).get_by_role("button").first.click()
    expect(page).to_have_url(re.compile(r"side=held"))
    settled(page).get_by_role("button", name="The day before").click()
    before = f"{LAST_DAY - timedelta(days=1):%Y-%m-%d}"
    expect(page.locator(".period-text")).to_have_text(before)
    page.reload()
    expect(page.locator(".period-text")).to_have_text(before)
    expect(page.locator("#judge")).to_have_value("very_low")
    expect(page.locator(".chip")).to_have_count(1)
    page.go_back()
    expect(page.locator(".period-text")).to_have_text(f"{LAST_DAY:%Y-%m-%d}")
    page.get_by_role("button", name="Last 24 h").click()
    expect(page).to_have_url(re.compile("latest=1"))
    expect(page.locator(".notice h2")).to_have_text("Nothing is held back")


def test_no_gate_holds_nothing_back(visit: Visits, alerts: str) -> None:
    page = stands(visit(f"{alerts}?{EVERYTHING}&risk_score=moderate"))
    assert card(page, "held") == 0
    expect(page.locator(".left-out")).to_contain_text("The gate leaves nothing of these alerts out.")


def test_by_keys_alone_a_sequence_is_reached_and_replayed(visit: Visits, alerts: str) -> None:
    page = stands(visit(f"{alerts}?{EVERYTHING}"))
    page.keyboard.press("h")
    expect(page.locator(".line.whole").first).to_be_visible()
    for key, place in (("j", 0), ("j", 1), ("ArrowDown", 2), ("k", 1), ("Home", 0), ("PageDown", 10)):
        page.keyboard.press(key)
        expect(lines(page).nth(place)).to_be_focused()
        seen = page.evaluate(FOCUS)
        assert seen["ringed"]
        assert seen["inSight"]
    href = lines(page).nth(10).get_attribute("href") or ""
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(re.escape(href)))
    expect(page.locator(".detail-head")).to_be_visible()
    page.go_back()
    expect(page.locator(".line.whole").first).to_be_visible()
    page.keyboard.press("h")
    expect(page.locator(".alert").first).to_be_visible()
    page.goto(alerts)
    stands(page)
    page.keyboard.press("[")
    expect(page.locator(".period-text")).to_have_text(f"{LAST_DAY - timedelta(days=1):%Y-%m-%d}")
    page.keyboard.press("]")
    expect(page.locator(".period-text")).to_have_text(f"{LAST_DAY:%Y-%m-%d}")


def test_a_lost_server_is_told_and_found_again(visit: Visits, alerts: str) -> None:
    visit.expect_complaints("ERR_FAILED|Failed to load")
    page = stands(visit(alerts))
    page.route("**/api/alerts**", lambda route: route.abort())
    page.get_by_role("button", name="The day before").click()
    expect(page.locator(".lost-line")).to_contain_text("Connection lost")
    with unanswered(page, rows="**/api/alerts**"):
        page.get_by_role("button", name="Try now").click()
    expect(page.locator(".lost-line")).to_have_count(0)
    expect(page.locator(".period-text")).to_have_text(f"{LAST_DAY - timedelta(days=1):%Y-%m-%d}")


def test_what_was_read_further_outlasts_polls_on_their_way(visit: Visits, alerts: str) -> None:
    page = visit()
    page.clock.install()
    page.goto(f"{alerts}?side=held&{EVERYTHING}")
    expect(lines(page)).to_have_count(50)
    polls: list[Route] = []
    further: list[Route] = []
    page.route(
        "**/api/alerts/held?*", lambda route: (further if "cursor=" in route.request.url else polls).append(route)
    )
    # A page that is asked for before the poll, and answered after it.
    page.get_by_role("button", name="Show more").click()
    with page.expect_request("**/api/alerts/held?*"):
        page.clock.fast_forward(A_POLL)
    with page.expect_response("**/api/alerts/held?*"):
        taken(page, polls).continue_()
    expect(page.locator(".more")).to_be_disabled()
    taken(page, further).continue_()
    expect(lines(page)).to_have_count(100)
    # A poll for one page that is answered when there are two.
    with page.expect_request("**/api/alerts/held?*"):
        page.clock.fast_forward(A_POLL)
    page.get_by_role("button", name="Show more").click()
    taken(page, further).continue_()
    expect(lines(page)).to_have_count(121)
    keys = page.evaluate(LINES)
    with page.expect_response("**/api/alerts/held?*"):
        taken(page, polls).continue_()
    expect(page.locator(".freshness")).to_have_class(re.compile("live"))
    assert page.evaluate(LINES) == keys


def test_each_press_moves_a_day_whatever_is_answered_yet(visit: Visits, alerts: str) -> None:
    page = stands(visit(alerts))
    held: list[Route] = []
    page.route(re.compile("/api/alerts"), lambda route: held.append(route))  # a builtin is no handler
    for _ in range(3):
        page.keyboard.press("[")
    day = f"{LAST_DAY - timedelta(days=3):%Y-%m-%d}"
    expect(page).to_have_url(f"{alerts}?from={day}&to={day}")
    page.unroute_all()
    page.keyboard.press("]")
    expect(page.locator(".period-text")).to_have_text(f"{LAST_DAY - timedelta(days=2):%Y-%m-%d}")


def test_hostile_names_stay_text(visit: Visits, tmp_path: Path) -> None:
    catalog = Catalog.open(f"sqlite:///{tmp_path / 'catalog.db'}")
    fill(catalog, alerts=20, days=1)
    name = "<script>alert(1)</script>\u202e" + "x" * 10_000
    with catalog.write() as connection:
        connection.execute(t.organizations.update().values(name=name))
        connection.execute(t.cameras.update().values(name=name))
        connection.execute(t.risk_classes.delete())
        assert connection.scalar(sa.select(sa.func.count()).select_from(t.organizations))
    with viewing(catalog, FrameStore.open(str(tmp_path / "frames"))) as client:
        page = stands(visit(f"{str(client.base_url).rstrip('/')}/alerts"))
        assert overflow(page) == 0
        expect(page.locator(".line-where").first).to_contain_text("<script>")
        expect(page.locator(".no-classes")).to_contain_text(f"smokewatch risk --day {FIRST_DAY:%Y-%m-%d}")
    catalog.close()


def test_the_screens_lead_to_each_other(visit: Visits, alerts: str) -> None:
    page = stands(visit(alerts))
    screens = page.get_by_role("navigation", name="Screens")
    expect(screens.get_by_role("link", name="Alerts")).to_have_attribute("aria-current", "page")
    screens.get_by_role("link", name="Triage").click()
    expect(page).to_have_url(re.compile("/triage$"))
    page.get_by_role("navigation", name="Screens").get_by_role("link", name="Alerts").click()
    stands(page)
