"""Baselines: named, versioned, never changed; a list of accepted days from which every expectation follows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from smokewatch.domain.drift.daily import DaySummary
from smokewatch.domain.drift.reference import Reference
from smokewatch.domain.drift.severity import Severity
from smokewatch.domain.drift.strict import Pooled
from smokewatch.errors import UsageError

ROLLING_DAYS = 60
"""A rolling baseline holds this many accepted days, the newest ones."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Baseline:
    """A version of a baseline.

    Raises:
        UsageError: when there is no day, or days come twice, out of order, or by several decoders or class lists.
    """

    name: str
    version: int
    """From 1 on; another set of days is another version."""
    days: tuple[DaySummary, ...]
    """Ascending."""

    def __post_init__(self) -> None:
        where = f"baseline {self.name} version {self.version}"
        dates = [day.day for day in self.days]
        if not dates:
            raise UsageError(f"{where} has no day: name days that were imported")
        if dates != sorted(set(dates)):
            raise UsageError(f"{where}: a day comes twice, or out of order")
        decoders = sorted({day.decoder for day in self.days if day.decoder is not None})
        if len(decoders) > 1:
            raise UsageError(f"{where}: its days were profiled by {' and '.join(decoders)}; profile them by one")
        if len({day.classes for day in self.days}) > 1:
            raise UsageError(f"{where}: its days have different classes; build it from days that share them")

    @property
    def decoder(self) -> str | None:
        """That of all its frames; None without frames."""
        return next((day.decoder for day in self.days if day.decoder is not None), None)

    @property
    def first_day(self) -> date:
        """UTC."""
        return self.days[0].day

    @property
    def last_day(self) -> date:
        """UTC."""
        return self.days[-1].day

    @cached_property
    def reference(self) -> Reference:
        """What it expects: computed once, some ten milliseconds for 60 days of 8 cameras."""
        return Reference.of(self.days, self.days[0].classes)

    @cached_property
    def pooled(self) -> Pooled:
        """Its plain numbers, for the fixed thresholds."""
        return Pooled.of(self.days)


def build_baseline(name: str, days: Iterable[DaySummary], *, version: int = 1) -> Baseline:
    """A baseline of these days, in any order.

    Raises:
        UsageError: when there is no day, or they cannot be in one baseline.
    """
    return Baseline(name=name, version=version, days=tuple(sorted(days, key=lambda day: day.day)))


def roll(baseline: Baseline, day: DaySummary, severity: Severity) -> Baseline:
    """The next version with an accepted day, or the same baseline: it is frozen while an alarm is open.

    A day is accepted when it could be tested and is below medium. The newest 60 accepted days are kept.

    Args:
        baseline: the version the day was checked against.
        day: the checked day.
        severity: that of its check.

    Raises:
        UsageError: when the day cannot be in one baseline with the others.
    """
    if severity.is_open or severity is Severity.INSUFFICIENT_DATA:
        return baseline
    return build_baseline(baseline.name, [*baseline.days[-ROLLING_DAYS + 1 :], day], version=baseline.version + 1)
