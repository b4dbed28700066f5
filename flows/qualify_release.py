"""Stored sequences through another release: what would it have decided?

    store ── sequences, the windows production saw ──▶ candidate + throwaway S3 ── scores ──▶ rules ──▶ go, no-go

Why: before a release is deployed, people want to know which decisions it changes, and whether it loses smoke. It is
asked about the exact windows production saw where a replay found them, sealed as in every replay.
Requires: stored days, better replayed and labelled ones, and a runtime for releases. No Prefect cache: the ledger
knows every computation ever made, so another set of rules or thresholds costs nothing.
"""

from collections import Counter
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
from prefect import flow
from prefect.events import emit_event
from prefect.runtime import flow_run

from blocks.qualification import Qualification
from blocks.releases import Releases
from blocks.store import Store
from smokewatch.domain.days import days_between, span
from smokewatch.domain.qualification import limits_with
from smokewatch.domain.releases import valid_api_version
from smokewatch.domain.risk import gate_with
from smokewatch.errors import RunError, UsageError
from smokewatch.settings import load_settings
from smokewatch.store.qualifications import save_qualification
from smokewatch.store.sequences import load_sequences
from tasks.cases import Release
from tasks.events import Event
from tasks.progress import Progress
from tasks.qualifying.judging import ScoreOf, compare_sides, of_release, recorded
from tasks.qualifying.reporting import qualification_artifacts, report_on, write_report
from tasks.qualifying.scoring import Scores, score_subjects
from tasks.qualifying.subjects import find_subjects
from tasks.replaying import Replayer, resolve_release
from tasks.runs import clear_run, recorded_run
from tasks.runtimes import open_runtime
from tasks.stacks.stacks import OpenStacks

RECORDED = "recorded"
"""The baseline that is what production decided."""


def _name() -> str:
    parameters = flow_run.parameters
    return f"qualify {parameters['candidate']} {span(parameters['date_from'], parameters.get('date_to'))}"


@flow(
    name="qualify-release",
    flow_run_name=_name,
    validate_parameters=True,
    persist_result=False,
    on_cancellation=[clear_run],
    on_crashed=[clear_run],
)
def qualify_release(
    candidate: str,
    date_from: date,
    date_to: date | None = None,
    baseline: str = RECORDED,
    sequences: list[int] | None = None,
    threshold: float | None = None,
    html: str | None = None,
    report_file: str | None = None,
) -> dict[str, Any]:
    """Ask a release about the stored sequences that started on UTC days, both included, and judge it by rules.

    Args:
        candidate: the temporal API version to qualify.
        date_from: the first day.
        date_to: the last day; the first one when left out.
        baseline: ``recorded``, what production decided, or another temporal API version.
        sequences: only these ids.
        threshold: a candidate's score at or above is kept; left out: above production's, strictly, as production does.
        html: where the page is written, whole in one file.
        report_file: where the report is written as JSON.

    Returns:
        The run's summary, under ``report`` all of it.

    Raises:
        UsageError: when the days or the configuration cannot be used.
        RunError: when a release does not run, or is not what it was.
        StorageError: when the store cannot be read or written.
    """
    days = days_between(date_from, date_to or date_from, today=datetime.now(UTC).date())
    for version in {candidate, baseline} - {RECORDED}:
        if not valid_api_version(version):
            raise UsageError(f"{version!r} is no temporal API version")
    if threshold is not None and not 0 <= threshold <= 1:
        raise UsageError(f"threshold {threshold!r}: expected a number from 0 to 1")
    store, releases, rules = Store.resolve(), Releases.resolve(), Qualification.resolve()
    limits = limits_with(rules.limits)
    catalog = store.catalog()
    parameters = {
        "candidate": candidate,
        "baseline": baseline,
        "date_from": str(days[0]),
        "date_to": str(days[-1]),
        "sequences": sequences,
        "threshold": threshold,
    }
    with (
        open_runtime(releases, catalog) as runtime,
        recorded_run(catalog, "qualify", parameters) as run,
        OpenStacks() as stacks,
    ):
        with catalog.read() as connection:
            found = load_sequences(connection, first_day=days[0], last_day=days[-1], ids=sequences)
        subjects, dropped = find_subjects(catalog, releases, found)
        sides = 1 if baseline == RECORDED else 2
        with Progress("qualify-progress", _name(), sides * len(subjects)) as progress:
            replayer = Replayer(catalog, store.frame_store(), releases, runtime, stacks, progress, run.id)
            release = _release(replayer, candidate)
            asked = score_subjects(replayer, release, subjects)
            before: ScoreOf = recorded
            against: tuple[Release, Scores] | None = None
            if baseline != RECORDED:
                against = (other := _release(replayer, baseline)), score_subjects(replayer, other, subjects)
                before = of_release(against[1])
        # Production keeps what is above its threshold, strictly.
        production = float(np.nextafter(releases.threshold, 2))
        compared = compare_sides(
            catalog,
            subjects,
            before,
            of_release(asked),
            thresholds=(production, production if threshold is None else threshold),
            gate=gate_with(load_settings().risk_thresholds),
        )
        facts = {
            "first_day": str(days[0]),
            "last_day": str(days[-1]),
            "sequences": len(found),
            "dropped": {str(reason): count for reason, count in sorted((dropped + compared.dropped).items())},
            "windows": dict(Counter(str(each.window) for each in compared.subjects)),
        }
        report = report_on(
            catalog, compared, (release, asked), against, facts=facts, limits=limits, confidence=rules.confidence
        )
        cost = [scores for scores in (asked, against[1] if against else None) if scores is not None]
        run.summary = {
            "verdict": report["verdict"],
            **{name: report[name] for name in ("candidate", "baseline", "compared", "flip_counts", *facts)},
            "rules": {each["rule"]: each["verdict"] for each in report["rules"]},
            "predict_calls": sum(each.predict_calls for each in cost),
            "release_seconds": round(sum(each.release_seconds for each in cost), 3),
            "seconds": run.seconds(),
            "runtime": runtime.name,
        }
        with catalog.write() as connection:
            save_qualification(connection, report, run_id=run.id, now=datetime.now(UTC))
        write_report(report, store.frame_store(), html=html, report_file=report_file)
        qualification_artifacts(report)
        _tell(run.id, report)
    return {**run.summary, "report": report}


def _release(replayer: Replayer, version: str) -> Release:
    found = resolve_release(replayer, version)
    if isinstance(found, Release):
        return found
    raise RunError(found.detail)


def _tell(run_id: str, report: dict[str, Any]) -> None:
    """Emit ``smokewatch.release.qualified``: what was decided, and by which rules."""
    emit_event(
        event=Event.RELEASE_QUALIFIED,
        resource={"prefect.resource.id": f"smokewatch.run.{run_id}", "prefect.resource.name": "qualify"},
        payload={
            "verdict": report["verdict"],
            "candidate": report["candidate"]["reference"],
            "baseline": report["baseline"]["reference"],
            "rules": {each["rule"]: each["said"] for each in report["rules"]},
        },
    )
