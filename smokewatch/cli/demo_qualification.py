"""What the demo shows of qualification: a release that misses smoke in haze, and one that sees through it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

CASE = "misses_haze"


@dataclass(frozen=True)
class QualificationStory:
    """A labelled day, replayed, and what becomes of two releases that were never in use."""

    facts: Mapping[str, Any]
    """Of the day and the releases, as the pretend production told them."""
    replay: Mapping[str, Any]
    misses: Mapping[str, Any]
    """The qualification of the release that misses smoke in haze."""
    sees: Mapping[str, Any]
    """Of the one that does not."""

    @classmethod
    def live(cls, folder: Path, facts: Mapping[str, Any]) -> QualificationStory:
        """Import and replay the day, then qualify both releases on it; pages go to ``folder/qualification``."""
        # Only now: Prefect reads its settings when it is imported.
        from flows.import_sequences import import_sequences
        from flows.qualify_release import qualify_release
        from flows.replay_sequences import replay_sequences

        day = date.fromisoformat(facts["day"])
        import_sequences(date_from=day)
        replay = replay_sequences(date_from=day)

        def qualified(version: str) -> dict[str, Any]:
            page = folder / "qualification" / f"{version}.html"
            summary: dict[str, Any] = qualify_release(candidate=version, date_from=day, html=str(page))
            return summary

        return cls(facts, replay, qualified(facts["misses_haze"]), qualified(facts["sees_through_haze"]))

    def checks(self) -> dict[str, bool]:
        """What must hold."""
        smoke = self.misses["report"]["metrics"]["smoke"]
        flips = self.misses["report"]["flips"]
        return {
            "every sequence is compared, in the window that production saw": self.misses["dropped"] == {}
            and set(self.misses["windows"]) == {"matched"},
            "the release that misses smoke in haze is a no-go": self.misses["verdict"] == "no-go",
            "it loses smoke, and no more than there is in haze": 0 < smoke["lost"] <= self.facts["in_haze"],
            "both releases' tubes are known of what it loses": all(each["tubes"]["baseline"] for each in flips),
            "the release that sees through haze is a go": self.sees["verdict"] == "go",
        }

    @property
    def as_expected(self) -> bool:
        """Whether all of it holds."""
        return all(self.checks().values())

    def planted(self) -> dict[str, Any]:
        """The weakness among the cases of ``planted`` in ``summary.json``."""
        candidate = self.facts["misses_haze"]
        return {
            "says": f"Release {candidate} was taught that smoke in haze is none.",
            "expected": "no-go",
            "became": {candidate: self.misses["verdict"]},
            "as_expected": self.as_expected,
        }

    def summary(self) -> dict[str, Any]:
        """``qualification`` of ``summary.json``."""
        told = ("verdict", "rules", "flip_counts", "compared", "predict_calls", "seconds", "runtime")
        return {
            "day": self.facts["day"],
            "smoke": self.facts["smoke"],
            "in_haze": self.facts["in_haze"],
            "replayed": self.replay["replayed"],
            self.facts["misses_haze"]: {name: self.misses[name] for name in told},
            self.facts["sees_through_haze"]: {name: self.sees[name] for name in told},
            "checks": self.checks(),
        }

    def rows(self) -> list[tuple[str, str]]:
        """The lines of the told story: what, and what became of it."""
        failed = [says for says, held in self.checks().items() if not held]
        return [
            (
                "asked about",
                f"{self.misses['compared']} sequences of {self.facts['day']}; {self.facts['smoke']} labelled smoke, "
                f"{self.facts['in_haze']} of them in haze",
            ),
            (self.facts["misses_haze"], self._verdict(self.misses, "red")),
            (self.facts["sees_through_haze"], self._verdict(self.sees, "green")),
            *(("[red]not as it must[/red]", says) for says in failed),
        ]

    @staticmethod
    def _verdict(summary: Mapping[str, Any], colour: str) -> str:
        rule = next(
            (each for each in summary["report"]["rules"] if each["verdict"] == "no-go"), summary["report"]["rules"][0]
        )
        return f"[bold {colour}]{summary['verdict']}[/bold {colour}]: {rule['said']}"
