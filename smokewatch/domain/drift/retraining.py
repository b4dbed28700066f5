"""When to propose retraining: never after one day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from smokewatch.domain.drift.checking import DriftCheck
from smokewatch.domain.drift.findings import Key
from smokewatch.domain.drift.severity import OF_REMEMBERED, REMEMBERED_DAYS, Severity


@dataclass(frozen=True, slots=True)
class RetrainingProposal:
    """For people to decide; a camera that changed alone is looked at first."""

    day: date
    """The last UTC day."""
    because: tuple[Key, ...]
    """Metrics and cameras (None: the fleet) that were high on at least two of the last three days."""


def propose_retraining(checks: Iterable[DriftCheck]) -> RetrainingProposal | None:
    """Whether the same metric of the same camera, or of the fleet, was high on two of the last three calendar days.

    Args:
        checks: in any order, one a day; the last day is the newest one's.
    """
    by_day = {check.day: check for check in checks}
    if not by_day:
        return None
    last = max(by_day)
    days = [by_day[day] for day in by_day if day > last - timedelta(days=REMEMBERED_DAYS)]
    high = Counter(each.key for check in days for each in check.findings if each.severity is Severity.HIGH)
    because = [key for key, count in high.items() if count >= OF_REMEMBERED]
    return RetrainingProposal(last, tuple(sorted(because, key=lambda key: (key[1] or "", key[0])))) if because else None
