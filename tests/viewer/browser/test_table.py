"""The table and its filters: counts are what choosing gives, cameras are organizations', what is looked at stays."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.viewer.browser.visits import SHOWN_KEYS, Stay, Visits, at, drawn, shown_rows, stands, tally

Row = dict[str, Any]
_FILTERS = ("Organization", "Camera", "Verdict", "Match", "Drop reason", "Release", "Ground truth")


def open_filter(page: Page, name: str) -> None:
    page.get_by_role("group", name="Filters").get_by_role("button", name=name).click()


def options(page: Page) -> list[tuple[str, int]]:
    """The open filter's options with their counts; two may have one name."""
    lines = page.locator(".menu .choice")
    names = lines.locator(".cut").evaluate_all(
        "(found) => found.map((each) => each.textContent.trim().replace(/\\s+/g, ' '))"
    )
    counts = lines.locator(".count").all_inner_texts()
    return [(name, int(count.replace("\u2009", ""))) for name, count in zip(names, counts, strict=True)]


@pytest.mark.parametrize("query", ["", "mode=eval&threshold=0.4&outcome=smoke-kept&outcome=fp-kept&from=2026-05-15"])
def test_the_count_beside_an_option_is_what_choosing_it_shows(stay: Stay, site: str, query: str) -> None:
    page = stands(stay(at(site, query)))
    for name in _FILTERS:
        open_filter(page, "Production" if query and name == "Verdict" else name)
        listed = options(page)
        assert listed, name
        for place, (option, count) in enumerate(listed[:4]):
            box = page.locator(".menu .choice input").nth(place)
            box.check()
            expect(page.locator(".tally strong"), f"{name}: {option}").to_have_text(str(count))
            box.uncheck()
        page.keyboard.press("Escape")


def test_a_camera_is_its_organizations(stay: Stay, site: str, made_rows: list[Row]) -> None:
    page = stands(stay(at(site)))

    def box(organization: str) -> Locator:
        return page.locator(".menu .choice input").nth(
            [name for name, _ in options(page)].index(f"{organization} alert-api")
        )

    def theirs(organization: int) -> list[Row]:
        return [row for row in made_rows if row["organization_id"] == ("alert-api", organization)]

    open_filter(page, "Organization")
    box("SDIS 26").check()
    page.keyboard.press("Escape")
    open_filter(page, "Camera")
    shown = options(page)
    assert len(shown) == len({row["camera_id"] for row in theirs(3)})
    assert sum(count for _, count in shown) == tally(page) == len(theirs(3))
    page.locator(".menu .choice input").first.check()
    page.keyboard.press("Escape")
    assert "camera=alert-api:3:" in page.url
    # Another organization instead: a camera that is not its own would hide everything.
    open_filter(page, "Organization")
    box("SDIS 07").check()
    box("SDIS 26").uncheck()
    expect(page.locator(".tally strong")).to_have_text(str(len(theirs(2))))
    assert "camera=" not in page.url


def test_one_camera_in_two_organizations_is_two(stay: Stay, site: str, made_rows: list[Row]) -> None:
    held = [("alert-api", 2, 201), ("alert-api", 3, 201)]
    counts = [sum(row["camera_id"] == camera for row in made_rows) for camera in held]
    assert min(counts) > 0
    for (source, organization, camera), count in zip(held, counts, strict=True):
        page = stay(at(site, f"camera={source}:{organization}:{camera}"))
        expect(page.locator(".tally strong")).to_have_text(str(count))
        assert set(shown_rows(page).locator('[aria-colindex="2"]').all_inner_texts()) == {
            "SDIS 07" if organization == 2 else "SDIS 26"
        }
    open_filter(page, "Camera")
    names = [name for name, _ in options(page) if name.startswith("Cam 02 ")]
    for owner in ("SDIS 07", "SDIS 26"):
        assert any(name.startswith(f"Cam 02 {owner}") for name in names), names


_TOP = "(row) => row.getBoundingClientRect().top"


def _slide(page: Page, threshold: float) -> None:
    page.get_by_role("slider").evaluate(
        """(slider, value) => {
            slider.value = value;
            slider.dispatchEvent(new Event("input", { bubbles: true }));
        }""",
        str(threshold),
    )
    expect(page.locator(".threshold-value")).to_have_text(f"{threshold:.2f}")
    drawn(page)  # no hand is quicker: the table hears with a frame how far it was scrolled


