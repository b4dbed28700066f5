"""The report as one HTML file: no script, no reference to anything outside it; it prints, and fits a phone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any

from markupsafe import Markup

from smokewatch.domain.drift import Severity
from smokewatch.reports import svg, wording
from smokewatch.reports.drift_model import DriftReport, ReportFrame, read_report
from smokewatch.reports.environment import LARGEST, embedded_json, environment, that_fit
from smokewatch.reports.heat import heat_map

FEWEST_FINDINGS, MOST_FINDINGS = 8, 40
"""How many are open to see: those that are low or worse. The others fold, up to `ALL_FINDINGS`; JSON has every one."""
ALL_FINDINGS = 120
MOST_ALARMS = 40


def drift_html(report: Mapping[str, Any], thumbnails: Mapping[str, bytes] | None = None) -> str:
    """The page, at most 500 KB for up to 130 cameras; the frames that come first get the room for thumbnails.

    Args:
        report: report.json; embedded as it is, in `<script type="application/json" id="report">`.
        thumbnails: JPEG, PNG or WebP files by the ids of the report's frames.

    Raises:
        StorageError: when the report is none, or of another schema version.
    """
    read = read_report(report)
    embedded = embedded_json(report)
    room = LARGEST - len(_page(read, embedded, {}).encode())
    ids = (frame.id for pair in _pairs(read.frames) for frame in pair if frame is not None)
    return _page(read, embedded, that_fit(ids, thumbnails or {}, room))


def _page(report: DriftReport, embedded: Markup, images: Mapping[str, str]) -> str:
    bad = sum(each.severity.rank >= Severity.LOW.rank for each in report.findings)
    shown = min(max(bad, FEWEST_FINDINGS), MOST_FINDINGS)
    return _TEMPLATES.get_template("drift.html.j2").render(
        report=report,
        embedded=embedded,
        images=images,
        findings=report.findings[:shown],
        folded=report.findings[shown:ALL_FINDINGS],
        left_out=max(len(report.findings) - ALL_FINDINGS, 0),
        alarms=report.quality[:MOST_ALARMS],
        heat=heat_map(report),
        pairs=_pairs(report.frames),
        fleet={line.metric: line for line in report.timeline.lines if line.camera is None},
    )


def _pairs(frames: Sequence[ReportFrame]) -> list[tuple[ReportFrame | None, ReportFrame | None]]:
    """Each worst frame with a typical one beside it: of its camera where there is one."""
    typical = [each for each in frames if each.kind == "typical"]
    pairs: list[tuple[ReportFrame | None, ReportFrame | None]] = []
    for worst in (each for each in frames if each.kind == "worst"):
        beside = next((each for each in typical if each.camera == worst.camera), typical[0] if typical else None)
        if beside is not None:
            typical.remove(beside)
        pairs.append((worst, beside))
    return [*pairs, *zip_longest((), typical)]


_TEMPLATES = environment(svg=svg, words=wording)
