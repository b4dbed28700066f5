"""report.html: one file, nothing outside it, whatever names say; and the markdown and rows beside it."""

from __future__ import annotations

import io
import json
import re
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest
from PIL import Image

from smokewatch.domain.drift import build_baseline, check_drift
from smokewatch.reports.drift_html import drift_html
from smokewatch.reports.drift_markdown import drift_markdown, drift_rows
from smokewatch.reports.environment import LARGEST
from tests.reports.days import DARK_CAMERA, LONG, Story, troubled_report
from tests.test_house import ROOT


class Page(HTMLParser):
    """What a browser finds in a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.texts.append((self.tags[-1][0] if self.tags else "", data))

    @property
    def embedded(self) -> Any:
        """The JSON of the report."""
        assert [attributes for tag, attributes in self.tags if tag == "script"] == [
            {"type": "application/json", "id": "report"}
        ]
        return json.loads("".join(text for tag, text in self.texts if tag == "script").strip())

    @property
    def said(self) -> str:
        """What is read."""
        return " ".join(" ".join(text for tag, text in self.texts if tag not in ("style", "script")).split())


@pytest.fixture(scope="module")
def hostile() -> dict[str, Any]:
    """A report full of names that try something."""
    return troubled_report()


@pytest.fixture(scope="module")
def thumbnails(report: dict[str, Any]) -> dict[str, bytes]:
    """24 pictures of 10 KB each."""
    pixels = np.random.default_rng(0).integers(0, 80, (135, 240, 3)).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=70)
    return {each["id"]: buffer.getvalue().ljust(10_000, b"\0") for each in report["frames"]}


def test_the_embedded_json_is_the_report(report: dict[str, Any], hostile: dict[str, Any]) -> None:
    assert Page(drift_html(report)).embedded == report
    assert Page(drift_html(hostile)).embedded == hostile


def test_it_is_small_with_24_thumbnails_and_90_days(report: dict[str, Any], thumbnails: dict[str, bytes]) -> None:
    page = drift_html(report, thumbnails)
    assert len(thumbnails) == 24
    assert set(map(len, thumbnails.values())) == {10_000}
    assert len(page.encode()) <= LARGEST == 500_000
    assert sum(tag == "img" for tag, _ in Page(page).tags) == 24


def test_what_has_no_room_or_is_no_picture_keeps_its_line(report: dict[str, Any], thumbnails: dict[str, bytes]) -> None:
    large = {name: content + bytes(40_000) for name, content in thumbnails.items()}
    large[report["frames"][0]["id"]] = b"<svg onload='alert(1)'/>"
    page = drift_html(report, large)
    pictures = [attributes["src"] for tag, attributes in Page(page).tags if tag == "img"]
    assert len(page.encode()) <= LARGEST
    assert 1 <= len(pictures) < 24
    assert all(each.startswith("data:image/jpeg;base64,") for each in pictures)
    assert page.count("no picture") == 24 - len(pictures)


def test_nothing_outside_is_named(report: dict[str, Any], thumbnails: dict[str, bytes]) -> None:
    page = Page(drift_html(report, thumbnails))
    for tag, attributes in page.tags:
        assert tag not in {"link", "iframe", "object", "embed", "base", "form", "a", "video", "audio"}
        assert not {name for name in attributes if name.startswith("on") or name in {"href", "style", "srcset"}}
        assert attributes.get("src", "data:image/").startswith("data:image/")
    style = next(text for tag, text in page.texts if tag == "style")
    assert "url(" not in style
    assert "@import" not in style
    policy = next(attributes for _, attributes in page.tags if "http-equiv" in attributes)
    assert policy["content"].startswith("default-src 'none'; style-src 'unsafe-inline'; img-src data:;")


def test_hostile_names_are_text_and_long_ones_are_cut(hostile: dict[str, Any]) -> None:
    text = drift_html(hostile)
    page = Page(text)
    assert sum(tag == "script" for tag, _ in page.tags) == 1
    assert not [tag for tag, attributes in page.tags if tag == "img" or "onerror" in attributes]
    assert "<script>alert(1)" in page.said
    assert "{{ 7 * 7 }}" in page.said
    assert "x" * 61 not in page.said
    assert "x…" in page.said
    assert LONG in hostile["quality"][0]["camera"]
    assert "\u202e" not in page.said
    assert len(text.encode()) <= LARGEST


def test_the_verdict_comes_first_then_data_quality(report: dict[str, Any], hostile: dict[str, Any]) -> None:
    said = Page(drift_html(report)).said
    parts = [
        report["verdict"]["headline"],
        *report["verdict"]["actions"],
        "calibrated mode high",
        "strict mode none",
        "model version 2.1.0",
        "decoder simulated",
        "Data quality No alarm",
        "Findings, the worst first",
        "Cameras and metrics",
        "The last days",
        "Slow drift",
        "Distributions",
        "Classes",
        "Mode strict",
        "Worst frames beside typical ones",
    ]
    places = [said.find(each) for each in parts]
    assert -1 not in places
    assert places == sorted(places)
    assert "stuck frame" in Page(drift_html(hostile)).said


def test_each_worst_frame_has_a_typical_one_of_its_camera_beside_it(report: dict[str, Any]) -> None:
    text = drift_html(report)
    pairs = [re.findall(r"<b>(worst|typical)</b> · <bdi>([^<]*)", part) for part in text.split('class="pair"')[1:]]
    assert [[kind for kind, _ in pair] for pair in pairs] == [["worst", "typical"]] * 12
    assert [pair[1][1] for pair in pairs[:6]] == [DARK_CAMERA] * 6


def test_insufficient_data_are_grey_and_named(story: Story) -> None:
    few = build_baseline("few", story.baseline.days[:10])
    page = drift_html(Story(check_drift(story.day, few), few, story.day, []).report())
    assert 'class="card verdict insufficient_data"' in page
    assert '<td class="none' not in page
    # Green is only what mode strict says, which asks for no days.
    assert page.count('class="mark none"') == 2
    tone = re.search(r"^[.]insufficient_data [{] --tone: var[(]--(\w+)[)]", page, re.MULTILINE)
    assert tone is not None
    assert tone[1] == "muted"


def test_colours_and_fonts_are_the_viewers() -> None:
    def tokens(path: str) -> dict[str, str]:
        root = (ROOT / path).read_text().split(":root {")[1].split("}")[0]
        return dict(re.findall(r"(--[\w-]+): ([^;]+);", root))

    ours, theirs = tokens("smokewatch/reports/templates/report.css"), tokens("smokewatch/viewer/static/css/base.css")
    assert len(ours) > 20
    assert ours.items() <= theirs.items()


def test_markdown_names_what_matters_and_escapes(report: dict[str, Any], hostile: dict[str, Any]) -> None:
    text = drift_markdown(report)
    assert text.splitlines()[2] == f"**▲ {report['verdict']['headline']}**"
    assert f"| Confidence | {DARK_CAMERA} | ▲ high |" in text
    assert "| severity, strict | – none |" in text
    bad = drift_markdown(hostile)
    assert re.search(r"(?<!\\)<|(?<!\\)\[a\]|(?<!\\)`|http://", bad) is None
    columns = {len(re.findall(r"(?<!\\)\|", line)) for line in bad.splitlines() if "▲" in line and line[0] == "|"}
    assert columns <= {3, 12}


def test_rows_are_the_findings(report: dict[str, Any]) -> None:
    rows = drift_rows(report)
    assert len(rows) == len(report["findings"])
    assert {name: rows[0][name] for name in ("camera", "severity", "delta", "days")} == {
        "camera": DARK_CAMERA,
        "severity": "high",
        "delta": report["findings"][0]["effect"],
        "days": 60,
    }
