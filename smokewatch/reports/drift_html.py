"""The report as one HTML file: no script, no reference to anything outside it; it prints, and fits a phone."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup

from smokewatch.domain.drift import Severity
from smokewatch.reports import svg, wording
from smokewatch.reports.drift_model import DriftReport, ReportFrame, read_report
from smokewatch.reports.heat import heat_map

LARGEST = 500_000
"""Bytes of a page. Thumbnails for which no room is left are named in their place."""
FEWEST_FINDINGS, MOST_FINDINGS = 8, 40
"""How many are open to see: those that are low or worse. The others fold, up to `ALL_FINDINGS`; JSON has every one."""
ALL_FINDINGS = 120
MOST_ALARMS = 40

_MEDIA = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG": "image/png", b"RIFF": "image/webp"}


def drift_html(report: Mapping[str, Any], thumbnails: Mapping[str, bytes] | None = None) -> str:
    """The page, at most 500 KB for up to 130 cameras; the frames that come first get the room for thumbnails.

    Args:
        report: report.json; embedded as it is, in `<script type="application/json" id="report">`.
        thumbnails: JPEG, PNG or WebP files by the ids of the report's frames.

    Raises:
        StorageError: when the report is none, or of another schema version.
    """
    read = read_report(report)
    embedded = htmlsafe_json_dumps(report, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    room = LARGEST - len(_page(read, embedded, {}).encode())
    return _page(read, embedded, _that_fit(read.frames, thumbnails or {}, room))


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


def _that_fit(frames: Sequence[ReportFrame], thumbnails: Mapping[str, bytes], room: int) -> dict[str, str]:
    """data: URIs by frame; the frames that come first get what room there is."""
    found: dict[str, str] = {}
    for each in (frame for pair in _pairs(frames) for frame in pair if frame is not None):
        content = thumbnails.get(each.id, b"")
        media = next((name for head, name in _MEDIA.items() if content.startswith(head)), None)
        if media is None or each.id in found:
            continue
        address = f"data:{media};base64,{base64.b64encode(content).decode()}"
        if len(address) <= room:
            found[each.id] = address
            room -= len(address)
    return found


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


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("smokewatch.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {"svg": svg, "words": wording}
    return environment


_TEMPLATES = _environment()
