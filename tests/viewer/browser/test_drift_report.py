"""The drift report as people open it: a file on their disk, the network off."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from smokewatch.domain.drift import build_baseline, check_drift
from smokewatch.reports.drift_html import drift_html
from tests.reports.days import Story, made_story, troubled_report
from tests.viewer.browser.audits import View, audit
from tests.viewer.browser.visits import Visits

SMALL_PHONE = "360x780"


def picture(brightness: float) -> bytes:
    """A hazy landscape."""
    rows = np.linspace(220, 130, 135) * np.where(np.arange(135) < 80, 1, 0.55)
    pixels = (rows[:, None, None] * brightness * np.array([0.9, 0.97, 1.0])).repeat(240, axis=1)
    buffer = io.BytesIO()
    Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(buffer, "JPEG")
    return buffer.getvalue()


def reports() -> dict[str, dict[str, Any]]:
    """By name: high on one camera; names that try something; too few days."""
    story = made_story()
    few = build_baseline("few", story.baseline.days[:10])
    unsure = Story(check_drift(story.day, few), few, story.day, [])
    return {"high": story.report(), "hostile": troubled_report(), "insufficient": unsure.report()}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The reports as files."""
    folder, found = tmp_path_factory.mktemp("reports"), {}
    for name, report in reports().items():
        pictures = {each["id"]: picture(0.4 if each["kind"] == "worst" else 1) for each in report["frames"]}
        found[name] = folder / f"{name}.html"
        found[name].write_text(drift_html(report, pictures))
    return found


VIEW = View(sees="h1", phones=(SMALL_PHONE,), full_page=True)


@pytest.mark.parametrize("name", ["high", "hostile", "insufficient"])
def test_a_report_offline(visit: Visits, files: dict[str, Path], axe: str, shots: Path, name: str) -> None:
    page, asked = visit(offline=True), list[str]()
    page.on("request", lambda request: asked.append(request.url))
    page.goto(files[name].as_uri())
    expect(page.locator("h1")).to_be_in_viewport()
    audit(page, axe, shots, f"drift-report-{name}", VIEW)
    expect(page.locator("h1")).to_be_in_viewport()  # on the phone
    assert page.evaluate("() => [...document.images].every((image) => image.naturalWidth > 0)")
    assert [each for each in asked if not each.startswith(("file:", "data:"))] == []


def test_its_policy_allows_no_script_and_nothing_outside(visit: Visits, files: dict[str, Path]) -> None:
    visit.expect_complaints("Content Security Policy")
    page = visit(files["hostile"].as_uri())
    assert page.evaluate("() => JSON.parse(document.getElementById('report').textContent)") == troubled_report()
    refused = page.evaluate(
        """async () => {
            const refused = [];
            const both = new Promise((resolve) => document.addEventListener("securitypolicyviolation", (event) => {
                refused.push(event.effectiveDirective);
                if (refused.length === 2) resolve();
            }));
            const script = document.createElement("script");
            script.textContent = "window.ran = true";
            document.body.append(script);
            const picture = new Image();
            picture.src = "http://127.0.0.1:9/picture.png";
            await both;
            return refused.sort();
        }"""
    )
    assert refused == ["img-src", "script-src-elem"]
    assert page.evaluate("() => window.ran") is None


def test_it_prints_all_of_it_in_light(visit: Visits, files: dict[str, Path]) -> None:
    page = visit(files["high"].as_uri(), theme="dark")
    folded = page.locator("details table").first
    expect(folded).not_to_be_visible()
    page.emulate_media(media="print")
    expect(folded).to_be_visible()
    assert page.evaluate("() => getComputedStyle(document.documentElement).colorScheme") == "light"
    assert page.evaluate("() => getComputedStyle(document.querySelector('.card')).backgroundColor") == (
        "rgb(255, 255, 255)"
    )
    assert page.pdf(format="A4").startswith(b"%PDF")
