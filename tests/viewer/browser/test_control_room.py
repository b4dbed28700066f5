"""The control room: what is wrong comes first, new results come by themselves, lost streams are told, links hold."""

from __future__ import annotations

import json
import random
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from httpx import Client
from playwright.sync_api import Route, expect

from benchmarks.bulk import Writer
from benchmarks.history import RUNNING, fill_run
from smokewatch.store import tables as t
from smokewatch.store.catalog import Catalog
from smokewatch.store.frames import FrameStore
from tests.viewer.browser.audits import View, audit, open_view
from tests.viewer.browser.polls import taken, unanswered
from tests.viewer.browser.visits import Visits, settles
from tests.viewer.stores import viewing

RUNS = 60
STREAM, LIVE = "**/api/status/stream", "**/api/status/live"
PHONES = ("360x780", "320x700")


@dataclass(frozen=True)
class Room:
    """The viewer over the made-up store with runs, one of which goes on."""

    client: Client
    catalog: Catalog

    @property
    def site(self) -> str:
        return str(self.client.base_url).rstrip("/")

    def get(self, address: str) -> Any:
        reply = self.client.get(address)
        assert reply.status_code == 200, reply.text
        return reply.json()


@pytest.fixture(scope="module")
def room(made_up: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    folder = tmp_path_factory.mktemp("room")
    shutil.copy(made_up / "catalog.db", folder / "catalog.db")
    catalog = Catalog.open(f"sqlite:///{folder / 'catalog.db'}")
    writer, chance, now = Writer(catalog), random.Random(1), datetime.now(UTC)
    for number in range(RUNS):
        fill_run(writer, f"run-{number}", now - timedelta(hours=25 + number), chance)
    fill_run(writer, RUNNING, now - timedelta(minutes=3), chance, running=True)
    writer.flush()
    with viewing(catalog, FrameStore.open(str(made_up / "frames"))) as client:
        yield Room(client, catalog)
    catalog.close()


VIEWS = {
    "overview": ("/", ".recent .row"),
    "run": (f"/runs/{RUNNING}", ".progress-bar"),
    "ended": ("/runs/run-1", "canvas"),
    "runs": ("/runs?state=completed", ".run-row"),
    "history": ("/history?status=window", ".lines .row"),
    "nothing-passes": ("/history?q=no+such+name", ".notice .button"),
    "empty-overview": ("/", ".begin pre"),
    "empty-runs": ("/runs", ".notice pre"),
    "empty-history": ("/history", ".notice pre"),
}


@pytest.mark.parametrize("name", VIEWS)
def test_a_view(visit: Visits, room: Room, empty_site: str, axe: str, shots: Path, name: str) -> None:
    address, sees = VIEWS[name]
    view = View(sees=sees, phones=PHONES)
    page = open_view(visit, f"{empty_site if name.startswith('empty') else room.site}{address}", view)
    audit(page, axe, shots, f"control-{name}", view)


def test_the_overview_is_what_the_api_tells_and_leads_on(visit: Visits, room: Room) -> None:
    page = visit(f"{room.site}/?by=release")
    told, heat = room.get("/api/status/latest"), room.get("/api/status/match")
    lights = page.locator(".light")
    expect(lights).to_have_count(8)
    assert lights.evaluate_all("(all) => all.map((each) => each.dataset.light)") == [
        light["name"] for light in room.get("/api/status/live")["lights"]
    ]
    rate = told["match"]["last"]["100"]
    expect(page.locator(".lasts li").nth(2)).to_contain_text(f"{rate['explained']} of {rate['replayed']} explained")
    expect(page.locator(".run")).to_have_attribute("data-run", RUNNING)
    expect(page.locator(".latest-picture img")).to_be_visible()
    rows = [str(row["id"]) for row in room.get("/api/history?limit=20")["rows"]]
    settles(page, "() => [...document.querySelectorAll('.recent tbody tr')].map((row) => row.dataset.id)", rows)
    # A cell of the heat map leads to the history of what it counts.
    place, cell = next((at, each) for at, each in enumerate(heat["release"][0]["cells"]) if each is not None)
    page.locator(".rates-heat tbody tr").first.locator("td").nth(place).locator("a").click()
    expect(page).to_have_url(re.compile(r"/history\?release=[^&]+&frames="))
    expect(page.locator(".tally strong")).to_be_visible()
    query = page.url.partition("?")[2]
    assert len(room.get(f"/api/history?limit=500&{query}")["rows"]) >= cell["replayed"]
    page.go_back()
    expect(page.get_by_role("button", name="Release", exact=True)).to_have_attribute("aria-pressed", "true")


def spoken(room: Room, **states: str) -> str:
    """One word of the stream in which some lights have other states."""
    live = room.get("/api/status/live") | {"last_error": None}
    for light in live["lights"]:
        light["state"] = states.get(light["name"], "ok")
    return f"event: live\ndata: {json.dumps(live)}\n\n"


def test_what_is_wrong_is_the_first_line_and_a_lost_stream_is_told_until_it_is_back(visit: Visits, room: Room) -> None:
    visit.expect_complaints("ERR_FAILED|Failed to load|503")
    page = visit()
    bad = spoken(room, docker="bad", match="bad", disk="warn")
    page.route(STREAM, lambda route: route.fulfill(body=bad, content_type="text/event-stream"))
    page.route(
        LIVE, lambda route: route.fulfill(body=bad.partition("data: ")[2].strip(), content_type="application/json")
    )
    page.goto(f"{room.site}/")
    verdict = page.locator(".health")
    expect(verdict.get_by_role("heading")).to_have_text("First: docker")
    expect(verdict).to_contain_text("Then: match, disk.")
    expect(page.locator('.light[data-light="docker"]')).to_contain_text("wrong:")
    # The reply ended, and so did the stream: figures come one by one.
    expect(page.get_by_text("stream lost at")).to_be_visible()
    page.unroute(LIVE)
    with unanswered(page, rows=STREAM):
        page.locator(".stream-note").get_by_role("button", name="Try now").click()
    expect(page.get_by_text("stream lost at")).to_have_count(0)
    expect(verdict.get_by_role("heading")).not_to_have_text("First: docker")
    # Nothing answers at all: the page says so, and keeps what it has.
    page.route("**/api/**", lambda route: route.abort())
    page.keyboard.press("r")
    expect(page.get_by_text("Connection lost at")).to_be_visible()
    expect(page.locator(".stale-since").first).to_be_visible()
    expect(page.locator(".recent .row").first).to_be_visible()
    with unanswered(page, rows="**/api/**"):
        page.get_by_role("button", name="Try now").first.click()
    expect(page.get_by_text("Connection lost at")).to_have_count(0)
    expect(page.locator(".stale-since")).to_have_count(0)


HIDE = """(hidden) => {
    Object.defineProperty(document, "hidden", { get: () => hidden, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
}"""


def decided(room: Room) -> int:
    """A verdict like the newest, reached now; its id."""
    with room.catalog.write() as connection:
        newest = connection.execute(sa.select(t.verdicts).order_by(t.verdicts.c.decided_at.desc()).limit(1)).one()
        row = dict(newest._mapping) | {"id": None, "decided_at": datetime.now(UTC)}
        del row["id"]
        key = connection.execute(sa.insert(t.verdicts).values(row)).inserted_primary_key
    assert key is not None
    return int(key[0])


def test_new_results_come_by_themselves_and_a_hidden_tab_asks_for_nothing(visit: Visits, room: Room) -> None:
    page = visit()
    page.clock.install()
    page.goto(f"{room.site}/")
    expect(page.locator(".recent .row").first).to_be_visible()
    page.evaluate(HIDE, True)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))  # the picture may still be on its way
    page.clock.fast_forward(120_000)
    new = decided(room)
    settles(page, "() => 1", 1)  # what the clock woke has run
    assert [each for each in asked if "/api/status/" in each or "/api/history" in each] == []
    page.evaluate(HIDE, False)
    expect(page.locator(".recent tbody tr").first).to_have_attribute("data-id", str(new))
    newer = decided(room)
    line = page.locator(f'.recent tbody tr[data-id="{newer}"]')
    for _ in range(5):
        with page.expect_response("**/api/history*"):
            page.clock.fast_forward(6_000)
        if line.count():
            break
    expect(line).to_be_visible()


