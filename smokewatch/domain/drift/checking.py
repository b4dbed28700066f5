"""A day checked against a baseline: data quality first, then every metric, in both modes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from smokewatch.domain.drift.baseline import Baseline
from smokewatch.domain.drift.daily import DaySummary
from smokewatch.domain.drift.ewma import SlowDrift, slow_drifts
from smokewatch.domain.drift.findings import Finding, Key, find
from smokewatch.domain.drift.quality import QualityAlarm, changed_sizes, quality_alarms
from smokewatch.domain.drift.severity import ALERT_N, MIN_DAYS, REMEMBERED_DAYS, SETTLED_DAYS, Severity
from smokewatch.domain.drift.strict import Pooled, StrictVerdict, strict_verdict
from smokewatch.errors import UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftCheck:
    """What became of a UTC day; JSON by :mod:`smokewatch.domain.drift.stored`."""

    day: date
    baseline: str
    baseline_version: int
    first_baseline_day: date
    last_baseline_day: date
    baseline_days: int
    decoder: str | None
    """That of the day's frames."""
    frames: int
    sequences: int
    left_out: int
    """Frames and sequences that have nothing to be compared with: other cameras, hours never seen, other sizes."""
    quality: tuple[QualityAlarm, ...]
    findings: tuple[Finding, ...]
    """The worst first."""
    slow: tuple[SlowDrift, ...]
    strict: StrictVerdict

    @property
    def severity(self) -> Severity:
        """The worst finding's. None only when every metric of the fleet was tested."""
        worst = max((finding.severity for finding in self.findings), key=lambda each: each.rank)
        if worst is Severity.NONE and any(each.reason and each.camera is None for each in self.findings):
            return Severity.INSUFFICIENT_DATA
        return worst

    @property
    def alerts(self) -> bool:
        """Whether people are told: medium or high, from 100 frames or sequences of the fleet on."""
        n = {finding.detector: finding.n for finding in self.findings if finding.camera is None}
        return any(each.severity.is_open and n[each.detector] >= ALERT_N for each in self.findings)

    @property
    def provisional(self) -> bool:
        """Whether a metric of the fleet rests on fewer than 30 baseline days: at most medium."""
        return any(each.camera is None and MIN_DAYS <= each.days < SETTLED_DAYS for each in self.findings)

    @property
    def cameras(self) -> tuple[str, ...]:
        """Cameras with a medium or high finding, the worst first; none where only the fleet as a whole has one."""
        named = (each.camera for each in self.findings if each.severity.is_open and each.camera is not None)
        return tuple(dict.fromkeys(named))


def check_drift(day: DaySummary, baseline: Baseline, *, history: Sequence[DriftCheck] = ()) -> DriftCheck:
    """Check a UTC day.

    Args:
        day: the day, which is not one of the baseline's.
        baseline: what it is compared with.
        history: earlier checks, in any order; those of the two days before count for the rule of the last three days,
            the newest one before the day carries slow drift on if its baseline has the same name.

    Raises:
        UsageError: when the day cannot be compared: another decoder, other sizes of all frames, other classes, or the
            day is in the baseline.
    """
    changed = changed_sizes(day, baseline)
    _refuse(day, baseline, changed)
    before = sorted((check for check in history if check.day < day.day), key=lambda check: check.day)
    today = baseline.reference.of_day(day, without_frames=changed)
    findings = find(baseline.reference, today, refused=changed, low_before=_low_before(day.day, before))
    slow = before[-1].slow if before and before[-1].baseline == baseline.name else ()
    return DriftCheck(
        day=day.day,
        baseline=baseline.name,
        baseline_version=baseline.version,
        first_baseline_day=baseline.first_day,
        last_baseline_day=baseline.last_day,
        baseline_days=len(baseline.days),
        decoder=day.decoder,
        frames=int(day.frames.sum()),
        sequences=int(day.sequences.sum()),
        left_out=today.left_out,
        quality=quality_alarms(day, baseline),
        findings=tuple(findings),
        slow=slow_drifts(day.day, findings, slow),
        strict=strict_verdict(baseline.pooled, Pooled.of([day])),
    )


def _refuse(day: DaySummary, baseline: Baseline, changed: Mapping[str, str]) -> None:
    where = f"{day.day} cannot be compared with baseline {baseline.name} version {baseline.version}"
    if any(earlier.day == day.day for earlier in baseline.days):
        raise UsageError(f"{where}: it is one of its days; take a baseline of earlier days")
    if None not in (day.decoder, baseline.decoder) and day.decoder != baseline.decoder:
        raise UsageError(f"{where}: profiled by {day.decoder}, not by {baseline.decoder}; profile both by one decoder")
    known = [camera for camera in day.sizes if camera in baseline.reference.sizes]
    if known and all(camera in changed for camera in known):
        detail = f"{known[0]}'s {changed[known[0]]}"
        raise UsageError(f"{where}: every camera's size differs ({detail}); build a baseline of the new size")
    if day.classes != baseline.reference.classes:
        raise UsageError(f"{where}: its classes are {day.classes}, not {baseline.reference.classes}")


def _low_before(day: date, before: Sequence[DriftCheck]) -> Counter[Key]:
    remembered = {check.day: check for check in before if check.day > day - timedelta(days=REMEMBERED_DAYS)}
    return Counter(finding.key for check in remembered.values() for finding in check.findings if finding.is_low)