def test_the_selected_row_stays_where_it_is_while_the_slider_moves(stay: Stay, site: str, made_rows: list[Row]) -> None:
    page = stands(stay(at(site, "mode=eval&threshold=0.1&outcome=smoke-kept&outcome=fp-kept")))
    shown = page.evaluate(SHOWN_KEYS)
    scores = {row["key"]: row["recorded_score"] for row in made_rows}
    chosen = next(key for key in shown[60:] if scores[key] > 0.8)
    grid = page.get_by_role("grid", name="Sequences")
    grid.evaluate(f"(element) => {{ element.scrollTop = {32 * (shown.index(chosen) - 8)}; }}")
    page.locator(f'.lines .row[aria-rowindex="{shown.index(chosen) + 2}"]').click()
    row = page.locator('.lines .row[aria-selected="true"]')
    expect(page.locator(".detail-key")).to_have_attribute("title", chosen)
    drawn(page)  # beside the pane there is room for fewer columns
    text, top = row.inner_text(), row.evaluate(_TOP)
    for threshold in (0.2, 0.3, 0.42, 0.3, 0.15, 0.5, 0.1):
        _slide(page, threshold)
        assert row.inner_text() == text
        assert row.evaluate(_TOP) == pytest.approx(top, abs=1), threshold
    assert f"sequence={chosen}" in page.url


def test_the_first_row_in_sight_stays_while_the_slider_moves(visit: Visits, site: str, made_rows: list[Row]) -> None:
    page = stands(visit(at(site, "mode=eval&threshold=0.05&outcome=smoke-kept&outcome=fp-kept")))
    shown = page.evaluate(SHOWN_KEYS)
    scores = {row["key"]: row["recorded_score"] for row in made_rows}
    first = next(place for place in range(80, len(shown)) if scores[shown[place]] > 0.6)
    grid = page.get_by_role("grid", name="Sequences")
    grid.evaluate(f"(element) => {{ element.scrollTop = {32 * first}; }}")
    row = page.locator(f'.lines .row[aria-rowindex="{first + 2}"]')
    expect(row).to_be_in_viewport()
    text, top = row.inner_text(), row.evaluate(_TOP)
    for threshold in (0.06, 0.1, 0.2, 0.3):
        _slide(page, threshold)
        place = page.evaluate(SHOWN_KEYS).index(shown[first])
        row = page.locator(f'.lines .row[aria-rowindex="{place + 2}"]')
        assert row.inner_text() == text
        assert row.evaluate(_TOP) == pytest.approx(top, abs=1), threshold
    # Many steps before the next frame.
    page.evaluate("""async () => {
        for (let step = 0; step < 8; step += 1) {
            document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "[", bubbles: true }));
            for (let turn = 0; turn < 10; turn += 1) await null;
        }
    }""")
    drawn(page)
    place = page.evaluate(SHOWN_KEYS).index(shown[first])
    row = page.locator(f'.lines .row[aria-rowindex="{place + 2}"]')
    assert row.inner_text() == text
    assert row.evaluate(_TOP) == pytest.approx(top, abs=1)


def test_every_option_of_the_rail_filters_what_it_counts(stay: Stay, site: str, made_rows: list[Row]) -> None:
    page = stands(stay(at(site)))
    for match in ("exact", "window", "unexplained", "dropped", "not replayed"):
        bar = page.locator(".bar", has=page.get_by_text(match, exact=True))
        count = sum(row["match"] == match.replace(" ", "_") for row in made_rows)
        expect(bar.locator(".count")).to_have_text(str(count))
        bar.click()
        expect(page.locator(".tally strong")).to_have_text(str(count))
        bar.click()


def test_rows_that_stay_as_the_threshold_moves_keep_their_elements(visit: Visits, site: str) -> None:
    page = stands(visit(at(site, "mode=eval&outcome=smoke-kept&outcome=fp-kept&threshold=0.2")))
    marked = page.evaluate(
        """() => {
            const rows = [...document.querySelectorAll(".lines .row")];
            for (const row of rows) row.marked = row.querySelector('[role="gridcell"]').parentElement.textContent;
            return rows.length;
        }"""
    )
    before = tally(page)
    page.locator("#threshold").focus()
    for _ in range(20):
        page.keyboard.press("]")
    expect(page.locator(".threshold-value")).to_have_text("0.40")
    expect(page.locator(".tally strong")).not_to_have_text(str(before))
    same = page.evaluate(
        """() => [...document.querySelectorAll(".lines .row")].filter((row) => row.marked === row.textContent).length"""
    )
    assert 0 < same < marked
    places = page.evaluate(
        """() => [...document.querySelectorAll(".lines .row")]
            .map((row) => [Number(row.getAttribute("aria-rowindex")), Math.round(row.getBoundingClientRect().top)])
            .sort(([a], [b]) => a - b)"""
    )
    # Each row once, one below the other, whichever element it has.
    assert [index for index, _ in places] == list(range(2, 2 + len(places)))
    assert {below - above for (_, above), (_, below) in itertools.pairwise(places)} == {32}