ROWS = """async () => (await import("/static/js/history/state.js")).rows.value.items.map(({ id }) => id)"""


def test_the_history_is_read_page_by_page_and_worked_by_keys(visit: Visits, room: Room) -> None:
    page = visit(f"{room.site}/history?status=exact")
    lines = page.locator(".lines .row")
    expect(lines.first).to_be_visible()
    wanted = [row["id"] for row in room.get("/api/history?status=exact&limit=500")["rows"]]
    assert len(wanted) > 100
    for read in [*range(100, len(wanted), 100), len(wanted)]:
        expect(page.locator(".tally strong")).to_have_text(f"{read} lines")
        lines.first.focus()
        page.keyboard.press("End")
    expect(page.locator(".tally")).to_contain_text("that is all")
    assert page.evaluate(ROWS) == wanted
    assert lines.count() < 60
    page.keyboard.press("Home")
    expect(page.locator(".detail")).to_be_visible()
    expect(page).to_have_url(re.compile(rf"row={wanted[0]}&sequence="))
    page.keyboard.press("j")
    expect(page).to_have_url(re.compile(rf"row={wanted[1]}&sequence="))
    page.reload()
    expect(page.locator('.row[aria-selected="true"]')).to_be_visible()
    expect(page.locator(".detail-title")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".detail")).to_have_count(0)
    page.keyboard.press("/")
    page.keyboard.type("no such name")
    expect(page.get_by_role("heading", name="No verdict passes these filters")).to_be_visible()
    settles(page, "() => location.search", "?status=exact&q=no+such+name")
    page.get_by_role("button", name="Clear all filters").click()
    expect(lines.first).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="No verdict passes these filters")).to_be_visible()


