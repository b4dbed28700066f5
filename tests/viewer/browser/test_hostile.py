"""Names that want to be more than text: they are shown as text, nothing runs, nothing breaks the layout."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from smokewatch.store import tables as t
from tests.store.filled import Store, an_answer
from tests.store.triaged import Queue, answer
from tests.viewer.browser.audits import overflow
from tests.viewer.browser.visits import DESKTOP, PHONE, Visits, at, row_at, stands, tab_of
from tests.viewer.stores import exported, viewing

SCRIPT = "<script>window.ran = 1</script>"
NAMES = (
    SCRIPT,
    '<img src=x onerror="window.ran = 1">',
    '=HYPERLINK("http://example.com","click")',
    "x" * 10_000,
    "سلسلة\u202eevil\u202c مراقبة",
    "bell\x07 tab\t line\nbreak \x1b[31m",
    '"><svg onload=window.ran=1>',
    "{{constructor.constructor('window.ran=1')()}}",
)


@pytest.fixture
def hostile(store: Store) -> Iterator[str]:
    """The address of a viewer over a store where everything that others name is hostile."""
    for number, name in enumerate(NAMES, start=1):
        keys = [f"{name[:3000]}{place}" for place in range(4)]
        store.sequence(number, keys=keys, first_detection=100 * number, label=name, api_version=f"0.4.0{name[:2000]}")
        store.answer(f"full-{number}", keys, an_answer(0.9) | {"note": name})
        ledger = {"full_ledger_key": f"full-{number}", "ledger_key": f"full-{number}"}
        store.verdict(number, matched_frames=4, detail=name, model_version=name, release_reference=name, **ledger)
    with store.catalog.write() as connection:
        for number, name in enumerate(NAMES, start=1):
            here = {
                "source": "alert-api",
                "updated_at": sa.select(t.organizations.c.updated_at).limit(1).scalar_subquery(),
            }
            connection.execute(t.organizations.insert().values(**here, id=50 + number, name=name))
            connection.execute(
                t.cameras.insert().values(**here, id=500 + number, organization_id=50 + number, name=name)
            )
            moved = {"organization_id": 50 + number, "camera_id": 500 + number}
            connection.execute(sa.update(t.sequences).where(t.sequences.c.id == number).values(**moved))
    queue = Queue(store.catalog, store.frames, store.folder)
    queue.triage("0.4.0")
    for number, name in enumerate(NAMES, start=1):
        named: dict[str, Any] = {
            "organization_id": number,
            "organization_name": name,
            "camera_id": number,
            "camera_name": name,
        }
        queue.pull(number, is_wildfire=name, temporal_api_version=name, **named)
        queue.score(number, {"0.4.0": answer(number / 10)})
    queue.pull(99, frames=0, organization_name=SCRIPT, camera_name=SCRIPT)
    queue.drop(99, SCRIPT, ["0.4.0"])
    with viewing(store.catalog, store.frames) as client:
        yield str(client.base_url).rstrip("/")


def _unharmed(page: Page) -> None:
    assert page.evaluate("window.ran") is None
    assert page.locator("script:not([src]):not([type=importmap]), svg[onload], img[onerror]").count() == 0
    assert overflow(page) == 0


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_hostile_names_are_text(hostile: str, visit: Visits, size: str) -> None:
    page = stands(visit(at(hostile), size=size))
    expect(page.locator(".lines")).to_contain_text(SCRIPT)
    heights = page.locator(".lines .row").evaluate_all("(rows) => rows.map((row) => row.offsetHeight)")
    assert len(set(heights)) == 1
    _unharmed(page)
    for number in range(1, len(NAMES) + 1) if size == DESKTOP else (1, 4):
        page.goto(at(hostile, f"sequence=alert-api_{number}"))
        for tab in ("Frames", "Provenance", "Raw JSON") if number in (1, 4) else ("Frames",):
            tab_of(page, tab).click()
            expect(page.locator(".detail-body[role=tabpanel]")).to_be_visible()
            box = page.locator(".detail-title").bounding_box()
            assert box is not None
            assert box["height"] < 200
            _unharmed(page)


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_hostile_names_of_the_backlog_are_text(hostile: str, visit: Visits, size: str) -> None:
    page = stands(visit(f"{hostile}/triage", size=size))
    expect(page.locator(".lines")).to_contain_text(SCRIPT)
    heights = page.locator(".lines .row").evaluate_all("(rows) => rows.map((row) => row.offsetHeight)")
    assert len(set(heights)) == 1
    assert "\u202e" not in page.locator("body").inner_text()
    _unharmed(page)
    for number in (*range(1, len(NAMES) + 1), 99) if size == DESKTOP else (1, 4):
        page.goto(f"{hostile}/triage?sequence=pyro-annotator_{number}")
        expect(page.locator(".detail-body[role=tabpanel]")).to_be_visible()
        box = page.locator(".detail-title").bounding_box()
        assert box is not None
        assert box["height"] < 200
        _unharmed(page)


def _filters_and_search_are_text(page: Page, *filters: str) -> None:
    for filter_name in filters:
        page.get_by_role("group", name="Filters").get_by_role("button", name=filter_name).click()
        expect(page.locator(".menu .choice")).to_have_count(len(NAMES))
        menu = page.locator(".menu").bounding_box()
        assert menu is not None
        assert menu["width"] < 600
        _unharmed(page)
        page.keyboard.press("Escape")
    page.get_by_role("searchbox").fill("<script>")
    expect(page.locator(".tally strong")).to_have_text("1")


def test_hostile_names_of_the_backlog_in_filters_and_lists_are_text(hostile: str, visit: Visits) -> None:
    page = stands(visit(f"{hostile}/triage"))
    expect(page.locator(".organizations tbody tr")).to_have_count(len(NAMES))
    _filters_and_search_are_text(page, "Organization", "Camera")
    page.goto(f"{hostile}/triage?q=%3Cscript%3E&organization=pyronear_french:2")
    expect(page.locator(".notice")).to_be_visible()
    _unharmed(page)


def test_hostile_names_in_filters_and_search_are_text(hostile: str, visit: Visits) -> None:
    page = stands(visit(at(hostile)))
    _filters_and_search_are_text(page, "Organization", "Camera", "Release")
    expect(page.locator(".chip")).to_contain_text("<script>")
    page.goto(at(hostile, "q=%3Cscript%3E&organization=alert-api:51&release=%3Cimg%3E"))
    expect(page.locator(".notice")).to_be_visible()
    _unharmed(page)


def test_invisible_characters_do_not_turn_the_line_around(hostile: str, visit: Visits) -> None:
    page = stands(visit(at(hostile, "q=evil")))
    expect(row_at(page, 1)).to_contain_text("evil")
    assert "\u202e" not in page.locator(".lines").inner_text()


def test_the_csv_of_hostile_names_computes_nothing(store: Store, hostile: str) -> None:
    with viewing(store.catalog, store.frames) as client:
        lines = exported(client, "")
    assert {line["organization"] for line in lines} == {f"'{name}" if name.startswith("=") else name for name in NAMES}


def test_raw_text_is_as_it_is(hostile: str, visit: Visits) -> None:
    page = visit(at(hostile, "sequence=alert-api_1&tab=raw"))
    tab_of(page, "Raw JSON").wait_for()
    expect(page.locator(".raw-text")).to_contain_text(f"{SCRIPT}0")
