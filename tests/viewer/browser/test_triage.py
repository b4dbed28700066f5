"""The triage screen: seen by everybody, counted as the domain counts, worked by keys alone."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from httpx import Client
from playwright.sync_api import Page, expect

from smokewatch.domain.backlog import key_of
from smokewatch.domain.triage import HUNDREDTHS
from smokewatch.store.catalog import Catalog
from smokewatch.store.triage import StoredTriage, load_triage
from tests.viewer.browser.audits import View, audit, open_view
from tests.viewer.browser.visits import (
    Stay,
    Visits,
    row_at,
    shown_rows,
    stands,
    survives_a_reload,
    tab_of,
    tally,
    walks_back_and_forward,
)

_SHOWN = """async () => {
    const { rows, selection } = await import("/static/js/triage/state.js");
    return Array.from(selection.value.rows, (row) => rows.value.id[row]);
}"""
_COUNTED = """async ({ filter, thresholds }) => {
    const [{ decodeRows }, { failures, populationOf, split }, { parseRoute }] = await Promise.all(
        ["rows", "deciding", "route"].map((name) => import(`/static/js/triage/${name}.js`)));
    const rows = decodeRows(await (await fetch("/api/triage")).json());
    const { scores } = populationOf(rows, failures(rows, parseRoute(`?${filter}`)));
    return thresholds.map((threshold) => split(scores, threshold));
}"""


@pytest.fixture(scope="module")
def backlog(triaged: Client) -> str:
    """The address of the triage screen over the made-up backlog."""
    return f"{str(triaged.base_url).rstrip('/')}/triage"


@pytest.fixture(scope="module")
def stored(backlog_catalog: Catalog) -> StoredTriage:
    with backlog_catalog.read() as connection:
        found = load_triage(connection)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def rich(triaged: Client, stored: StoredTriage) -> str:
    """A sequence on which models disagree, with lanes beside it and every picture there."""
    for sequence, scores in zip(stored.sequences, stored.backlog.model_scores.tolist(), strict=True):
        if min(scores) >= 0.35 or max(scores) < 0.35:
            continue
        detail = triaged.get(f"/api/triage/{sequence.key}").json()
        lost = any(triaged.get(frame["url"] or "/none").status_code != 200 for frame in detail["frames"])
        if len(detail["lanes"]) > 1 and not lost:
            return sequence.key
    pytest.fail("the made-up backlog has no such sequence")


def _open_summary(page: Page) -> None:
    page.get_by_role("button", name="Threshold", exact=True).click()


VIEWS = {
    "table": View(),
    "summary": View("against=0.5", sees=".comparison", on_phone=_open_summary),
    "filtered": View("bucket=review&disagree=1&near=1&organization=pyronear_french:2", sees=".chip"),
    "sequence": View("sequence={rich}", sees=".lanes .lane"),
    "tubes": View("sequence={rich}&tab=tubes", sees=".timeline svg"),
    "raw": View("sequence={rich}&tab=raw", sees=".raw-text"),
    "dropped": View("sequence={dropped}", sees=".note-warn"),
    "unknown": View("sequence=pyro-annotator_99999999", sees=".detail-missing", complains="404"),
    "nothing-passes": View("q=no+such+name", sees=".notice .button"),
    "empty": View(sees=".notice pre"),
    "error": View(sees='.notice[role="alert"]', fails="**/api/triage"),
}


@pytest.mark.parametrize("name", VIEWS)
def test_a_view(
    visit: Visits,
    stay: Stay,
    backlog: str,
    empty_site: str,
    stored: StoredTriage,
    rich: str,
    axe: str,
    shots: Path,
    name: str,
) -> None:
    query = VIEWS[name].query.format(rich=rich, dropped=stored.drops[0][0].key)
    address = f"{empty_site}/triage" if name == "empty" else f"{backlog}?{query}"
    page = open_view(visit, address, VIEWS[name], stay=stay)
    audit(page, axe, shots, f"triage-{name}", VIEWS[name])


def test_page_and_sql_count_the_same_at_every_threshold(stay: Stay, triaged: Client, backlog: str) -> None:
    page = stay(backlog)
    for query in ("", "organization=pyronear_french:3", "q=cam+03&from=2026-06-01&to=2026-07-31"):
        counted = page.evaluate(_COUNTED, {"filter": query, "thresholds": list(HUNDREDTHS)})
        swept = triaged.get(f"/api/triage/sweep?{query}").json()
        for side in ("review", "unlabeled"):
            assert [each[side] for each in counted] == swept[side], query


def _digits(text: str) -> int:
    return int(re.sub(r"\D", "", text))


def _card(page: Page, side: str) -> int:
    return _digits(page.locator(f".bucket-card.{side} strong").inner_text())


def test_cards_table_and_address_follow_the_slider(stay: Stay, backlog: str, stored: StoredTriage) -> None:
    page = stands(stay(f"{backlog}?bucket=review"))
    page.locator("#threshold").fill("0.6")
    review = int((stored.backlog.scores >= 0.6).sum())
    expect(page.locator(".threshold-value")).to_have_text("0.60")
    assert (_card(page, "review"), _card(page, "unlabeled")) == (review, len(stored.backlog) - review)
    assert tally(page) == review
    expect(page).to_have_url(re.compile(r"threshold=0\.6"))
    page.reload()
    expect(page.locator(".threshold-value")).to_have_text("0.60")
    page.get_by_role("button", name="Reset").click()
    expect(page.locator(".threshold-value")).to_have_text("0.35")
    page.go_back()
    expect(page.locator(".threshold-value")).to_have_text("0.60")


STATES = (
    "",
    "threshold=0.62&against=0.35&moved=1&sort=distance",
    "organization=pyronear_french:3&camera=pyronear_french:3:304&bucket=unlabeled",
    "disagree=1&near=1&width=0.1&from=2026-05-20&to=2026-08-01&q=cam+0",
    "sequence={rich}&tab=tubes&frame=2",
    "sequence={rich}&tab=raw&model=1&threshold=0.5&sort=-models",
)


@pytest.mark.parametrize("query", STATES)
def test_a_state_survives_a_reload(visit: Visits, backlog: str, rich: str, query: str) -> None:
    query = query.format(rich=rich)
    survives_a_reload(visit(f"{backlog}?{query}"), query)


def test_back_and_forward_walk_through_every_state(visit: Visits, backlog: str) -> None:
    page = stands(visit(backlog))
    steps: list[Callable[[], object]] = [
        lambda: page.locator(".organizations tbody tr").first.get_by_role("button").click(),
        lambda: page.get_by_role("button", name="Set the threshold to 0.20").click(),
        lambda: page.get_by_role("columnheader", name="Camera").get_by_role("button").click(),
        lambda: shown_rows(page).first.click(),
        lambda: tab_of(page, "Raw JSON").click(),
        lambda: page.get_by_role("group", name="Model shown").get_by_role("button").first.click(),
        lambda: page.locator(".detail").get_by_role("button", name="Close").click(),
    ]
    walks_back_and_forward(page, steps)


def test_the_threshold_by_keys_steps_by_hundredths(stay: Stay, backlog: str) -> None:
    page = stands(stay(backlog))
    page.keyboard.press("]")
    expect(page.locator(".threshold-value")).to_have_text("0.36")
    for _ in range(3):
        page.keyboard.press("[")
    expect(page.locator(".threshold-value")).to_have_text("0.33")
    page.get_by_role("button", name="Threshold up by 0.01").click()
    expect(page.locator(".threshold-value")).to_have_text("0.34")


def test_a_click_in_the_sweep_sets_the_threshold(stay: Stay, backlog: str, stored: StoredTriage) -> None:
    page = stands(stay(backlog))
    page.get_by_role("button", name="Set the threshold to 0.70").click()
    expect(page.locator(".threshold-value")).to_have_text("0.70")
    current = page.locator(".sweep tr[aria-current]").inner_text().split()
    assert current[0] == "0.70"
    assert _card(page, "review") == int((stored.backlog.scores >= 0.7).sum())


def test_two_thresholds_are_compared_and_their_difference_listed(
    stay: Stay, backlog: str, stored: StoredTriage
) -> None:
    page = stands(stay(backlog))
    page.get_by_role("button", name="Compare with 0.35").click()
    page.locator("#threshold").fill("0.6")
    moved = stored.backlog.compare(0.35, 0.6)
    expect(page.locator(".comparison .mark")).to_have_text(re.compile(rf"^{len(moved.to_unlabeled)} more to unlabel$"))
    page.get_by_role("button", name="Show only these").click()
    expect(page.locator(".tally strong")).to_have_text(str(len(moved.to_unlabeled)))
    assert sorted(page.evaluate(_SHOWN)) == sorted(moved.to_unlabeled.tolist())


def test_an_organization_filters_by_a_click(stay: Stay, triaged: Client, backlog: str) -> None:
    page = stands(stay(backlog))
    line = page.locator(".organizations tbody tr").first
    cells = line.inner_text().split("\t")
    line.get_by_role("button").click()
    expect(page.locator(".chip")).to_have_count(1)
    assert (_card(page, "review"), _card(page, "unlabeled")) == (_digits(cells[-3]), _digits(cells[-2]))


@pytest.mark.parametrize(
    "query", ["", "disagree=1&threshold=0.5", "near=1&width=0.1&sort=distance", "bucket=unlabeled&sort=camera"]
)
def test_links_take_along_exactly_what_is_shown(stay: Stay, triaged: Client, backlog: str, query: str) -> None:
    page = stands(stay(f"{backlog}?{query}"))
    shown = page.evaluate(_SHOWN)
    links = {link.inner_text().split()[0]: link for link in page.locator(".downloads a").all()}
    text = triaged.get(links["CSV"].get_attribute("href") or "").text
    assert [int(line.split(",")[1]) for line in text.splitlines()[1:]] == shown
    listed: list[int] = []
    for name in {"Review", "Unlabel"} & set(links):
        body: dict[str, Any] = json.loads(triaged.get(links[name].get_attribute("href") or "").text)
        assert body["count"] == _digits(links[name].inner_text())
        listed += body["sequence_ids"]
    assert sorted(listed) == sorted(shown)


def test_by_keys_alone_a_sequence_is_opened_and_its_lanes_reached(visit: Visits, backlog: str, rich: str) -> None:
    page = stands(visit(backlog))
    page.keyboard.press("j")
    expect(row_at(page, 1)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("j")
    expect(row_at(page, 2)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Escape")
    expect(page.locator(".detail-place")).to_have_count(0)
    page.goto(f"{backlog}?sequence={rich}")
    lanes = page.locator(".lane")
    expect(lanes.first).to_be_visible()
    other = page.locator(".lane:not([aria-current])").first
    number = other.inner_text().split()[0].removeprefix("#")
    other.focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(rf"sequence={key_of(int(number))}(&|$)"))
    expect(page.locator(".lane[aria-current]")).to_contain_text(number)
    page.get_by_role("button", name="Show in the table").click()
    expect(page.locator(".chip")).to_contain_text("Alert")
    assert tally(page) >= 2


def test_another_models_answer_is_a_click_away(stay: Stay, backlog: str, rich: str, triaged: Client) -> None:
    detail = triaged.get(f"/api/triage/{rich}").json()
    page = stay(f"{backlog}?sequence={rich}&tab=raw")
    switch = page.get_by_role("group", name="Model shown")
    least = min(range(2), key=lambda at: detail["models"][at]["score"])
    switch.get_by_role("button").nth(least).click()
    expect(page).to_have_url(re.compile(rf"model={least}"))
    page.get_by_role("button", name="Indented").click()
    expect(page.locator(".raw-text")).to_have_text(detail["models"][least]["window"]["answer"])


def test_the_screens_lead_to_each_other(visit: Visits, backlog: str) -> None:
    page = stands(visit(backlog))
    screens = page.get_by_role("navigation", name="Screens")
    expect(screens.get_by_role("link", name="Triage")).to_have_attribute("aria-current", "page")
    screens.get_by_role("link", name="Replay").click()
    expect(page).to_have_url(re.compile("/replay$"))
    page.go_back()
    stands(page)
