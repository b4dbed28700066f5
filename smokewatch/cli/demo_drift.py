"""What the demo shows of drift: ordinary days, then a lens that fogs, and whose it is."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from smokewatch.store.drift import keep_recorded, read_recorded
from smokewatch.store.runs import COMPLETED, finish_run, start_run

CASE = "fogged_lens"
_TOLD = {"medium", "high"}


@dataclass(frozen=True)
class DriftStory:
    """Days before the day, recorded as profiles and scores, and what became of them."""

    facts: Mapping[str, Any]
    """Of these days, as the pretend production told them."""
    taken_in: Mapping[str, Any]
    """What was imported."""
    baseline: Mapping[str, Any]
    ordinary: Mapping[str, Any]
    """The check of the day after the baseline's."""
    fogged: Mapping[str, Any]
    """The checks of the days on which the lens fogged."""
    report: Mapping[str, Any]
    """Of the last one."""

    @classmethod
    def live(cls, folder: Path, facts: Mapping[str, Any]) -> DriftStory:
        """Take the recorded days in, build a baseline of the first, check the others; reports go to ``folder/drift``.

        Raises:
            StorageError: the recorded days, or the store, cannot be read.
        """
        # Only now: Prefect reads its settings when it is imported.
        from flows.build_baseline import build_baseline
        from flows.check_drift import check_drift

        taken_in = take_in(Path(facts["recorded"]))
        first, last = (date.fromisoformat(each) for each in facts["baseline"])
        baseline = build_baseline(date_from=first, date_to=last)
        ordinary = check_drift(date_from=date.fromisoformat(facts["ordinary"]))
        page, report = folder / "drift" / "report.html", folder / "drift" / "report.json"
        fogged = check_drift(
            date_from=date.fromisoformat(facts["fogged"][0]),
            date_to=date.fromisoformat(facts["fogged"][-1]),
            html=str(page),
            report=str(report),
        )
        return cls(facts, taken_in, baseline, ordinary, fogged, json.loads(report.read_text()))

    def checks(self) -> dict[str, bool]:
        """What must hold."""
        return {
            "an ordinary day alerts nobody": self.ordinary["alerts"] == 0 and not self.ordinary["cameras"],
            "every day of the fog alerts": set(self.fogged["by_day"].values()) <= _TOLD
            and self.fogged["alerts"] == len(self.facts["fogged"]),
            "the fogged camera is named, and no other": self.fogged["cameras"] == [self.facts["camera"]],
            "the report names it": self.report["verdict"]["cameras"] == [self.facts["camera"]],
        }

    @property
    def as_expected(self) -> bool:
        """Whether all of it holds."""
        return all(self.checks().values())

    def planted(self) -> dict[str, Any]:
        """The fogged lens among the cases of ``planted`` in ``summary.json``."""
        return {
            "says": f"A lens fogs for {len(self.facts['fogged'])} days: {self.facts['camera']}.",
            "expected": "named",
            "became": dict.fromkeys(self.fogged["cameras"], "named"),
            "as_expected": self.as_expected,
        }

    def summary(self) -> dict[str, Any]:
        """``drift`` of ``summary.json``."""
        return {
            **{name: self.fogged[name] for name in ("severity", "cameras", "by_day", "alerts", "retraining", "strict")},
            "taken_in": dict(self.taken_in),
            "baseline": dict(self.baseline),
            "ordinary": dict(self.ordinary["by_day"]),
            "checks": self.checks(),
        }

    def rows(self) -> list[tuple[str, str]]:
        """The lines of the told story: what, and what became of it."""
        taken, baseline, fogged = self.taken_in, self.baseline, self.fogged
        failed = [says for says, held in self.checks().items() if not held]
        days = (self.ordinary["by_day"] | fogged["by_day"]).items()
        return [
            (
                "taken in",
                f"{taken['days']} recorded days of {taken['cameras']} cameras: profiles of {taken['frames']} frames, "
                f"{taken['sequences']} scores",
            ),
            ("baseline", f"{baseline['days']} days, {baseline['first_day']} to {baseline['last_day']}"),
            ("the days after", ", ".join(f"{day[5:]} {severity}" for day, severity in days)),
            ("named", f"[bold]{', '.join(fogged['cameras']) or 'no camera'}[/bold]: {self._worst()}"),
            ("by fixed thresholds", f"{', '.join(fogged['strict'].values())}: one lens is little of the fleet's mean"),
            *([("proposed", "retraining; nothing retrains by itself")] if fogged["retraining"] else []),
            *(("[red]not as it must[/red]", says) for says in failed),
        ]

    def _worst(self) -> str:
        worst = self.fogged["worst"][0] if self.fogged["worst"] else None
        if worst is None:
            return "nothing differs"
        return f"{worst['metric']} {worst['baseline']:.2f} is now {worst['current']:.2f} (q {worst['q']:.1g})"


def take_in(recorded: Path) -> dict[str, Any]:
    """Take recorded days into the settings' store, as a run of its own.

    Returns:
        The run's summary.

    Raises:
        StorageError: the days, or the store, cannot be read.
        UsageError: the store has sequences of one of these days.
    """
    from blocks.store import Store

    days = read_recorded(recorded)
    now = datetime.now(UTC)
    summary = {
        "days": len(days),
        "first_day": str(days[0].day),
        "last_day": str(days[-1].day),
        "cameras": len({camera for day in days for camera in day.cameras}),
        "frames": sum(int(day.frames.sum()) for day in days),
        "sequences": sum(int(day.sequences.sum()) for day in days),
    }
    catalog = Store.resolve().catalog()
    run = str(uuid.uuid4())
    with catalog.write() as connection:
        start_run(connection, run, "recorded-days", {"recorded": str(recorded)}, now=now)
        keep_recorded(connection, days, now=now)
        finish_run(connection, run, state=COMPLETED, summary=summary, now=datetime.now(UTC))
    catalog.close()
    return summary
