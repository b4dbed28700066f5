"""report.json: the numbers of the check, the documented contract, and what a reader may rely on."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from smokewatch.domain.drift import DaySummary, DriftCheck, Severity, build_baseline, check_drift
from smokewatch.errors import StorageError
from smokewatch.reports.drift_html import drift_html
from smokewatch.reports.drift_markdown import drift_markdown, drift_rows
from smokewatch.reports.drift_model import SCHEMA_VERSION, DriftReport
from tests.domain.drift.days import nth, plain_day
from tests.reports.days import DARK_CAMERA, DARK_DAYS, Story

GOLDEN = Path(__file__).parent / "drift_report_shape.json"
DOCS = Path(__file__).parents[2] / "docs" / "drift.md"


def shape(value: Any) -> Any:
    """Names and types; of a list, all its items' together."""
    if isinstance(value, dict):
        return {name: shape(each) for name, each in value.items()}
    if isinstance(value, list):
        return [merged([shape(each) for each in value])]
    return "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__


def merged(shapes: list[Any]) -> Any:
    if all(isinstance(each, dict) for each in shapes):
        names = dict.fromkeys(name for each in shapes for name in each)
        return {name: merged([each[name] for each in shapes]) for name in names}
    lists = [each for each in shapes if isinstance(each, list)]
    return (
        [merged([item for each in lists for item in each])]
        if lists
        else " or ".join(sorted({name for each in shapes for name in each.split(" or ")}))
    )


def line_of(report: dict[str, Any], metric: str, camera: str | None) -> dict[str, Any]:
    found: dict[str, Any] = next(
        each for each in report["timeline"]["lines"] if (each["metric"], each["camera"]) == (metric, camera)
    )
    return found


def test_the_shape_is_the_documented_contract(story: Story, report: dict[str, Any]) -> None:
    day = replace(story.day, repeats={"camera 1": 2})
    stuck = story.report(check=check_drift(day, story.baseline, history=story.history), day=day)
    assert shape(stuck) == json.loads(GOLDEN.read_text())
    section = DOCS.read_text().split("\n## The report\n")[1].split("\n## ")[0]
    told = set(re.findall(r"^\| `([a-z_.]+)`", section, re.MULTILINE))
    assert {name.split(".")[0] for name in told} == set(report)


def test_it_comes_back_equal(report: dict[str, Any]) -> None:
    stored = json.loads(json.dumps(report, allow_nan=False))
    assert stored == report
    assert DriftReport.model_validate(stored).model_dump(mode="json") == report
    assert set(DriftReport.model_json_schema()["required"]) == set(report)


def test_it_holds_the_checks_numbers(story: Story, report: dict[str, Any]) -> None:
    check = story.check
    assert report["schema_version"] == SCHEMA_VERSION
    assert report["verdict"]["severity"] == "high"
    assert report["verdict"]["cameras"] == [DARK_CAMERA]
    assert report["verdict"]["since"] == str(check.day - timedelta(days=DARK_DAYS - 1))
    assert DARK_CAMERA in report["verdict"]["headline"]
    assert {each["camera"] for each in report["verdict"]["retraining"]} == {DARK_CAMERA}
    assert report["strict"]["severity"] == check.strict.severity
    assert report["data"]["model_versions"] == ["2.1.0"]
    assert len(report["findings"]) == len(check.findings)
    for told, finding in zip(report["findings"], check.findings, strict=True):
        assert (told["metric"], told["camera"], told["severity"]) == (*finding.key, finding.severity)
        assert (told["effect"], told["q"]) == pytest.approx((finding.effect, finding.q), rel=1e-5)
    assert report["cameras"][0]["camera"] == DARK_CAMERA
    assert sum(each["frames"] for each in report["cameras"]) == check.frames


def test_the_timeline_shows_ninety_days_and_the_alarms(story: Story, report: dict[str, Any]) -> None:
    timeline = report["timeline"]
    assert len(timeline["days"]) == 90
    assert timeline["days"][-1] == str(story.check.day)
    assert sum(timeline["in_baseline"]) == 60
    assert timeline["severities"][-1] == "high"
    assert timeline["lines"][0]["camera"] == DARK_CAMERA
    dark = line_of(report, "pixel_mean", DARK_CAMERA)
    assert all(value < dark["low"] for value in dark["values"][-DARK_DAYS:])
    assert sum(dark["low"] <= value <= dark["high"] for value in dark["values"][:60]) >= 51
    fleet = line_of(report, "pixel_mean", None)
    finding = next(each for each in report["findings"] if (each["metric"], each["camera"]) == ("pixel_mean", None))
    assert fleet["values"][-1] == pytest.approx(finding["current"], rel=1e-5)
    assert fleet["expected"] == pytest.approx(finding["baseline"], rel=1e-5)
    assert fleet["averages"][-1] == next(each["average"] for each in report["trends"] if each["metric"] == "pixel_mean")
    assert fleet["averages"][:60] == [None] * 60


@pytest.mark.parametrize("metric", ["pixel_mean", "confidence", "confidence_w1", "smoke_share"])
def test_the_band_is_the_tests_own(story: Story, metric: str) -> None:
    finding = next(each for each in story.check.findings if each.key == (metric, None))
    line = line_of(story.report(), metric, None)
    assert None not in (finding.baseline, finding.current, finding.low, finding.high)
    assert line["values"][-1] == pytest.approx(finding.current, rel=0.05)
    # Outside of it is what has p <= .05 on two sides; of W1, which is tested on one side, what has p <= .025.
    outside = not line["low"] <= line["values"][-1] <= line["high"]
    assert outside == ((finding.p or 0.0) <= (0.025 if metric == "confidence_w1" else 0.05))


