"""Days of the store, or of a folder of images, checked against a baseline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from prefect import task
from prefect.cache_policies import NO_CACHE
from sqlalchemy.engine import Connection

from smokewatch.domain.drift import (
    Baseline,
    DriftCheck,
    RetrainingProposal,
    check_drift,
    propose_retraining,
)
from smokewatch.domain.drift_modes import Mode, alerts_by, severity_by
from smokewatch.errors import UsageError
from smokewatch.store.catalog import Catalog
from smokewatch.store.drift import (
    IMAGES,
    BaselineVersion,
    KeptDay,
    Selection,
    current_day,
    day_report,
    load_baseline,
    load_checks,
    proposed_retraining,
    roll_on,
    save_check,
    save_days,
    version_before,
)
from tasks.drift_telling import tell_drift, tell_proposal, tell_report


@dataclass(frozen=True, slots=True, eq=False)
class CheckedDay:
    """What became of a day."""

    check: DriftCheck
    report: dict[str, Any]
    proposal: RetrainingProposal | None
    rolled: BaselineVersion | None
    """The baseline's new version, where the day made one."""
    unprofiled: int
    """Contents of frames without a profile: they are in no number."""


@dataclass(frozen=True, slots=True, eq=False)
class _Against:
    baseline: Baseline
    version: BaselineVersion | None
    """None: read from a file; such a check leaves no trace in the catalog."""


@dataclass(slots=True, eq=False)
class Checker:
    """A run's choice, and where everything is."""

    catalog: Catalog
    baseline: str | Baseline
    """A name in the catalog, or what a file held."""
    chosen: Selection
    """Whose days, by which threshold; without organizations: those of the baseline."""
    mode: Mode
    deployment: str | None
    """That retrains; only named."""
    run_id: str
    refused: dict[date, str] = field(default_factory=dict)
    """Days that could not be compared, and why."""
    _unkept: list[DriftCheck] = field(default_factory=list)
    """Checks against a file, so far."""

    def check(self, day: date, images: KeptDay | None = None) -> CheckedDay:
        """Check a UTC day, keep what was found, and tell it.

        Raises:
            UsageError: when it cannot be compared.
            StorageError: when the catalog is damaged or cannot take it.
        """
        with self.catalog.read() as connection:
            against = self._against(connection, day)
            selection = self._selection(against)
            kept = images or current_day(connection, day, selection=selection)
            name = against.baseline.name
            history = self._history(connection, against, kept.scope, day)
            earlier = [each for each in history if each.day < day]
            check = check_drift(kept.summary, against.baseline, history=earlier)
            report = day_report(
                connection,
                check,
                baseline=against.baseline,
                baseline_scope=None if against.version is None else against.version.scope,
                day=kept,
                history=earlier,
                threshold=self.chosen.threshold,
            )
            said = proposed_retraining(connection, name, scope=kept.scope, day=day)
        proposal = propose_retraining([*earlier, check])
        # Told before it is kept: should this process die between, it is told twice rather than never.
        self._tell(check, [each for each in history if each.day == day])
        new = None if proposal is None else set(proposal.because) - _proposed_before(earlier, day)
        if proposal is not None and new and not said:
            tell_proposal(check, proposal, self.deployment, self.run_id)
        rolled = None
        if against.version is None:
            self._unkept.append(check)
        else:
            rolled = self._keep(check, kept, against.baseline, against.version, proposal)
        return CheckedDay(check, report, proposal, rolled, kept.unprofiled)

    def _against(self, connection: Connection, day: date) -> _Against:
        if isinstance(self.baseline, Baseline):
            return _Against(self.baseline, None)
        version = version_before(connection, self.baseline, day)
        if version is None:
            raise UsageError(
                f"no baseline {self.baseline} of days before {day}: build one with `smokewatch baseline "
                f"{self.baseline} --from … --to …`; `smokewatch baseline --list` names those that there are"
            )
        return _Against(load_baseline(connection, version), version)

    def _history(self, connection: Connection, against: _Against, scope: str, day: date) -> list[DriftCheck]:
        if against.version is None:
            return list(self._unkept)
        return load_checks(connection, against.baseline.name, scope=scope, last_day=day)

    def _selection(self, against: _Against) -> Selection:
        decoder = against.baseline.decoder
        if self.chosen.organizations is not None:
            wanted = replace(self.chosen, decoder=decoder)
            if against.version is not None and against.version.scope not in (wanted.scope, IMAGES):
                raise UsageError(
                    f"baseline {against.baseline.name} is of {against.version.scope}, not of {wanted.scope}: "
                    "build one of these organizations under another name"
                )
            return wanted
        if against.version is None or against.version.scope == IMAGES:
            return replace(self.chosen, decoder=decoder)
        return Selection.of_scope(against.version.scope, threshold=self.chosen.threshold, decoder=decoder)

    def _tell(self, check: DriftCheck, before: Sequence[DriftCheck]) -> None:
        """An alarm is told once, and again only when it has changed."""
        told = [_alarm(each, self.mode) for each in before]
        if alerts_by(self.mode, check) and _alarm(check, self.mode) not in told:
            tell_drift(check, self.mode, self.run_id)

    def _keep(
        self,
        check: DriftCheck,
        kept: KeptDay,
        baseline: Baseline,
        version: BaselineVersion,
        proposal: RetrainingProposal | None,
    ) -> BaselineVersion | None:
        now = datetime.now(UTC)
        with self.catalog.write() as connection:
            save_days(connection, [kept], now=now)
            save_check(
                connection,
                check,
                scope=kept.scope,
                day_sha256=kept.sha256,
                proposes_retraining=proposal is not None,
                run_id=self.run_id,
                now=now,
            )
            if kept.scope == IMAGES or kept.scope != version.scope:
                return None  # whoever looks at a folder does not change what days are compared with
            return roll_on(connection, version, baseline, kept, check.severity, run_id=self.run_id, now=now)


@task(name="check-day", task_run_name="check-{day}", cache_policy=NO_CACHE)
def check_day(checker: Checker, day: date, images: KeptDay | None = None) -> CheckedDay | None:
    """Check a UTC day and show its report; None where it cannot be compared, with the reason in the checker.

    Raises:
        StorageError: when the catalog is damaged or cannot take it.
    """
    try:
        checked = checker.check(day, images)
    except UsageError as error:
        checker.refused[day] = str(error)
        return None
    tell_report(checked.report)
    return checked


def _alarm(check: DriftCheck, mode: Mode) -> tuple[object, ...]:
    return alerts_by(mode, check), severity_by(mode, check), check.cameras


def _proposed_before(earlier: Sequence[DriftCheck], day: date) -> set[tuple[str, str | None]]:
    """What the days before proposed already, while it still holds."""
    proposal = propose_retraining(earlier)
    if proposal is None or proposal.day < day - timedelta(days=1):
        return set()
    return set(proposal.because)
