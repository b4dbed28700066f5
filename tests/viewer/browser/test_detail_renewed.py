"""An open sequence's document follows the store: read again where the rows are newer, exchanged without a word."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from httpx import Client
from playwright.sync_api import Route, expect

from tests.viewer.browser.polls import A_POLL, ROWS
from tests.viewer.browser.visits import Visits, at


def test_an_open_sequence_is_read_again_when_rows_are_newer(visit: Visits, many: Client, site: str, rich: str) -> None:
    visit.expect_complaints("ERR_FAILED")
    asked: list[str] = []
    replies: dict[str, Any] = {"rows": None, "line": "Not known yet."}

    def rows(route: Route) -> None:
        """The store's rows, newer ones once there is a time for them."""
        if replies["rows"] is None:
            route.continue_()
        elif route.request.headers.get("if-none-match") == f'"{replies["rows"]}"':
            route.fulfill(status=304)
        else:
            body = many.get("/api/sequences").json() | {"as_of": replies["rows"]}
            route.fulfill(json=body, headers={"ETag": f'"{replies["rows"]}"'})

    def detail(route: Route) -> None:
        asked.append(route.request.url)
        if replies["line"] is None:
            route.abort()
            return
        body = many.get(f"/api/sequences/{rich}").json()
        body["verdict"]["detail"] = replies["line"]
        route.fulfill(json=body)

    def later(minutes: int) -> str:
        return (datetime.now(UTC) + timedelta(minutes=minutes)).isoformat().replace("+00:00", "Z")

    def polls() -> None:
        with page.expect_response(ROWS):
            page.clock.fast_forward(A_POLL)

    page = visit()
    page.clock.install()
    page.route(ROWS, rows)
    page.route(f"**/api/sequences/{rich}", detail)
    page.goto(at(site, f"sequence={rich}&frame=2"), wait_until="networkidle")
    line = page.locator(".verdict-line")
    expect(line).to_have_text("Not known yet.")
    expect(page.locator(".stage.stage-waiting")).to_have_count(0)
    expect(page.locator(".stage-image")).to_be_visible()
    for _ in range(2):
        polls()
    assert len(asked) == 1
    page.evaluate("""() => {
        const pane = document.querySelector(".detail");
        pane.scrollTop = 120;
        document.querySelectorAll(".thumb button")[2].focus();
        window.stage = document.querySelector(".stage-image");
        window.flashes = [];
        new MutationObserver((all) => {
            for (const { target } of all) {
                const look = target.className;
                if (target.ariaBusy === "true" || look.includes?.("waiting")) window.flashes.push(look);
            }
        }).observe(pane, { subtree: true, attributes: true, attributeFilter: ["class", "aria-busy"] });
    }""")
    state = """() => [location.search, document.querySelector(".detail").scrollTop, window.flashes.length,
        document.querySelector(".stage-image") === window.stage, document.activeElement.title.slice(0, 8),
        document.querySelector(".frame-line strong").textContent]"""
    before = page.evaluate(state)
    replies.update(rows=later(1), line="Explained.")
    polls()
    expect(line).to_have_text("Explained.")
    assert len(asked) == 2
    assert page.evaluate(state) == before
    polls()
    assert len(asked) == 2

    # Rows that were on their way when the tab was hidden.
    page.evaluate("Object.defineProperty(document, 'hidden', { get: () => true, configurable: true })")
    replies.update(rows=later(2), line="Seen again.")
    polls()
    page.clock.run_for(1000)
    page.evaluate("() => fetch('/healthz').then((reply) => reply.status)")  # whatever was asked came before it
    assert len(asked) == 2
    page.evaluate("() => { delete document.hidden; document.dispatchEvent(new Event('visibilitychange')); }")
    expect(line).to_have_text("Seen again.")
    assert len(asked) == 3

    # What cannot be had now is asked for later; what is known stays.
    replies.update(rows=later(3), line=None)
    with page.expect_event("requestfailed"):
        polls()
        page.clock.run_for(3000)  # the further tries
    expect(line).to_have_text("Seen again.")
    replies.update(line="Explained again.")
    page.clock.run_for(15_000)
    expect(line).to_have_text("Explained again.")
    assert page.evaluate(state) == before
