"""The page, SQL, the CSV and a plain calculation say the same of the same sequences."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from typing import Any

import pytest
from httpx import Client
from playwright.sync_api import Page, expect

from tests.viewer.browser.visits import SHOWN_KEYS, Stay, at, go, row_at, stands, tally
from tests.viewer.stores import keys

Row = dict[str, Any]
THRESHOLDS = [n / 100 for n in range(101)]
FILTERS = (
    "",
    "match=window&match=exact",
    "organization=alert-api:3&release=0.3.1",
    "label=smoke&from=2026-05-20&to=2026-07-01",
    "camera=alert-api:3:201",
    "q=cam+03&decision=keep",
    "q=nobody",
)
# What the page's own modules count over the rows as it holds them.
_COUNTED = """async ({ filter, thresholds }) => {
    const [{ decide, decodeRows, KEEP }, { failures, population }, { confusion }, { parseRoute }] = await Promise.all(
        ["store", "filtering", "measures", "route"].map((name) => import(`/static/js/replay/${name}.js`)));
    const rows = decodeRows(await (await fetch("/api/sequences")).json());
    const among = population(failures(rows, parseRoute(`?${filter}`)));
    return thresholds.map((threshold) => ({
        ...confusion(rows, among, threshold),
        kept: among.filter((row) => decide(rows.recorded[row], threshold) === KEEP).length,
    }));
}"""
_NAMES = {
    "kept": "kept",
    "smoke_kept": "smokeKept",
    "smoke_discarded": "smokeDiscarded",
    "fp_kept": "fpKept",
    "fp_discarded": "fpDiscarded",
}


def test_page_and_sql_count_the_same_at_every_threshold(
    many: Client, stay: Stay, site: str, made_rows: list[Row]
) -> None:
    page = stay(at(site))
    for query in FILTERS:
        counted = page.evaluate(_COUNTED, {"filter": query, "thresholds": THRESHOLDS})
        swept = many.get(f"/api/sweep?{query}").json()
        assert swept["thresholds"] == THRESHOLDS
        for name, own in _NAMES.items():
            assert [each[own] for each in counted] == swept[name], (query, name)
        if query == "":
            _exact_ones_are_kept(counted, made_rows)


def _exact_ones_are_kept(counted: list[dict[str, int]], made_rows: list[Row]) -> None:
    """Rows that are scored exactly at a threshold are kept at it."""
    exact = [
        n for n, threshold in enumerate(THRESHOLDS) if any(row["recorded_score"] == threshold for row in made_rows)
    ]
    assert len(exact) > 50
    for n in exact:
        assert {name: counted[n][own] for name, own in _NAMES.items()} == counts(made_rows, THRESHOLDS[n])


def counts(rows: Iterable[Row], threshold: float) -> dict[str, int]:
    found = dict.fromkeys(_NAMES, 0)
    for row in rows:
        score = row["recorded_score"]
        if score is None:
            continue
        found["kept"] += score >= threshold
        if not row["contradicts"] and row["label"] != "unknown":
            found[f"{row['label']}_{'kept' if score >= threshold else 'discarded'}"] += 1
    return found


def ece(rows: Iterable[Row]) -> tuple[int, float]:
    """Rows that count, and their expected calibration error over ten bins of equal width."""
    bins: list[list[tuple[float, bool]]] = [[] for _ in range(10)]
    for row in rows:
        if row["recorded_score"] is not None and row["label"] != "unknown" and not row["contradicts"]:
            score = row["recorded_score"]
            bins[min(9, int(score * 10))].append((score, row["label"] == "smoke"))
    count = sum(map(len, bins))
    gaps = (abs(sum(score for score, _ in each) - sum(smoke for _, smoke in each)) for each in bins)
    return count, sum(gaps) / count


def _digits(text: str) -> int:
    return int(re.sub(r"\D", "", text))


def _card(page: Page, name: str) -> tuple[float, int, int]:
    """A measure's percentage, and the counts that it comes from."""
    card = page.locator(".measure", has_text=name)
    part, whole = re.findall(r"[\d\u2009]+", card.locator(".muted").inner_text())
    return float(card.locator("strong").inner_text().removesuffix("%")), _digits(part), _digits(whole)


