"""A qualification as one HTML file: no script, no reference to anything outside it; it prints, and fits a phone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from smokewatch.errors import StorageError
from smokewatch.reports import wording
from smokewatch.reports.environment import LARGEST, embedded_json, environment, that_fit
from smokewatch.reports.qualification_json import QUALIFICATION_SCHEMA
from smokewatch.reports.qualification_markdown import RULES, VERDICTS

PICTURED = 24
"""Flips with a picture; lost smoke comes first."""
LISTED = 200
SHIFTS = 40


class Box(NamedTuple):
    """A tube's box on the pictured frame, in percent of it."""

    side: str
    """``baseline`` or ``candidate``."""
    left: float
    top: float
    width: float
    height: float


def qualification_html(report: Mapping[str, Any], thumbnails: Mapping[str, bytes] | None = None) -> str:
    """The page, at most 500 KB where its numbers alone are not more.

    Args:
        report: as :func:`qualification_json.qualification_report` makes it; embedded as it is, in
            `<script type="application/json" id="report">`.
        thumbnails: JPEG, PNG or WebP files by the SHA-256 of a flip's pictured frame (:func:`pictured_frames`).

    Raises:
        StorageError: when the report is of another schema version.
    """
    if report.get("schema_version") != QUALIFICATION_SCHEMA:
        said = f"schema_version {report.get('schema_version')!r}, not {QUALIFICATION_SCHEMA}"
        raise StorageError(f"qualification report has {said}: qualify again")
    wanted = pictured_frames(report)
    room = LARGEST - len(_page(report, {}).encode())
    return _page(report, that_fit(wanted.values(), thumbnails or {}, room))


def pictured_frames(report: Mapping[str, Any]) -> dict[str, str]:
    """Sequence key -> SHA-256 of the frame that shows it: the last of the window that was asked about."""
    flips = [each for each in report["flips"][:PICTURED] if each.get("frames")]
    return {each["key"]: each["frames"][-1]["sha256"] for each in flips}


def _page(report: Mapping[str, Any], images: Mapping[str, str]) -> str:
    pictured = pictured_frames(report)
    return _TEMPLATES.get_template("qualification.html.j2").render(
        report=report,
        embedded=embedded_json(report),
        verdict=report["verdict"],
        headline=VERDICTS[report["verdict"]],
        rules=RULES,
        images={key: images[sha256] for key, sha256 in pictured.items() if sha256 in images},
        boxes={each["key"]: list(_boxes(each)) for each in report["flips"] if each["key"] in pictured},
        pictured=[each for each in report["flips"] if each["key"] in pictured],
        flips=report["flips"][:LISTED],
        shifts=report["score_shifts"][:SHIFTS],
    )


def _boxes(flip: Mapping[str, Any]) -> Iterator[Box]:
    """Every kept tube's last box: where both sides saw something."""
    for side, tubes in flip.get("tubes", {}).items():
        for tube in tubes or ():
            entries = [each for each in tube["entries"] if each.get("bbox")]
            if entries:
                x, y, width, height = (100 * value for value in entries[-1]["bbox"])
                yield Box(side, round(x - width / 2, 2), round(y - height / 2, 2), round(width, 2), round(height, 2))


_TEMPLATES = environment(words=wording)
