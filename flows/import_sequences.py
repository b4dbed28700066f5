"""alert-api's days into the store.

    alert-api ── days ──▶ listing ── new or changed ──▶ detections, frames ──▶ store

Why: production keeps a number per sequence and forgets; here nothing is forgotten. Incremental: an unchanged sequence
costs its listing row, a changed one makes a revision or a dated outcome, and nothing stored is overwritten.
Requires: ALERT_API_URL, ALERT_API_LOGIN, ALERT_API_PASSWORD (or the AlertApi block), and the store.
No Prefect cache: the store knows what is known.
"""

from datetime import UTC, date, datetime
from typing import Any

from prefect import flow
from prefect.runtime import flow_run

from blocks.alert_api import AlertApi
from blocks.store import Store
from smokewatch.domain.days import days_between, span
from tasks.importing import ImportCounts, Importer, import_day, read_cameras
from tasks.reporting import summary_markdown
from tasks.runs import recorded_run


def _name() -> str:
    parameters = flow_run.parameters
    return f"import {span(parameters['date_from'], parameters.get('date_to'))}"


@flow(name="import-sequences", flow_run_name=_name, validate_parameters=True, persist_result=False)
def import_sequences(date_from: date, date_to: date | None = None, force: bool = False) -> dict[str, Any]:
    """Import the sequences that started on UTC days, both included.

    Args:
        date_from: the first day.
        date_to: the last day; the first one when left out.
        force: read detections and frames again even of sequences that did not change.

    Returns:
        The run's summary.

    Raises:
        UsageError: when the days or the configuration cannot be used.
        RunError: when a day cannot be listed or the store cannot take it.
    """
    days = days_between(date_from, date_to or date_from, today=datetime.now(UTC).date())
    store = Store.resolve()
    catalog, frames = store.catalog(), store.frame_store()
    counts = ImportCounts()
    with (
        AlertApi.resolve().client() as api,
        recorded_run(catalog, "import", {"date_from": str(days[0]), "date_to": str(days[-1]), "force": force}) as run,
    ):
        api.sign_in()
        importer = Importer(api, catalog, frames, run.id, force)
        organization_of = read_cameras(importer)
        for day in days:
            counts.add(import_day(importer, day, organization_of))
        run.summary = {"days": len(days), **counts.as_dict(), "seconds": run.seconds()}
        summary_markdown("import-summary", f"Import {span(days[0], days[-1])}", run.summary)
    return run.summary
