"""What a drift check tells: artifacts in Prefect, files, and events for automations."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.events import emit_event

from smokewatch.domain.drift import DriftCheck, Finding, RetrainingProposal, Severity
from smokewatch.domain.drift_modes import Mode, severity_by
from smokewatch.reports.drift_html import drift_html
from smokewatch.reports.drift_markdown import drift_markdown, drift_rows
from tasks.events import Event
from tasks.files import write_text

_WORST = 12


def tell_report(report: Mapping[str, Any]) -> None:
    """A markdown and a table artifact of a day's report."""
    create_markdown_artifact(drift_markdown(report), key="drift-report")
    create_table_artifact(table=drift_rows(report), key="drift-findings", description=str(report["title"]))


def write_report(
    report: Mapping[str, Any], thumbnails: Mapping[str, bytes], *, html: Path | None, report_file: Path | None
) -> None:
    """Write the page and report.json where they are wanted.

    Raises:
        RunError: when a file cannot be written.
    """
    if html is not None:
        write_text(html, drift_html(dict(report), thumbnails))
    if report_file is not None:
        write_text(report_file, json.dumps(report, indent=1) + "\n")


def tell_drift(check: DriftCheck, mode: Mode, run_id: str) -> None:
    """Tell automations of a day that alerts."""
    emit_event(
        event=Event.DRIFT_DETECTED,
        resource=_resource(check),
        payload={
            "day": str(check.day),
            "severity": str(severity_by(mode, check)),
            "mode": str(mode),
            "cameras": list(check.cameras),
            "baseline": check.baseline,
            "baseline_version": check.baseline_version,
            "worst": worst_findings(check),
            "quality": [f"{alarm.kind} {alarm.camera}: {alarm.detail}" for alarm in check.quality],
            "run": run_id,
        },
    )


def tell_proposal(check: DriftCheck, proposal: RetrainingProposal, deployment: str | None, run_id: str) -> None:
    """Propose retraining; whether anything runs is for an automation to decide."""
    emit_event(
        event=Event.RETRAIN_PROPOSED,
        resource=_resource(check),
        payload={
            "day": str(proposal.day),
            "since": str(proposal.day - timedelta(days=2)),
            "because": [{"metric": metric, "camera": camera} for metric, camera in proposal.because],
            "baseline": check.baseline,
            "deployment": deployment,
            "run": run_id,
        },
    )


def worst_findings(check: DriftCheck) -> list[dict[str, Any]]:
    """The worst findings that are low or more, at most 12, without their statistics."""
    return [_shortly(each) for each in check.findings if each.severity.rank >= Severity.LOW.rank][:_WORST]


def _shortly(finding: Finding) -> dict[str, Any]:
    names = ("metric", "camera", "baseline", "current", "effect", "p", "q", "n", "days")
    return {"severity": str(finding.severity), **{name: getattr(finding, name) for name in names}}


def _resource(check: DriftCheck) -> dict[str, str]:
    return {
        "prefect.resource.id": f"smokewatch.drift.{check.baseline}",
        "prefect.resource.name": f"drift from baseline {check.baseline}",
    }