def test_evaluation_shows_what_a_plain_calculation_gives(stay: Stay, site: str, made_rows: list[Row]) -> None:
    page = stands(stay(at(site, "mode=eval&threshold=0.35")))
    _shows(page, made_rows, 0.35)
    for threshold in (0.5, 0.9):
        go(page, f"mode=eval&threshold={threshold}")
        expect(page.locator(".threshold-value")).to_have_text(f"{threshold:.2f}")
        _shows(page, made_rows, threshold)


def _shows(page: Page, made_rows: list[Row], threshold: float) -> None:
    expected = counts(made_rows, threshold)
    smoke = expected["smoke_kept"] + expected["smoke_discarded"]
    others = expected["fp_kept"] + expected["fp_discarded"]
    kept = expected["smoke_kept"] + expected["fp_kept"]
    for name, part, whole in (
        ("Recall", expected["smoke_kept"], smoke),
        ("FP filtered", expected["fp_discarded"], others),
        ("Precision", expected["smoke_kept"], kept),
    ):
        share = _card(page, name)
        assert share[1:] == (part, whole)
        assert share[0] == pytest.approx(100 * part / whole, abs=0.05)
    lines = page.locator(".block", has_text="ECE").locator(".lines-table tbody tr").all_inner_texts()
    shown = {cells[0]: (_digits(cells[1]), float(cells[2])) for cells in (line.split() for line in lines)}
    releases = {row["release"]["api_version"] for row in made_rows if row["release"] and row["release"]["api_version"]}
    groups = {
        name: [row for row in made_rows if (row["release"] or {}).get("api_version") == name] for name in releases
    }
    for name, rows in {**groups, "all": made_rows}.items():
        labelled = [row for row in rows if row["label"] != "unknown" and row["recorded_score"] is not None]
        if labelled:
            count, error = ece(rows)
            assert shown[name][0] == count
            assert shown[name][1] == pytest.approx(error, abs=5e-4)


TABLES = (
    *FILTERS,
    "sort=-recorded_score",
    "sort=camera&match=window",
    "sort=-tubes&label=fp",
    "mode=eval&threshold=0.4&sort=outcome",
    "mode=eval&threshold=0.35&outcome=smoke-discarded&outcome=fp-kept&sort=-decision",
    "mode=eval&label=unknown&sort=-label",
)


def test_the_csv_holds_the_tables_rows_in_its_order(many: Client, stay: Stay, site: str) -> None:
    page = stay(at(site))
    link = page.locator("a.csv")
    for query in TABLES:
        go(page, query)
        expect(link).to_be_visible()
        text = many.get(link.get_attribute("href") or "").text
        lines = list(csv.DictReader(io.StringIO(text, newline="")))
        assert [line["key"] for line in lines] == page.evaluate(SHOWN_KEYS), query
        assert tally(page) == len(lines)
        for place, line in enumerate(lines[:3], start=1):
            row = row_at(page, place)
            expect(row).to_contain_text(line["started_at"][:16].replace("T", " "))
            expect(row).to_contain_text(line["camera"])
            if line["recorded_score"]:
                score = row.locator("[title]", has_text=re.compile(r"^\d\.\d{4}$")).first
                assert float(score.get_attribute("title") or "nan") == float(line["recorded_score"])


def test_nulls_come_last_both_ways_and_equal_ones_newest_first(stay: Stay, site: str, made_rows: list[Row]) -> None:
    page = stands(stay(at(site)))
    head = page.get_by_role("columnheader", name="Replayed").get_by_role("button")
    told = [row for row in made_rows if row["replayed_score"] is not None]
    untold = [row for row in made_rows if row["replayed_score"] is None]
    assert untold
    for descending in (True, False):
        head.click()
        wanted = sorted(told, key=lambda row: row["replayed_score"], reverse=descending)
        direction = "descending" if descending else "ascending"
        expect(page.get_by_role("columnheader", name="Replayed")).to_have_attribute("aria-sort", direction)
        assert page.evaluate(SHOWN_KEYS) == keys([*wanted, *untold])
