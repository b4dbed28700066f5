"""A qualification as people read it in Prefect: the verdict, the rules, both releases side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from smokewatch.reports.markdown import cell, table

VERDICTS = {
    "go": "may replace the baseline",
    "no-go": "must not replace the baseline",
    "undecided": "the labels do not decide",
}
RULES = {
    "smoke_lost": "smoke lost beyond chance (p above the limit)",
    "recall": "recall not fallen by more than the limit",
    "alerts_a_day": "alerts a day not up by more than the limit",
}


def qualification_markdown(report: Mapping[str, Any]) -> str:
    """The report's main points, one screen."""
    candidate, baseline, counts = report["candidate"], report["baseline"], report["flip_counts"]
    days = report["first_day"] + ("" if report["first_day"] == report["last_day"] else f" to {report['last_day']}")
    blocks = [
        f"# {report['verdict']}: {cell(candidate['reference'])} {VERDICTS[report['verdict']]}",
        f"{report['compared']:,} sequences of {days}, against {cell(baseline['reference'])}: "
        f"**{counts['keep_to_discard']:,} lost**, **{counts['discard_to_keep']:,} gained**.",
        table(
            ("rule", "says", "figure", "limit", "why"),
            [
                (RULES[each["rule"]], each["verdict"], _number(each["figure"]), _number(each["limit"]), each["said"])
                for each in report["rules"]
            ],
        ),
        "## Side by side",
        table(("", "baseline", "candidate", "change, its interval"), _sides(report["metrics"])),
    ]
    if (advice := report["advice"]) is not None:
        then = advice["metrics"]
        blocks.append(
            f"At threshold **{advice['threshold']:.6f}** the candidate keeps as much labelled smoke as the baseline, "
            f"with {then['alerts_a_day']['candidate']:.1f} alerts a day."
        )
    left_out = ", ".join(f"{reason}: {count}" for reason, count in report["dropped"].items())
    if left_out:
        blocks.append(f"Not compared: {left_out}.")
    return "\n\n".join(blocks) + "\n"


def _sides(metrics: Mapping[str, Any]) -> list[tuple[str, ...]]:
    before, now, alerts = metrics["baseline"], metrics["candidate"], metrics["alerts_a_day"]
    changes = {"recall": metrics["smoke"], "false_positive_rate": metrics["false_positives"], "precision": None}
    rows = [
        (name.replace("_", " "), _share(before[name]), _share(now[name]), _change(changes[name])) for name in changes
    ]
    errors = (_number(side["calibration_error"]) for side in (before, now))
    change = "" if alerts["change"] is None else f"{alerts['change']:+.0%}"
    return [
        *rows,
        ("calibration error", *errors, ""),
        ("alerts a day", f"{alerts['baseline']:.1f}", f"{alerts['candidate']:.1f}", change),
    ]


def _share(share: Mapping[str, Any]) -> str:
    if share["value"] is None:
        return "none labelled"
    return f"{share['value']:.3f} ({share['count']} of {share['number']}; {share['low']:.3f} to {share['high']:.3f})"


def _change(paired: Mapping[str, Any] | None) -> str:
    if paired is None or paired["change"] is None:
        return ""
    return f"{paired['change']:+.3f} ({paired['low']:+.3f} to {paired['high']:+.3f}); McNemar p = {paired['p']:.3g}"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"