def test_histograms_are_shares_of_both_sides(report: dict[str, Any]) -> None:
    names = [(each["name"], each["camera"]) for each in report["histograms"]]
    assert names == [
        ("confidence", None),
        ("confidence", DARK_CAMERA),
        *((each, None) for each in ("luma", "red", "green", "blue")),
    ]
    for each in report["histograms"]:
        assert sum(each["baseline"]) == pytest.approx(1, abs=1e-4)
        assert sum(each["current"]) == pytest.approx(1, abs=1e-4)
    fleet, camera = report["histograms"][:2]
    assert camera["wasserstein"] == pytest.approx(0.2, abs=0.06)
    assert fleet["wasserstein"] < camera["wasserstein"] / 3


def test_classes_are_counted(report: dict[str, Any], story: Story) -> None:
    smoke = next(each for each in report["classes"] if each["name"] == "smoke")
    assert smoke["current"] == int(story.day.class_counts[..., 1].sum())
    assert smoke["delta"] == pytest.approx(smoke["current_share"] - smoke["baseline_share"], abs=1e-5)


def test_too_little_is_said_and_never_none() -> None:
    baseline = build_baseline("new", [plain_day(number) for number in range(10)])
    day = plain_day(11)
    check = check_drift(day, baseline)
    report = Story(check, baseline, day, []).report(frames=[], model_versions=[])
    assert report["verdict"]["severity"] == "insufficient_data"
    assert "at least 14 are needed" in report["verdict"]["actions"][0]
    assert report["verdict"]["since"] is None
    assert all(line["low"] is None for line in report["timeline"]["lines"])
    assert "insufficient" in drift_markdown(report)


def test_a_day_without_frames_has_the_rest(story: Story) -> None:
    day = without_frames(story.day)
    check = check_drift(day, story.baseline, history=story.history)
    report = story.report(check=check, day=day)
    assert {each["name"] for each in report["histograms"]} == {"confidence"}
    assert line_of(report, "pixel_mean", None)["values"][-1] is None
    assert line_of(report, "pixel_mean", None)["values"][0] is not None
    assert line_of(report, "confidence", None)["values"][-1] is not None
    drift_html(report)


def without_frames(day: DaySummary) -> DaySummary:
    return replace(
        day,
        decoder=None,
        sizes={},
        frames=np.zeros_like(day.frames),
        image_means=np.zeros_like(day.image_means),
        image_variances=np.zeros_like(day.image_variances),
        pixel_shares=None,
    )


def test_since_survives_a_day_of_which_nothing_can_be_said(story: Story) -> None:
    before, gap = story.history[-2:]
    unsure = replace(gap, findings=tuple(replace(each, severity=Severity.INSUFFICIENT_DATA) for each in gap.findings))
    report = story.report(history=[*story.history[:-2], before, unsure])
    assert report["verdict"]["since"] == str(before.day)
    fine = replace(gap, findings=tuple(replace(each, severity=Severity.NONE) for each in gap.findings))
    report = story.report(history=[*story.history[:-2], before, fine])
    assert report["verdict"]["since"] == str(story.check.day)


def test_checks_of_another_baseline_and_later_ones_are_not_shown(story: Story) -> None:
    other = [replace(each, baseline="south") for each in story.history]
    assert sum(each is not None for each in story.report(history=other)["timeline"]["severities"]) == 1
    later: DriftCheck = replace(story.check, day=story.check.day + timedelta(days=1))
    assert story.report(history=[later])["timeline"]["days"][-1] == str(story.check.day)


def test_quality_comes_before_all(story: Story) -> None:
    day = replace(story.day, undecodable={"camera 1": 4}, nan_scores={"camera 2": 1})
    check = check_drift(day, story.baseline)
    report = story.report(check=check, day=day)
    assert [(each["kind"], each["camera"], each["count"]) for each in report["quality"]] == [
        ("undecodable", "camera 1", 4),
        ("nan_score", "camera 2", 1),
    ]
    assert report["verdict"]["actions"][0].startswith("Look at the data-quality alarms first")
    assert list(report).index("quality") < list(report).index("findings")


def test_no_drift_says_so_and_tells_of_alarms() -> None:
    baseline = build_baseline("plain", [plain_day(number) for number in range(40)])
    day = plain_day(41)
    calm = Story(check_drift(day, baseline), baseline, day, []).report(frames=[])
    assert (calm["verdict"]["headline"], calm["verdict"]["actions"]) == (f"No drift on {nth(41)}", ["Nothing to do."])
    stuck = replace(day, repeats={"a": 7})
    told = Story(check_drift(stuck, baseline), baseline, stuck, []).report(frames=[])
    assert told["verdict"]["headline"] == f"No drift on {nth(41)}, but 1 data-quality alarm"


@pytest.mark.parametrize("make", [drift_html, drift_markdown, drift_rows])
@pytest.mark.parametrize(
    ("change", "said"), [({"schema_version": 2}, "schema version 2, not 1"), ({"verdict": None}, "damaged [(]verdict")]
)
def test_another_schema_or_a_damaged_report_is_refused(
    report: dict[str, Any], make: Any, change: dict[str, Any], said: str
) -> None:
    with pytest.raises(StorageError, match=said):
        make(report | change)
