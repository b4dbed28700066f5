"""What the demo shows: the day's figures, and what became of everything planted in it."""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from smokewatch.cli import demo_drift, demo_qualification
from smokewatch.cli.demo_drift import DriftStory
from smokewatch.cli.demo_notify import NotifyStory
from smokewatch.cli.demo_qualification import QualificationStory
from smokewatch.cli.demo_triage import TriageStory
from smokewatch.cli.serve import LOOPBACK, PORT
from smokewatch.domain.verdicts import Match
from smokewatch.store.catalog import Catalog
from smokewatch.store.sequences import load_sequences
from smokewatch.store.verdicts import current_verdicts

_WIDTH = 100
_RAN = {"docker": "in sealed containers", "process": "in processes of this machine"}
_EXPLAINED = {Match.EXACT, Match.WINDOW}


@dataclass(frozen=True)
class Story:
    """A finished demo."""

    facts: Mapping[str, Any]
    first_import: Mapping[str, Any]
    second_import: Mapping[str, Any]
    replay: Mapping[str, Any]
    again: Mapping[str, Any]
    became: Mapping[int, str]
    """Sequence id -> its verdict, or why it has none."""
    scored: frozenset[int]
    """Sequences that production scored."""
    triage: TriageStory
    alerts: NotifyStory
    drift: DriftStory
    qualification: QualificationStory

    @classmethod
    def of(
        cls,
        folder: Path,
        facts: Mapping[str, Any],
        first_import: Mapping[str, Any],
        second_import: Mapping[str, Any],
        replay: Mapping[str, Any],
        again: Mapping[str, Any],
        triage: TriageStory,
        alerts: NotifyStory,
        drift: DriftStory,
        qualification: QualificationStory,
    ) -> Story:
        """Read from the store what became of the day."""
        day = date.fromisoformat(facts["day"])
        catalog = Catalog.open(f"sqlite:///{folder / 'store' / 'catalog.db'}")
        with catalog.read() as connection:
            sequences = load_sequences(connection, first_day=day, last_day=day)
            verdicts = current_verdicts(connection, [(sequence.source, sequence.id) for sequence in sequences])
        catalog.close()
        became = {key[1]: row["drop_reason"] or row["verdict"] for key, row in verdicts.items()}
        scored = frozenset(each.id for each in sequences if each.outcome.temporal_model_score is not None)
        parts = (triage, alerts, drift, qualification)
        return cls(facts, first_import, second_import, replay, again, became, scored, *parts)

    def planted(self) -> dict[str, dict[str, Any]]:
        """Each planted case with its sequences, or camera, what must become of them and what did."""
        told: dict[str, dict[str, Any]] = {}
        for case in self.facts["planted"]:
            became = {str(identity): self.became.get(identity, "missing") for identity in case["sequence_ids"]}
            told[case["case"]] = {
                "says": case["says"],
                "expected": case["expect"],
                "became": became,
                "as_expected": bool(became) and all(_meets(each, case["expect"]) for each in became.values()),
            }
        told[demo_drift.CASE] = self.drift.planted()
        told[demo_qualification.CASE] = self.qualification.planted()
        return told

    @property
    def reproduced(self) -> tuple[int, int]:
        """Scored sequences that are reproduced, of all that were neither tampered with nor refused on purpose."""
        set_apart = {
            identity
            for case in self.facts["planted"]
            if case["expect"] not in ("exact_or_window", *_EXPLAINED)
            for identity in case["sequence_ids"]
        }
        must = self.scored - set_apart
        return sum(self.became.get(identity) in _EXPLAINED for identity in must), len(must)

    @property
    def as_expected(self) -> bool:
        """Whether everything became what it must, and what is known was not computed again."""
        reproduced, must = self.reproduced
        planted = all(case["as_expected"] for case in self.planted().values())
        nothing_again = self.again["predict_calls"] == 0
        parts = all(part.as_expected for part in (self.triage, self.alerts, self.drift, self.qualification))
        return planted and reproduced == must and nothing_again and parts

    def summary(self) -> dict[str, Any]:
        """What is written to ``summary.json``."""
        reproduced, must = self.reproduced
        return {
            "day": self.facts["day"],
            "sequences": self.facts["sequences"],
            "frames": self.facts["frames"],
            "import": dict(self.first_import),
            "import_again": dict(self.second_import),
            "replay": dict(self.replay),
            "replay_again": dict(self.again),
            "reproduced": reproduced,
            "scored_and_untampered": must,
            "planted": self.planted(),
            "triage": self.triage.summary(),
            "risk": self.alerts.risk_summary(),
            "notify": self.alerts.summary(),
            "drift": self.drift.summary(),
            "qualification": self.qualification.summary(),
            "as_expected": self.as_expected,
        }


