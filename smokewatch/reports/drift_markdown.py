"""The report as markdown and as rows of a table: what a run's artifacts show."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from smokewatch.domain.drift import Finding
from smokewatch.reports.drift_model import DriftReport, read_report
from smokewatch.reports.wording import (
    QUALITY,
    SEVERITIES,
    SYMBOLS,
    camera,
    count,
    cut,
    interval,
    metric,
    number,
    percent,
    probability,
    signed,
)

SHOWN_ROWS = 12
"""Of each table: a run shows the artifact beside many others."""

_SPECIAL = re.compile(r"([\\`*_\[\]<>|~&:@])")


def drift_markdown(report: Mapping[str, Any]) -> str:
    """The verdict, the day's facts, data quality, the worst findings, slow drift, mode strict.

    Args:
        report: report.json.

    Raises:
        StorageError: when it is none, or of another schema version.
    """
    return "\n\n".join(_parts(read_report(report))) + "\n"


def drift_rows(report: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One row a finding, the worst first.

    Args:
        report: report.json.

    Raises:
        StorageError: when it is none, or of another schema version.
    """
    return [_row(each) for each in read_report(report).findings]


def _parts(report: DriftReport) -> Iterable[str]:
    verdict, data, baseline = report.verdict, report.data, report.baseline
    yield f"# {_plain(cut(report.title))}"
    yield f"**{SYMBOLS[verdict.severity]} {_plain(verdict.headline)}**"
    yield "\n".join(f"- {_plain(each)}" for each in verdict.actions)
    facts = {
        "day": f"{report.day} UTC",
        "severity, calibrated": f"{SYMBOLS[verdict.severity]} {SEVERITIES[verdict.severity]}",
        "severity, strict": f"{SYMBOLS[report.strict.severity]} {SEVERITIES[report.strict.severity]}",
        "since": verdict.since or "–",
        "frames": count(data.frames),
        "sequences": count(data.sequences),
        "left out": count(data.left_out),
        "baseline": f"{cut(baseline.name)} version {baseline.version}, {baseline.first_day} to {baseline.last_day}, "
        f"{baseline.days} days",
        "model version": ", ".join(map(cut, data.model_versions)) or "–",
        "decoder": cut(data.decoder or "–"),
    }
    yield _table(("", ""), facts.items())
    yield "## Data quality"
    alarms = ((QUALITY[each.kind], cut(each.camera), cut(each.detail, 200)) for each in report.quality[:SHOWN_ROWS])
    yield _table(("alarm", "camera", "what"), alarms) if report.quality else "No alarm."
    yield "## Findings, the worst first"
    columns = ("metric", "camera", "severity", "baseline", "current", "delta", "95 % interval", "p", "q", "n", "D")
    yield _table(columns, map(_cells, report.findings[:SHOWN_ROWS]))
    slow = [each for each in report.trends if each.since]
    if slow:
        rows = ((metric(each.metric), signed(each.average, 2), number(each.limit, 2), each.since) for each in slow)
        yield "## Slow drift"
        yield _table(("metric", "average, SD", "limit", "since"), rows)
    shares = (
        (cut(each.name), percent(each.baseline_share), percent(each.current_share), signed(each.delta))
        for each in report.classes[:SHOWN_ROWS]
    )
    yield "## Classes"
    yield _table(("class", "baseline", "current", "delta"), shares)
    left_out = max(len(report.findings), len(report.quality)) - SHOWN_ROWS
    if left_out > 0:
        yield f"Each table shows at most {SHOWN_ROWS} rows; report.json has all."


def _cells(finding: Finding) -> tuple[object, ...]:
    return (
        metric(finding.metric) + (f" ({finding.channel})" if finding.channel else ""),
        camera(finding.camera),
        f"{SYMBOLS[finding.severity]} {SEVERITIES[finding.severity]}",
        number(finding.baseline),
        number(finding.current),
        signed(finding.effect),
        interval(finding.low, finding.high),
        probability(finding.p),
        probability(finding.q),
        finding.n,
        finding.days,
    )


def _row(finding: Finding) -> dict[str, Any]:
    return {
        "metric": finding.metric,
        "camera": camera(finding.camera),
        "severity": SEVERITIES[finding.severity],
        "baseline": finding.baseline,
        "current": finding.current,
        "delta": finding.effect,
        "low": finding.low,
        "high": finding.high,
        "p": finding.p,
        "q": finding.q,
        "n": finding.n,
        "days": finding.days,
        "channel": finding.channel.value if finding.channel else None,
        "reason": finding.reason or None,
    }


def _table(columns: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> str:
    lines = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    return "\n".join([*lines, *("| " + " | ".join(_plain(str(each)) for each in row) + " |" for row in rows)])


def _plain(text: str) -> str:
    """Text that markdown shows as it is, on one line; an address in a name becomes no link."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))
