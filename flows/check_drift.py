"""Drift: is a day unlike the days before, where, and does it matter?

    store ── frame profiles, scores ──▶ the day in short ──▶ data quality, then tests ──▶ report, artifacts, events
    images ─────────────────────────────▲                     │
    baseline ── accepted days ───────────┘◀── an accepted day ─┘

Why: a lens that fogs or a model that loses confidence is seen days before people complain. No image is read again.
Requires: a baseline (`build_baseline`) of earlier days, and imported days or a folder of images. Events
`smokewatch.drift.detected` (medium and high) and `smokewatch.retrain.proposed` (high on 2 of 3 days) are for
automations: nothing retrains by itself. No Prefect cache: a day's newest check counts.
"""

from collections import Counter
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from prefect import flow
from prefect.runtime import flow_run

from blocks.drift import Drift
from blocks.releases import Releases
from blocks.store import Store
from smokewatch.domain.days import days_between, span
from smokewatch.domain.drift import Severity
from smokewatch.domain.drift_modes import Mode, alerts_by, severity_by
from smokewatch.errors import UsageError
from smokewatch.store.drift import KeptDay, Selection
from smokewatch.store.thumbnails import thumbnails_of
from tasks.drift_days import baseline_of, read_images
from tasks.drift_telling import worst_findings, write_report
from tasks.drifting import CheckedDay, Checker, check_day
from tasks.progress import Progress
from tasks.runs import recorded_run


def _name() -> str:
    first, last = (flow_run.parameters.get(name) for name in ("date_from", "date_to"))
    return f"drift {span(first, last)}" if first else "drift"


@flow(name="check-drift", flow_run_name=_name, validate_parameters=True, persist_result=False)
def check_drift(
    date_from: date | None = None,
    date_to: date | None = None,
    baseline: str | None = None,
    mode: Mode = Mode.CALIBRATED,
    organizations: list[str] | None = None,
    images: str | None = None,
    predictions: str | None = None,
    model: str | None = None,
    cameras: str | None = None,
    html: str | None = None,
    report: str | None = None,
) -> dict[str, Any]:
    """Check UTC days, both included, one after the other.

    Args:
        date_from: the first day; yesterday when left out, or all of a folder's.
        date_to: the last day; the first one when left out.
        baseline: its name, or a .json file that holds one; the settings' when left out.
        mode: which verdict is told and alerts; both are computed.
        organizations: only these, by slug or name; the baseline's when left out.
        images: a folder of images instead of the store.
        predictions: a CSV or Parquet file with the images' scores, or `store`: those recorded of their sequences.
        model: an ONNX or TFLite classifier that scores the images.
        cameras: the template by which an image's path names its camera, as in docs/drift.md.
        html: a file that gets the last day's page.
        report: a file that gets the last day's report.json.

    Returns:
        The run's summary.

    Raises:
        UsageError: when the days or the configuration cannot be used, or no day can be compared.
        RunError: when a folder cannot be read, or a file not be written.
        StorageError: when the store cannot be read or written.
    """
    today = datetime.now(UTC).date()
    first = date_from or date_to or today - timedelta(days=1)
    days = days_between(first, date_to or first, today=today)
    settings, store, threshold = Drift.resolve(), Store.resolve(), Releases.resolve().threshold
    against = baseline_of(baseline or settings.baseline)
    catalog = store.catalog()
    choice = {"organizations": organizations, "images": images, "predictions": predictions, "model": model}
    parameters = {"baseline": baseline or settings.baseline, "mode": mode.value, "cameras": cameras, **choice}
    with (
        recorded_run(catalog, "drift", {"date_from": str(days[0]), "date_to": str(days[-1])} | parameters) as run,
        ExitStack() as held,
    ):
        folder: list[KeptDay] | None = None
        told: list[str] = []
        if images is not None:
            folder, told = read_images(
                images,
                predictions=predictions,
                model=model,
                cameras=cameras,
                threshold=threshold,
                catalog=catalog,
                days=days if date_from or date_to else None,
                organizations=organizations,
            )
        with catalog.read() as connection:
            selection = Selection.called(connection, organizations, threshold=threshold)
        checker = Checker(
            catalog=catalog,
            baseline=against,
            chosen=selection,
            mode=mode,
            deployment=settings.retrain_deployment,
            run_id=run.id,
        )
        todo = [(day, None) for day in days] if folder is None else [(each.summary.day, each) for each in folder]
        progress = held.enter_context(Progress("drift-progress", "drift", len(todo)))
        checked: list[CheckedDay] = []
        for day, kept in todo:
            result = check_day(checker, day, kept)
            progress.advance()
            if result is not None:
                checked.append(result)
        if not checked:
            raise UsageError(next(iter(checker.refused.values()), f"no image of {images} is of these days"))
        if html or report:
            ids = [frame["id"] for frame in checked[-1].report["frames"]] if html else []
            write_report(
                checked[-1].report,
                thumbnails_of(store.frame_store(), ids),
                html=Path(html) if html else None,
                report_file=Path(report) if report else None,
            )
        run.summary = {**_summary(checked, checker), **({"images": told} if told else {}), "seconds": run.seconds()}
    return run.summary


def _summary(checked: list[CheckedDay], checker: Checker) -> dict[str, Any]:
    mode, checks = checker.mode, [each.check for each in checked]
    severities = {check.day: severity_by(mode, check) for check in checks}
    worst = max(checks, key=lambda check: (severities[check.day].rank, check.day))
    rolled = [each.rolled.version for each in checked if each.rolled is not None]
    return {
        "days": len(checks),
        "severity": str(severities[worst.day]),
        "mode": str(mode),
        "alerts": sum(alerts_by(mode, check) for check in checks),
        "cameras": list(dict.fromkeys(camera for check in reversed(checks) for camera in check.cameras)),
        "quality": dict(Counter(str(alarm.kind) for check in checks for alarm in check.quality)),
        "insufficient": sum(each is Severity.INSUFFICIENT_DATA for each in severities.values()),
        "by_day": {str(day): str(severity) for day, severity in severities.items()},
        "strict": {str(check.day): str(check.strict.severity) for check in checks},
        "worst_day": str(worst.day),
        "worst": worst_findings(worst),
        "quality_alarms": [
            f"{check.day} {alarm.camera}: {alarm.detail}" for check in checks for alarm in check.quality
        ],
        "retraining": sum(each.proposal is not None for each in checked),
        "baseline": checks[-1].baseline,
        "baseline_version": checks[-1].baseline_version,
        "rolled_to": rolled[-1] if rolled else None,
        "refused": {str(day): why for day, why in checker.refused.items()},
        "unprofiled": sum(each.unprofiled for each in checked),
    }
