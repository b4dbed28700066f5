"""What the demo shows of its annotators' queue: what was pulled, how it was split, how much nobody has to look at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from smokewatch.domain.triage import Bucket, bucket
from smokewatch.store.catalog import Catalog
from smokewatch.store.triage import StoredTriage, load_triage


@dataclass(frozen=True)
class TriageStory:
    """A queue, pulled twice and triaged twice."""

    facts: Mapping[str, Any]
    """Of the annotation API, as the pretend production told them."""
    annotated: Sequence[int]
    """What people took between the two pulls."""
    pull: Mapping[str, Any]
    pull_again: Mapping[str, Any]
    triage: Mapping[str, Any]
    again: Mapping[str, Any]
    buckets: Mapping[int, Bucket]
    """Sequence id -> its bucket, of those that were scored."""
    dropped: Mapping[int, str]
    """Sequence id -> why it could not be scored."""

    @classmethod
    def of(
        cls,
        folder: Path,
        facts: Mapping[str, Any],
        annotated: Sequence[int],
        pulls: tuple[Mapping[str, Any], Mapping[str, Any]],
        triages: tuple[Mapping[str, Any], Mapping[str, Any]],
    ) -> TriageStory:
        """Read from the store what became of the queue."""
        catalog = Catalog.open(f"sqlite:///{folder / 'store' / 'catalog.db'}")
        with catalog.read() as connection:
            stored = load_triage(connection)
        catalog.close()
        assert stored is not None
        dropped = {sequence.id: reason for sequence, reason, _ in stored.drops}
        return cls(facts, annotated, *pulls, *triages, _buckets(stored), dropped)

    @property
    def waiting(self) -> int:
        """How many are in the queue in the end."""
        return int(self.facts["waiting"]) - len(self.annotated)

    @property
    def smoke(self) -> tuple[int, int]:
        """Scored sequences that show smoke: how many of them people look at, and how many there are."""
        shown = [self.buckets[each] for each in self.facts["smoke"] if each in self.buckets]
        return shown.count(Bucket.REVIEW), len(shown)

    def checks(self) -> dict[str, bool]:
        """What must hold, whatever the models say."""
        pull, triage = self.pull, self.triage
        return {
            "the first pull took the whole queue": pull["listed"] == pull["pulled"] == self.facts["waiting"],
            "the second one marked what people had annotated": self.pull_again["left"] == len(self.annotated) > 0,
            "and read nothing else again": self.pull_again["pulled"] == 0,
            "every sequence is in one bucket or dropped": triage["review"]
            + triage["unlabeled"]
            + sum(triage["dropped"].values())
            == self.waiting,
            "only those that lack a frame are dropped": sorted(self.dropped) == self.facts["missing_object"],
            "what people took is in no worklist": not self.buckets.keys() & set(self.annotated),
            "a second triage scored nothing": self.again["scored"] == 0,
        }

    @property
    def as_expected(self) -> bool:
        """Whether all of it holds."""
        return all(self.checks().values())

    def summary(self) -> dict[str, Any]:
        """Its part of ``summary.json``."""
        seen, shown = self.smoke
        return {
            "pull": dict(self.pull),
            "pull_again": dict(self.pull_again),
            "triage": dict(self.triage),
            "triage_again": dict(self.again),
            "waiting": self.waiting,
            "nobody_has_to_look_at": self.triage["unlabeled"],
            "smoke_to_review": seen,
            "smoke": shown,
            "checks": self.checks(),
        }

    def rows(self) -> list[tuple[str, str]]:
        """The lines of the told story: what, and what became of it."""
        pull, pull_again, triage = self.pull, self.pull_again, self.triage
        seen, shown = self.smoke
        dropped = ", ".join(f"{count} {reason}" for reason, count in triage["dropped"].items())
        failed = [says for says, held in self.checks().items() if not held]
        return [
            (
                "pulled",
                f"{pull['pulled']} sequences, {pull['frames']} frames in {pull['seconds']:.1f} s; "
                f"then {pull_again['left']} had left",
            ),
            (
                "scored",
                f"{triage['scored']} by {len(triage['models'])} models in {triage['seconds']:.1f} s on "
                f"{triage['device']}; again {self.again['scored']} in {self.again['seconds']:.1f} s",
            ),
            ("not scored", dropped or "none"),
            ("to review", f"{triage['review']} at or above {triage['threshold']:g}; {triage['near']} near it"),
            (
                "nobody has to look at",
                f"[bold]{triage['unlabeled']} of {self.waiting}[/bold] sequences; {seen} of {shown} that show smoke "
                "are to review",
            ),
            *(("[red]not as it must[/red]", says) for says in failed),
        ]


def _buckets(stored: StoredTriage) -> dict[int, Bucket]:
    scores = zip(stored.backlog.ids.tolist(), stored.backlog.scores.tolist(), strict=True)
    return {identity: bucket(score, stored.triage.threshold) for identity, score in scores}
