"""The verdict line: how bad, since when, which cameras, what to do."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from smokewatch.domain.drift import DriftCheck, RetrainingProposal, Severity, propose_retraining
from smokewatch.domain.drift.metrics import Detector
from smokewatch.domain.drift.severity import ALERT_N
from smokewatch.reports.drift_model import Because, Verdict
from smokewatch.reports.wording import SEVERITIES, named


def verdict_of(check: DriftCheck, history: Sequence[DriftCheck]) -> Verdict:
    """A check's verdict.

    Args:
        check: of the day.
        history: the checks of earlier days, in any order.
    """
    earlier = sorted((each for each in history if each.day < check.day), key=lambda each: each.day, reverse=True)
    since = _since(check, earlier)
    proposal = propose_retraining([*earlier, check])
    return Verdict(
        severity=check.severity,
        headline=_headline(check, since),
        actions=_actions(check, proposal),
        since=since,
        cameras=list(check.cameras),
        alerts=check.alerts,
        provisional=check.provisional,
        retraining=[Because(metric=metric, camera=camera) for metric, camera in proposal.because] if proposal else [],
    )


def _since(check: DriftCheck, earlier: Sequence[DriftCheck]) -> date | None:
    """First day of the run; a day of which nothing can be said does not end it."""
    if check.severity.rank < Severity.LOW.rank:
        return None
    floor = Severity.MEDIUM if check.severity.is_open else Severity.LOW
    since = check.day
    for each in earlier:
        if each.severity.rank >= floor.rank:
            since = each.day
        elif each.severity is not Severity.INSUFFICIENT_DATA:
            break
    return since


def _headline(check: DriftCheck, since: date | None) -> str:
    number = len(check.quality)
    alarms = f"{number} data-quality alarm{'s' if number > 1 else ''}"
    if check.severity is Severity.INSUFFICIENT_DATA:
        return f"Too little data on {check.day} to tell of drift{', and ' + alarms if number else ''}"
    if since is None:
        return f"No drift on {check.day}{', but ' + alarms if number else ''}"
    where = named(list(check.cameras)) or _where(check)
    when = f"on {check.day}" if since == check.day else f"since {since}"
    provisional = " (provisional)" if check.provisional else ""
    return f"{SEVERITIES[check.severity].capitalize()} drift{provisional} of {where} {when}"


def _where(check: DriftCheck) -> str:
    """Of low findings, or of the fleet's."""
    worst = [each for each in check.findings if each.severity is check.severity]
    cameras = [each.camera for each in worst if each.camera is not None]
    return named(list(dict.fromkeys(cameras))) if len(cameras) == len(worst) else "the fleet"


def _actions(check: DriftCheck, proposal: RetrainingProposal | None) -> list[str]:
    found = []
    if check.quality:
        found.append("Look at the data-quality alarms first: they explain most of what statistics would find.")
    if check.severity is Severity.INSUFFICIENT_DATA:
        reasons = [each.reason for each in check.findings if each.camera is None and each.reason]
        found.append(f"Nothing can be concluded: {'; '.join(dict.fromkeys(reasons))}.")
    elif check.severity is Severity.LOW:
        found.append("Keep watching: one low day tells nobody, a second one within three days does.")
    elif check.severity.is_open:
        found += _when_open(check)
    if proposal is not None:
        found.append(_retraining(proposal))
    return found or ["Nothing to do."]


def _when_open(check: DriftCheck) -> list[str]:
    detectors = {each.detector for each in check.findings if each.severity.is_open}
    frames = Detector.PIXELS in detectors
    looked_at = "newest frames" if frames else "newest sequences"
    why = "lens, exposure, position, weather" if frames else "scores, release, what the camera sees"
    if check.cameras:
        found = [f"Look at the {looked_at} of {named(list(check.cameras))} first: {why}."]
    else:
        found = [f"No camera stands out: look at what changed for all at once, then at the {looked_at}: {why}."]
    if not check.alerts:
        found.append(f"Nobody is told: with fewer than {ALERT_N} frames or sequences a day a finding is only shown.")
    return found


def _retraining(proposal: RetrainingProposal) -> str:
    what = "Retraining is proposed, for the same metric was high on 2 of the last 3 days; people decide."
    alone = all(camera is not None for _, camera in proposal.because)
    return f"{what} A camera that changed alone is looked at first." if alone else what
