"""A day's parts, and what a person reads of them in ten seconds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

_ALARMING = ("medium", "high")


class PartState(StrEnum):
    """What became of a part of a day."""

    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"
    """It could not be asked for yet; nothing is wrong."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a day, after its last attempt."""

    name: str
    state: PartState
    detail: str
    """One line for people: what it did, or why it did not."""
    attempts: int = 1
    look: tuple[str, ...] = ()
    """What of it a person should look at, a line each."""


def part_done(name: str, summary: Mapping[str, Any], *, attempts: int = 1) -> Part:
    """A part that went well, in few words.

    Args:
        name: ``import``, ``replay``, ``late`` (a replay of earlier days' sequences) or ``drift``.
        summary: its run's summary.
        attempts: how often it was tried.
    """
    detail, look = _WORDS[name](summary)
    return Part(name, PartState.DONE, detail, attempts, tuple(look))


def day_summary(day: date, parts: Sequence[Part]) -> dict[str, Any]:
    """The run's summary of a UTC day."""
    failed = [part.name for part in parts if part.state is PartState.FAILED]
    return {
        "day": str(day),
        "state": str(PartState.FAILED if failed else PartState.DONE),
        "failed": failed,
        "parts": {
            part.name: {"state": str(part.state), "attempts": part.attempts, "detail": part.detail} for part in parts
        },
        "look": [line for part in parts for line in part.look],
    }


def day_markdown(day: date, parts: Sequence[Part]) -> str:
    """A day for people: the verdict, what to look at, then a line a part."""
    failed = [part.name for part in parts if part.state is PartState.FAILED]
    look = [f"{part.name} failed: {part.detail}" for part in parts if part.state is PartState.FAILED]
    look += [line for part in parts for line in part.look]
    verdict = f"{' and '.join(failed)} failed" if failed else "done, look at this" if look else "all well"
    lines = [f"# {day}: {verdict}", ""]
    lines += [*(f"- {_plain(line)}" for line in look), ""] if look else []
    lines += ["| part | | |", "|---|---|---|"]
    lines += [f"| {part.name} | {_state(part)} | {_cell(part.detail)} |" for part in parts]
    return "\n".join(lines) + "\n"


def _state(part: Part) -> str:
    shown = f"**{part.state}**" if part.state is PartState.FAILED else str(part.state)
    return shown if part.attempts == 1 else f"{shown} at attempt {part.attempts}"


def _import(summary: Mapping[str, Any]) -> tuple[str, list[str]]:
    changed = summary["revised"] + summary["outcomes"]
    skipped = summary["skipped"]
    detail = f"{summary['listed']} sequences of {summary['days']} days listed: {summary['imported']} new, "
    detail += f"{changed} changed, {summary['deleted']} deleted"
    return detail, [f"{sum(skipped.values())} sequences not imported: {_counted(skipped)}"] if skipped else []


def _replay(summary: Mapping[str, Any]) -> tuple[str, list[str]]:
    counts = [f"{summary[name]} {name}" for name in ("exact", "window", "unexplained")]
    dropped = summary["dropped"]
    counts += [f"{sum(dropped.values())} dropped ({_counted(dropped)})"] if dropped else []
    look = [f"{summary['unexplained']} sequences unexplained: no window gives the recorded score"]
    return f"{summary['sequences']} sequences: {', '.join(counts)}", look if summary["unexplained"] else []


def _drift(summary: Mapping[str, Any]) -> tuple[str, list[str]]:
    where = f" on {', '.join(summary['cameras'])}" if summary["cameras"] else ""
    said = f"{summary['severity'].replace('_', ' ')}{where}"
    look = [f"drift {said}"] if summary["severity"] in _ALARMING or summary["alerts"] else []
    look += [f"data quality: {alarm}" for alarm in summary["quality_alarms"]]
    look += ["high on 2 of 3 days: think of retraining"] if summary["retraining"] else []
    return f"{said}, baseline {summary['baseline']} version {summary['baseline_version']}", look


_WORDS = {"import": _import, "replay": _replay, "late": _replay, "drift": _drift}


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items())


def _plain(text: str) -> str:
    return " ".join(text.split())


def _cell(text: str) -> str:
    # A pipe or a line break in a name must not break the table.
    return _plain(text).replace("|", "\\|")
