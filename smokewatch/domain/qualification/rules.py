"""Whether a candidate may replace the baseline: rules in one table, each with its figure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from smokewatch.domain.qualification.intervals import CONFIDENCE, sequences_needed
from smokewatch.domain.qualification.metrics import Metrics
from smokewatch.errors import UsageError


class Verdict(StrEnum):
    """Of a rule, and of all of them."""

    GO = "go"
    NO_GO = "no-go"
    UNDECIDED = "undecided"
    """The labels do not suffice."""


class RuleName(StrEnum):
    """What is asked."""

    SMOKE_LOST = "smoke_lost"
    """Is more labelled smoke lost than chance explains? Limit: the chance at or below which it is too much."""
    RECALL = "recall"
    """May the recall have fallen? Limit: by how much at most, at the stated confidence, on [0, 1]."""
    ALERTS = "alerts_a_day"
    """Are there more alerts a day, past the gate? Limit: how many more at most, relative: 0.2 is a fifth."""


DEFAULT_LIMITS: Mapping[RuleName, float] = MappingProxyType(
    {RuleName.SMOKE_LOST: 0.05, RuleName.RECALL: 0.05, RuleName.ALERTS: 0.2}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """What a rule says."""

    rule: RuleName
    verdict: Verdict
    figure: float | None
    """What is held against the limit; None: it cannot be told."""
    limit: float
    said: str
    """One line for people."""
    labels_needed: int | None = None
    """So many more labelled smoke sequences, of which the candidate loses none, would decide; None: none are needed."""


def limits_with(overrides: Mapping[str, float]) -> dict[RuleName, float]:
    """The table of limits with some of them replaced.

    Raises:
        UsageError: when a rule is unknown or a limit is out of its range.
    """
    found = dict(DEFAULT_LIMITS)
    for name, limit in overrides.items():
        if name not in tuple(RuleName):
            raise UsageError(f"qualification rule {name!r}: expected one of {', '.join(RuleName)}")
        most = float("inf") if name == RuleName.ALERTS else 1.0
        if not 0 < limit <= most:
            raise UsageError(f"qualification rule {name}: limit {limit!r}: expected more than 0 and at most {most:g}")
        found[RuleName(name)] = float(limit)
    return found


def rule_on(
    metrics: Metrics, limits: Mapping[RuleName, float] = DEFAULT_LIMITS, *, confidence: float = CONFIDENCE
) -> list[Ruling]:
    """What every rule says, in the table's order."""
    return [
        _smoke_lost(metrics, limits[RuleName.SMOKE_LOST]),
        _recall(metrics, limits[RuleName.RECALL], confidence),
        _alerts(metrics, limits[RuleName.ALERTS]),
    ]


def verdict_of(rulings: Iterable[Ruling]) -> Verdict:
    """One rule that says no is enough; go is what all of them say."""
    said = {ruling.verdict for ruling in rulings}
    return next(each for each in (Verdict.NO_GO, Verdict.UNDECIDED, Verdict.GO) if each in said)


def _smoke_lost(metrics: Metrics, limit: float) -> Ruling:
    smoke = metrics.smoke
    if not smoke.number:
        said = "no labelled smoke: nothing can be said of what is lost"
        return Ruling(rule=RuleName.SMOKE_LOST, verdict=Verdict.UNDECIDED, figure=None, limit=limit, said=said)
    chance = smoke.lost_by_chance()
    verdict = Verdict.NO_GO if chance <= limit else Verdict.GO
    said = (
        f"{smoke.lost} of {smoke.number} labelled smoke sequences lost, {smoke.gained} gained: "
        f"chance alone would do so with p = {chance:.3g}"
    )
    return Ruling(rule=RuleName.SMOKE_LOST, verdict=verdict, figure=chance, limit=limit, said=said)


def _recall(metrics: Metrics, limit: float, confidence: float) -> Ruling:
    smoke = metrics.smoke
    worst = smoke.worst_change(confidence)
    told = f"{confidence:.0%}"
    if smoke.number and worst >= -limit:
        said = f"recall has fallen by less than {-min(worst, 0.0):.3f}, at {told}"
        return Ruling(rule=RuleName.RECALL, verdict=Verdict.GO, figure=worst, limit=limit, said=said)
    if smoke.number and (best := smoke.best_change(confidence)) < -limit:
        said = f"recall has fallen by more than {-best:.3f}, at {told}"
        return Ruling(rule=RuleName.RECALL, verdict=Verdict.NO_GO, figure=best, limit=limit, said=said)
    needed = sequences_needed(limit, lost=smoke.lost, confidence=confidence) - smoke.number
    said = f"recall may have fallen by up to {-worst:.3f}, at {told}: {needed} more labelled smoke sequences are needed"
    return Ruling(
        rule=RuleName.RECALL,
        verdict=Verdict.UNDECIDED,
        figure=worst if smoke.number else None,
        limit=limit,
        said=said,
        labels_needed=needed,
    )


def _alerts(metrics: Metrics, limit: float) -> Ruling:
    change = metrics.alerts_change
    counted = f"{metrics.alerts_before:.1f} alerts a day before, {metrics.alerts_now:.1f} now"
    if change is None:
        verdict = Verdict.UNDECIDED if metrics.alerts_now or not metrics.days else Verdict.GO
        return Ruling(rule=RuleName.ALERTS, verdict=verdict, figure=None, limit=limit, said=counted)
    verdict = Verdict.NO_GO if change > limit else Verdict.GO
    return Ruling(rule=RuleName.ALERTS, verdict=verdict, figure=change, limit=limit, said=f"{counted} ({change:+.0%})")