def tell(story: Story, folder: Path) -> None:
    """Print what the day showed, and how to look further; the same as a picture is ``summary.svg``."""
    console = Console(record=True, width=None if sys.stdout.isatty() else _WIDTH)
    replay, again = story.replay, story.again
    reproduced, must = story.reproduced
    dropped = ", ".join(f"{count} {reason}" for reason, count in replay["dropped"].items())
    facts = Table.grid(padding=(0, 2))
    facts.add_row(
        "lived", f"{story.facts['sequences']} sequences, {story.facts['frames']} frames, {story.facts['day']}"
    )
    facts.add_row(
        "imported",
        f"{story.first_import['imported']} sequences in {story.first_import['seconds']:.1f} s; then "
        f"{story.second_import['revised']} revised, {story.second_import['outcomes']} with a new outcome, "
        f"{story.second_import['unchanged']} unchanged",
    )
    facts.add_row(
        "replayed",
        f"{replay['replayed']} of {replay['sequences']}: {replay['exact']} exact, {replay['window']} window, "
        f"{replay['unexplained']} unexplained",
    )
    facts.add_row("not replayed", dropped or "none")
    if "trigger" in replay:
        facts.add_row("trigger found", f"{replay['trigger']['enriched']} answers of older releases, by a newer one")
    facts.add_row(
        "cost", f"{replay['predict_calls']} predictions in {replay['seconds']:.1f} s, {_RAN[replay['runtime']]}"
    )
    facts.add_row("again", f"{again['predict_calls']} predictions in {again['seconds']:.1f} s")
    facts.add_row("reproduced", f"[bold]{reproduced} of {must}[/bold] scored, untampered sequences")
    console.print("\n[bold]A production day, reproduced[/bold]", facts, "")
    _print_planted(console, story)
    queue = Table.grid(padding=(0, 2))
    for row in story.triage.rows():
        queue.add_row(*row)
    console.print("\n[bold]The annotators' queue, triaged[/bold]", queue)
    people = Table.grid(padding=(0, 2))
    for row in story.alerts.rows():
        people.add_row(*row)
    console.print("\n[bold]Alerts, behind the fire risk of their day[/bold]", people)
    weeks = Table.grid(padding=(0, 2))
    for row in story.drift.rows():
        weeks.add_row(*row)
    console.print("\n[bold]The weeks before, watched for drift[/bold]", weeks)
    releases = Table.grid(padding=(0, 2))
    for row in story.qualification.rows():
        releases.add_row(*row)
    console.print("\n[bold]Tomorrow's releases, qualified[/bold]", releases)
    picture = console.export_svg(title="make demo", clear=True)
    # The picture needs nothing from the network: its fonts are the reader's own.
    (folder / "summary.svg").write_text(re.sub(r"@font-face \{.*?\}", "", picture, flags=re.DOTALL))
    console.print(
        f"\nEverything is in {folder}: summary.json and .svg, drift/report.html, qualification/, store/, production/.\n"
        f"Look further:  . {folder}/env   then\n"
        f"  smokewatch serve                    all of it in a browser: http://{LOOPBACK}:{PORT}/\n"
        f"  smokewatch replay --day {story.facts['day']}    again, from the ledger\n"
        "  smokewatch export --layout triage DIR    the worklists, and temporal-model's viewer\n"
        "  prefect server start                every run with its progress, verdict table and events\n",
        highlight=False,
    )


def _print_planted(console: Console, story: Story) -> None:
    console.print("[bold]Planted in the day, and what became of it[/bold]")
    for name, case in story.planted().items():
        counts = Counter(case["became"].values())
        shown = ", ".join(each if count == 1 else f"{count} x {each}" for each, count in counts.items())
        mark = "[green]as it must[/green]" if case["as_expected"] else f"[red]must be {case['expected']}[/red]"
        console.print(f"[cyan]{name:<24}[/cyan] {shown:<22} {mark}", highlight=False)
        console.print(Padding(f"[dim]{escape(case['says'])}[/dim]", (0, 0, 0, 4)), highlight=False)


def _meets(became: str, expected: str) -> bool:
    return became in _EXPLAINED if expected == "exact_or_window" else became == expected
