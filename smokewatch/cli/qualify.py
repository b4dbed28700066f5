"""``smokewatch qualify``: ask another release about stored days, and say whether it may replace the one in use."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from smokewatch.cli.commands import Day, From, Json, To, days_of, finish
from smokewatch.cli.reading import absolute

EXIT_CODES = {"go": 0, "no-go": 3, "undecided": 4}


def qualify(
    candidate: Annotated[str, typer.Argument(metavar="VERSION", help="The temporal API version to qualify.")],
    day: Day = None,
    first: From = None,
    last: To = None,
    baseline: Annotated[
        str, typer.Option("--baseline", metavar="VERSION", help="Another version, or what production recorded.")
    ] = "recorded",
    sequence: Annotated[list[int] | None, typer.Option("--sequence", help="Only this id; repeatable.")] = None,
    threshold: Annotated[
        float | None,
        typer.Option(
            "--threshold", min=0.0, max=1.0, help="The candidate keeps scores at or above [default: as production]."
        ),
    ] = None,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write the page, whole in one file.")
    ] = None,
    report: Annotated[
        Path | None, typer.Option("--report", metavar="FILE", help="Write the whole report as JSON.")
    ] = None,
    json_: Json = False,
) -> None:
    """Ask a release what it would have decided. Exit 0: go, 3: no-go, 4: undecided."""
    date_from, date_to = days_of(day, first, last)

    from flows.qualify_release import qualify_release

    summary = qualify_release(
        candidate=candidate,
        date_from=date_from,
        date_to=date_to,
        baseline=baseline,
        sequences=sequence,
        threshold=threshold,
        html=absolute(html),
        report_file=absolute(report),
    )
    whole = summary.pop("report")
    if json_:
        finish(summary, json_)
    else:
        _tell(whole)
    if code := EXIT_CODES[whole["verdict"]]:
        raise typer.Exit(code)


def _tell(report: dict[str, Any]) -> None:
    counts = report["flip_counts"]
    lines = [
        f"{report['verdict']}: {report['candidate']['reference']} against {report['baseline']['reference']}, "
        f"{report['compared']} sequences",
        *(f"  {each['verdict']:<10} {each['rule'].replace('_', ' '):<14} {each['said']}" for each in report["rules"]),
        f"{counts['keep_to_discard']} would be lost, {counts['discard_to_keep']} gained",
        *(
            f"  {each['flip'].replace('_', ' '):<16} {each['label']:<8} {each['baseline']:.6f} -> "
            f"{each['candidate']:.6f}  {each['key']}"
            for each in report["flips"][:20]
        ),
    ]
    sys.stdout.write("\n".join(lines) + "\n")