def test_lines_of_one_sequence_are_stepped_through_one_by_one(visit: Visits, room: Room) -> None:
    lines = [decided(room), decided(room), decided(room)][::-1]
    page = visit(f"{room.site}/history")
    page.clock.install()
    for _ in range(10):
        page.reload()
        page.locator(".lines .row").first.click()
        if f"row={lines[0]}&" in page.url:
            break
    for line in lines[1:]:
        page.get_by_role("button", name="Next sequence").click()
        expect(page).to_have_url(re.compile(rf"row={line}&sequence="))
    page.get_by_role("button", name="Previous sequence").click()
    expect(page).to_have_url(re.compile(rf"row={lines[1]}&sequence="))


def test_a_history_that_is_not_answered_is_told_and_asked_for_again(visit: Visits, room: Room) -> None:
    page = visit()
    page.clock.install()
    page.goto(f"{room.site}/history?status=exact")
    lines = page.locator(".lines .row")
    expect(page.locator(".tally strong")).to_have_text("100 lines")
    page.route("**/api/history?*", lambda route: None)  # a server that hangs
    with page.expect_request("**/api/history?*cursor=*"):
        lines.first.focus()
        page.keyboard.press("End")
    with page.expect_request("**/api/history?*"):
        page.clock.fast_forward(6_000)
    page.clock.run_for(31_000)
    expect(page.locator(".lost-line")).to_contain_text("Connection lost")
    page.unroute_all()
    page.clock.run_for(70_000)
    expect(page.locator(".lost-line")).to_have_count(0)
    # The page that could not be had is asked for again, though nobody scrolls.
    expect(page.locator(".tally strong")).not_to_have_text("100 lines")


def test_runs_of_another_filter_do_not_mix(visit: Visits, room: Room) -> None:
    page = visit(f"{room.site}/runs")
    rows = page.locator(".run-row")
    expect(rows).to_have_count(50)
    held: list[Route] = []
    page.route("**/api/runs?state=*", lambda route: held.append(route))  # a builtin is no handler
    with page.expect_request("**/api/runs?state=running*"):
        page.get_by_role("button", name="State").click()
        page.get_by_role("checkbox", name="running").check()
    expect(page.locator(".runs-scroll")).to_have_attribute("aria-busy", "true")
    page.get_by_role("button", name="Show more").click()
    page.route("**/api/runs?state=*", lambda route: route.continue_())
    taken(page, held).continue_()
    expect(rows).to_have_count(1)
    assert rows.first.get_attribute("data-run") == RUNNING


def test_runs_lead_to_each_run_and_back(visit: Visits, room: Room) -> None:
    page = visit(f"{room.site}/runs?kind=replay")
    rows = page.locator(".run-row")
    expect(rows.first).to_be_visible()
    first = [row["id"] for row in room.get("/api/runs?kind=replay&limit=50")["rows"]]
    assert rows.evaluate_all("(all) => all.map((each) => each.dataset.run)") == first
    page.get_by_role("button", name="Show more").click()
    expect(rows).to_have_count(RUNS + 1)
    # Quicker than the page is drawn.
    press = "new KeyboardEvent('keydown', {key, bubbles: true})"
    page.evaluate(f"for (const key of 'jj') document.body.dispatchEvent({press})")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{room.site}/runs/{first[1]}")
    told = room.get(f"/api/runs/{first[1]}")["run"]
    expect(page.locator(".run-head h2")).to_have_text(f"{told['kind']} {told['state']}")
    page.keyboard.press("Escape")
    expect(page).to_have_url(f"{room.site}/runs")
    visit.expect_complaints("404")
    page.goto(f"{room.site}/runs/no-such-run")
    expect(page.get_by_role("alert")).to_contain_text("no-such-run")


def test_addresses_of_the_time_before_lead_to_the_replay_screen(visit: Visits, room: Room) -> None:
    page = visit()
    page.goto(f"{room.site}/?match=window&sequence=alert-api_1")
    expect(page).to_have_url(f"{room.site}/replay?match=window&sequence=alert-api_1")
    screens = page.get_by_role("navigation", name="Screens")
    screens.get_by_role("link", name="Overview").click()
    expect(page.get_by_role("navigation", name="Screens").get_by_role("link", name="Overview")).to_have_attribute(
        "aria-current", "page"
    )
