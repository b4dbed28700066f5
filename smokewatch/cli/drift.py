"""``smokewatch drift``: is a day unlike the days before?"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from smokewatch.cli.baseline import Cameras, Images, Model, Org, Predictions, only_with_images, predictions_named
from smokewatch.cli.commands import Day, Json
from smokewatch.cli.reading import absolute, chosen_days
from smokewatch.cli.table import table_lines
from smokewatch.domain.drift_modes import Mode
from smokewatch.errors import UsageError, printable

From = Annotated[str | None, typer.Option("--from", metavar="YYYY-MM-DD", help="First UTC day [default: yesterday].")]
To = Annotated[str | None, typer.Option("--to", metavar="YYYY-MM-DD", help="Last UTC day [default: the first].")]
_COLOURS = {
    "insufficient_data": typer.colors.BRIGHT_BLACK,
    "none": typer.colors.GREEN,
    "low": typer.colors.CYAN,
    "medium": typer.colors.YELLOW,
    "high": typer.colors.RED,
}
_HEAD = ("severity", "metric", "camera", "baseline", "current", "effect", "q", "n", "days")


def drift(
    day: Day = None,
    first: From = None,
    last: To = None,
    baseline: Annotated[
        str | None,
        typer.Option("--baseline", metavar="NAME|FILE.json", help="What to compare with [default: the settings']."),
    ] = None,
    mode: Annotated[
        Mode, typer.Option("--mode", help="Which verdict is told; strict: the fixed thresholds alone.")
    ] = Mode.CALIBRATED,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write the last day's page, whole in one file.")
    ] = None,
    report: Annotated[
        Path | None, typer.Option("--report", metavar="FILE", help="Write the last day's report.json.")
    ] = None,
    org: Org = None,
    images: Images = None,
    predictions: Predictions = None,
    model: Model = None,
    cameras: Cameras = None,
    json_: Json = False,
) -> None:
    """Check UTC days against a baseline. Data quality first, then each metric of the fleet and of every camera."""
    if last is not None and first is None and day is None:
        raise UsageError("--to says where days end: give --from too")
    date_from, date_to = chosen_days(day, first, last)
    only_with_images(images, predictions, model, cameras)

    from flows.check_drift import check_drift

    summary = check_drift(
        date_from=date_from,
        date_to=date_to,
        baseline=absolute(Path(baseline)) if baseline is not None and baseline.endswith(".json") else baseline,
        mode=mode,
        organizations=org,
        images=absolute(images),
        predictions=predictions_named(predictions),
        model=absolute(model),
        cameras=cameras,
        html=absolute(html),
        report=absolute(report),
    )
    if json_:
        sys.stdout.write(json.dumps(summary) + "\n")
        return
    for line in _lines(summary):
        typer.echo(line)


def _lines(summary: dict[str, Any]) -> Iterator[str]:
    """The verdict, what is wrong with the data, then the worst day's findings, the worst first."""
    counted = summary["worst_day"]
    if summary["days"] > 1:
        counted = f"{summary['days']} days, the worst {counted}"
    told = "; people are told" if summary["alerts"] else ""
    yield f"{_coloured(summary['severity'])}: {counted}, mode {summary['mode']}{told}"
    if summary["cameras"]:
        yield f"cameras: {printable(', '.join(summary['cameras']))}"
    if summary["retraining"]:
        yield "high on 2 of 3 days: look at the cameras, then think of retraining"
    for line in summary.get("images", ()):
        yield printable(line)
    for alarm in summary["quality_alarms"]:
        yield f"data quality: {printable(alarm)}"
    for day, why in summary["refused"].items():
        yield f"{day} not compared: {printable(why)}"
    if summary["unprofiled"]:
        yield f"{summary['unprofiled']} frames have no profile and are in no number: import their days again"
    rows = [_row(each) for each in summary["worst"]]
    head, *lines = table_lines(_HEAD, rows) if rows else ("nothing differs enough to be named",)
    yield head
    for line, row in zip(lines, rows, strict=True):
        yield _coloured(row[0]) + line[len(row[0]) :]
    if summary["days"] > 1:
        for day, severity in summary["by_day"].items():
            yield f"{day}  {_coloured(severity)}, strict {summary['strict'][day]}"
    rolled = f", rolled on to {summary['rolled_to']}" if summary["rolled_to"] else ""
    yield f"baseline {summary['baseline']} version {summary['baseline_version']}{rolled}"


def _row(finding: dict[str, Any]) -> tuple[str, ...]:
    return (
        finding["severity"],
        finding["metric"],
        finding["camera"] or "the fleet",
        f"{finding['baseline']:.3f}",
        f"{finding['current']:.3f}",
        f"{finding['effect']:+.3f}",
        f"{finding['q']:.2g}",
        str(finding["n"]),
        str(finding["days"]),
    )


def _coloured(severity: str) -> str:
    return typer.style(severity, fg=_COLOURS[severity], bold=severity in ("medium", "high"))
