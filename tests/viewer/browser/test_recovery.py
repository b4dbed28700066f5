"""What the page says when something fails, that it comes back by itself, and that new results come without a reload."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from httpx import Client
from playwright.sync_api import Page, Route, expect

from smokewatch.store import tables as t
from smokewatch.viewer import newest
from tests.store.filled import STARTED, Store
from tests.store.triaged import NOW as PULLED
from tests.store.triaged import Queue, answer
from tests.viewer.browser.polls import A_POLL, ROWS, polled_until, unanswered
from tests.viewer.browser.servers import Stoppable
from tests.viewer.browser.visits import SHOWN_KEYS, Visits, at, shown_rows, stands, tally

DETAILS = "**/api/sequences/*"
BACKLOG = "**/api/triage"
_HIDE = """(hidden) => {
    Object.defineProperty(document, "hidden", { get: () => hidden, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
}"""


@pytest.fixture
def server(store: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stoppable]:
    """A viewer over a store with forty sequences, that stops and starts, and sees every change at once."""
    monkeypatch.setattr(newest, "_LOOK_EVERY_SECONDS", 0.0)
    for number in range(1, 41):
        store.sequence(number, first_detection=100 * number, started=STARTED + timedelta(hours=number))
    running = Stoppable(store.catalog, store.frames)
    yield running
    running.stop()


@pytest.fixture
def queue(store: Store) -> Queue:
    """Ten triaged sequences of the annotator's queue, in that store."""
    queue = Queue(store.catalog, store.frames, store.folder)
    queue.triage("0.3.0")
    for number in range(1, 11):
        queue.pull(number, recorded_at=STARTED + timedelta(hours=number))
        queue.score(number, {"0.3.0": answer(number / 10)})
    return queue


def ticking(visit: Visits, address: str, **options: Any) -> Page:
    """A page with rows whose clock can be moved."""
    page = visit(**options)
    page.clock.install()
    page.goto(address, wait_until="networkidle")  # the detail pane's code comes last
    return stands(page)


def test_a_server_that_went_and_came_back(server: Stoppable, visit: Visits) -> None:
    visit.expect_complaints("ERR_CONNECTION_REFUSED")
    page = ticking(visit, at(server.address, "sequence=alert-api_3"))
    expect(page.locator(".stage, .stage-lost").first).to_be_visible()
    server.stop()
    page.clock.fast_forward(A_POLL)
    lost = page.get_by_role("alert").filter(has_text="Connection lost")
    expect(lost).to_be_visible()
    expect(shown_rows(page).first).to_be_visible()  # what was known stays
    page.keyboard.press("k")
    missing = page.locator(".detail").get_by_role("alert")
    page.clock.run_for(3000)  # the page's own further tries
    expect(missing).to_contain_text("No answer from smokewatch")
    with unanswered(page):
        server.start()
        lost.get_by_role("button", name="Try now").click()
    expect(lost).to_have_count(0)
    missing.get_by_role("button", name="Try again").click()
    expect(page.locator(".detail-head")).to_be_visible()


def test_a_lost_connection_is_tried_again_by_itself(server: Stoppable, visit: Visits) -> None:
    visit.expect_complaints("ERR_CONNECTION_REFUSED")
    page = ticking(visit, at(server.address))
    server.stop()
    page.clock.fast_forward(A_POLL)
    expect(page.get_by_role("alert").filter(has_text="Connection lost")).to_be_visible()
    server.start()
    page.clock.fast_forward(A_POLL)
    expect(page.get_by_role("alert").filter(has_text="Connection lost")).to_have_count(0)


def test_a_first_load_that_fails_is_tried_again(visit: Visits, site: str) -> None:
    visit.expect_complaints("ERR_FAILED|503")
    page = visit()
    page.clock.install()
    page.route(ROWS, lambda route: route.abort())
    page.goto(at(site, "match=window"))
    page.clock.run_for(1000)
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("No answer from smokewatch")
    problem = {
        "title": "Service Unavailable",
        "status": 503,
        "detail": "catalog: <b>locked</b>",
        "hint": "wait a little",
    }
    with unanswered(
        page, lambda route: route.fulfill(status=503, json=problem, content_type="application/problem+json")
    ):
        alert.get_by_role("button", name="Try again").click()
    page.clock.run_for(1000)
    expect(alert).to_contain_text("catalog: <b>locked</b>")
    expect(alert).to_contain_text("wait a little")
    with unanswered(page):
        alert.get_by_role("button", name="Try again").click()
    stands(page)
    assert "match=window" in page.url


@pytest.mark.parametrize(
    "body", ["{", '{"schema_version": 2}', "<html>", '{"schema_version":1,"count":1,"columns":{}}']
)
def test_rows_that_make_no_sense_are_told_and_recovered_from(visit: Visits, site: str, body: str) -> None:
    visit.expect_complaints(".")
    page = visit()
    page.clock.install()
    page.route(ROWS, lambda route: route.fulfill(body=body, content_type="application/json"))
    page.goto(at(site))
    page.clock.run_for(3000)
    alert = page.get_by_role("alert")
    expect(alert).to_be_visible()
    with unanswered(page):
        alert.get_by_role("button", name="Try again").click()
    stands(page)


def test_an_error_of_the_server_is_told_in_the_detail(store: Store, server: Stoppable, visit: Visits) -> None:
    visit.expect_complaints("503")
    store.answer("damaged", ["k0.jpg"], {})
    store.verdict(40, full_ledger_key="damaged", ledger_key="damaged")
    page = ticking(visit, at(server.address, "sequence=alert-api_40"))
    page.clock.run_for(5000)
    alert = page.locator(".detail").get_by_role("alert")
    expect(alert).to_contain_text("answer in the ledger cannot be read")
    expect(shown_rows(page).first).to_be_visible()
    with store.catalog.write() as connection:
        answer = json.dumps({"is_smoke": True, "probability": 0.9})
        connection.execute(sa.update(t.replays).values(answer=answer))
    alert.get_by_role("button", name="Try again").click()
    expect(page.locator(".detail-head")).to_be_visible()


def test_new_results_appear_without_a_reload(store: Store, server: Stoppable, visit: Visits) -> None:
    page = ticking(visit, at(server.address, "sequence=alert-api_20"))
    chosen = page.locator('.lines .row[aria-selected="true"]')
    top = chosen.evaluate("(row) => row.getBoundingClientRect().top")
    store.sequence(99, first_detection=9900, started=STARTED + timedelta(days=9))
    for _ in range(30):  # the first one begins the new snapshot, a later one finds it
        with page.expect_response(ROWS) as answered:
            page.clock.fast_forward(A_POLL)
        if answered.value.status == 200 and not answered.value.json()["stale"]:
            break
    expect(page.locator(".tally strong")).to_have_text("41")
    expect(page.get_by_role("status").filter(has_text="1 new sequence")).to_have_count(1)
    expect(chosen).to_have_count(1)
    assert page.locator(".detail-key").get_attribute("title") == "alert-api_20"
    assert abs(chosen.evaluate("(row) => row.getBoundingClientRect().top") - top) <= 33


def test_the_triage_screen_outlives_its_server(queue: Queue, server: Stoppable, visit: Visits) -> None:
    visit.expect_complaints("ERR_CONNECTION_REFUSED")
    page = ticking(visit, f"{server.address}/triage?sequence=pyro-annotator_3&threshold=0.6")
    expect(page.locator(".detail-head")).to_be_visible()
    server.stop()
    page.clock.fast_forward(A_POLL)
    lost = page.get_by_role("alert").filter(has_text="Connection lost")
    expect(lost).to_be_visible()
    expect(shown_rows(page)).to_have_count(10)
    page.get_by_role("button", name="Threshold up by 0.01").click()  # what the page holds is counted without a server
    expect(page.locator(".bucket-card.review strong")).to_have_text("4")
    server.start()
    queue.leave(10)
    polled_until(page, page.locator(".bucket-card.review strong"), "3", rows=BACKLOG)
    expect(lost).to_have_count(0)
    assert tally(page) == 9
    assert "threshold=0.61" in page.url


def test_what_is_pulled_and_triaged_appears_without_a_reload(queue: Queue, server: Stoppable, visit: Visits) -> None:
    page = ticking(visit, f"{server.address}/triage?sequence=pyro-annotator_4")
    chosen, shown = page.locator('.lines .row[aria-selected="true"]'), page.locator(".tally strong")
    expect(chosen).to_have_count(1)
    queue.pull(11, now=PULLED + timedelta(hours=1))
    queue.score(11, {"0.3.0": answer(0.95)})
    polled_until(page, shown, "11", rows=BACKLOG)
    expect(page.locator(".bucket-card.review strong")).to_have_text("8")
    queue.pull(1, now=PULLED + timedelta(hours=2), camera_name="Renamed", recorded_at=STARTED + timedelta(hours=1))
    polled_until(page, page.locator(".lines"), "Renamed", rows=BACKLOG)
    queue.triage("0.3.0", threshold=0.5, minute=1)
    polled_until(page, page.locator(".threshold-value"), "0.50", rows=BACKLOG)
    expect(page.locator(".bucket-card.review strong")).to_have_text("7")
    expect(chosen).to_have_count(1)
    assert page.locator(".detail-key").get_attribute("title") == "pyro-annotator_4"


def test_results_that_cannot_be_renewed_are_told_to_be_stale(store: Store, server: Stoppable, visit: Visits) -> None:
    page = ticking(visit, at(server.address))
    with store.catalog.write() as connection:
        connection.execute(sa.text("ALTER TABLE sequences RENAME TO elsewhere"))
    freshness = page.locator(".freshness")
    polled_until(page, freshness, "stale since")
    expect(shown_rows(page).first).to_be_visible()
    with store.catalog.write() as connection:
        connection.execute(sa.text("ALTER TABLE elsewhere RENAME TO sequences"))
    polled_until(page, freshness, "as of")


def test_a_hidden_tab_does_not_ask(visit: Visits, site: str) -> None:
    page = ticking(visit, at(site))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for _ in range(2):
        with page.expect_response(ROWS):
            page.clock.fast_forward(A_POLL)
    page.evaluate(_HIDE, True)
    asked.clear()
    for _ in range(6):
        page.clock.fast_forward(A_POLL)
    page.evaluate("() => fetch('/healthz').then((reply) => reply.status)")  # whatever was asked came before it
    assert any(url.endswith("/healthz") for url in asked)  # the detail pane's code may come late
    assert not [url for url in asked if "/api/" in url]
    with page.expect_request(ROWS):
        page.evaluate(_HIDE, False)


def test_a_poll_that_brings_nothing_new_is_a_few_bytes(visit: Visits, site: str) -> None:
    page = ticking(visit, at(site))
    with page.expect_response(ROWS) as told:
        page.clock.fast_forward(A_POLL)
    assert told.value.status == 304


def test_running_through_rows_ends_at_the_last_one(visit: Visits, many: Client, site: str) -> None:
    page = stands(visit(at(site)))
    held: list[Route] = []

    def hold_the_first(route: Route) -> None:
        if held:
            route.continue_()
        else:
            held.append(route)

    page.route(DETAILS, hold_the_first)
    keys = page.evaluate(SHOWN_KEYS)
    with page.expect_request(DETAILS):
        page.keyboard.press("j")
    for _ in range(7):
        page.keyboard.press("j")
    title = page.locator(".detail-title")
    last = many.get(f"/api/sequences/{keys[7]}").json()
    expect(title.locator("time")).to_have_attribute("datetime", last["started_at"])
    expect(page.locator(".detail[aria-busy=false] .detail-head")).to_be_visible()
    # The answer that was given up comes now, and changes nothing.
    held[0].fulfill(json=many.get(f"/api/sequences/{keys[0]}").json())
    page.wait_for_load_state("networkidle")
    expect(title.locator(".detail-key")).to_have_attribute("title", keys[7])
    expect(title.locator("time")).to_have_attribute("datetime", last["started_at"])


def test_a_frame_whose_bytes_are_lost_is_told(visit: Visits, many: Client, site: str, find: Callable[..., str]) -> None:
    visit.expect_complaints("404")
    key = find(lambda row: row["frames"] == 13 and _last_is_lost(many, row["key"]))
    page = visit(at(site, f"sequence={key}&frame=12"))
    expect(page.locator(".stage-lost")).to_contain_text("lost")
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".stage-image")).to_be_visible()


def _last_is_lost(many: Client, key: str) -> bool:
    url = many.get(f"/api/sequences/{key}").json()["frames"][-1]["url"]
    return url is not None and many.get(url).status_code == 404
