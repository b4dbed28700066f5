"""A baseline: what drift is compared with.

    store ── frame profiles, scores ──▶ a summary a day ──▶ version 1, 2, … of a name ──▶ store, or a file
    images ─────────────────────────────▲

Why: a day is unlike others only beside many ordinary days. A version never changes; checks of later days roll it on.
Requires: imported days, or a folder of images; from 14 days on something can be said, from 30 on without reservation.
No Prefect cache: summaries are kept in the catalog and made anew when what they are made of has changed.
"""

import json
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from prefect import flow

from blocks.drift import Drift
from blocks.releases import Releases
from blocks.store import Store
from smokewatch.domain.days import days_between, span
from smokewatch.domain.drift import baseline_json
from smokewatch.errors import UsageError
from smokewatch.store.drift import Selection, build_version, load_baseline, usable_days
from tasks.drift_days import read_images, summarize_days
from tasks.files import write_text
from tasks.reporting import summary_markdown
from tasks.runs import recorded_run

DAYS = 60
"""How many days, to yesterday, without a choice: as many as a rolling baseline holds."""


@flow(name="build-baseline", flow_run_name="baseline", validate_parameters=True, persist_result=False)
def build_baseline(
    name: str | None = None,
    date_from: date | None = None,
    date_to: date | None = None,
    organizations: list[str] | None = None,
    images: str | None = None,
    predictions: str | None = None,
    model: str | None = None,
    cameras: str | None = None,
    out: str | None = None,
) -> dict[str, Any]:
    """Build the next version of a baseline from UTC days, both included.

    Args:
        name: of the baseline; the settings' when left out.
        date_from: the first day; 60 days to the last one when left out, or all of a folder's.
        date_to: the last day; yesterday when left out.
        organizations: only these, by slug or name; all when left out.
        images: a folder of images instead of the store.
        predictions: a CSV or Parquet file with the images' scores, or `store`: those recorded of their sequences.
        model: an ONNX or TFLite classifier that scores the images.
        cameras: the template by which an image's path names its camera, as in docs/drift.md.
        out: a file that gets the baseline, too.

    Returns:
        The run's summary.

    Raises:
        UsageError: when the days or the configuration cannot be used, or no day is left.
        RunError: when a folder cannot be read, or the file not be written.
        StorageError: when the store cannot be read or written.
    """
    called, threshold = name or Drift.resolve().baseline, Releases.resolve().threshold
    today = datetime.now(UTC).date()
    last = date_to or (date_from if date_from and date_from >= today else today - timedelta(days=1))
    first = date_from or last - timedelta(days=DAYS - 1)
    days = days_between(first, last, today=today)
    catalog = Store.resolve().catalog()
    choice = {"organizations": organizations, "images": images, "predictions": predictions, "model": model}
    parameters = {"name": called, "date_from": str(first), "date_to": str(last), "cameras": cameras, **choice}
    with recorded_run(catalog, "baseline", parameters) as run:
        told: list[str] = []
        if images is not None:
            found, told = read_images(
                images,
                predictions=predictions,
                model=model,
                cameras=cameras,
                threshold=threshold,
                catalog=catalog,
                days=days if date_from or date_to else None,
                organizations=organizations,
            )
        else:
            with catalog.read() as connection:
                selection = Selection.called(connection, organizations, threshold=threshold)
            found = summarize_days(catalog, days, selection)
        kept, left_out = usable_days([each.summary for each in found])
        if not kept:
            raise UsageError(
                f"no day of {images or span(first, last)} has frames with profiles or scored sequences: import them"
            )
        usable = {day.day for day in kept}
        with catalog.write() as connection:
            version = build_version(
                connection,
                called,
                [each for each in found if each.summary.day in usable],
                left_out=left_out,
                run_id=run.id,
                now=datetime.now(UTC),
            )
            baseline = load_baseline(connection, version)
        if out is not None:
            write_text(Path(out), json.dumps(baseline_json(baseline)) + "\n")
        run.summary = {
            "baseline": called,
            "version": version.version,
            "days": len(kept),
            "first_day": str(baseline.first_day),
            "last_day": str(baseline.last_day),
            "left_out": dict(Counter(left_out)),
            "cameras": len(baseline.reference.cameras),
            "frames": sum(int(day.frames.sum()) for day in kept),
            "sequences": sum(int(day.sequences.sum()) for day in kept),
            "unprofiled": sum(each.unprofiled for each in found),
            **({"images": told} if told else {}),
            **({"out": out} if out else {}),
            "seconds": run.seconds(),
        }
        summary_markdown("baseline-summary", f"Baseline {called} version {version.version}", run.summary)
    return run.summary
