"""alert-api's days into the store.

    alert-api ── days, or ids ──▶ listing ── new or changed ──▶ detections, frames ──▶ store

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
from smokewatch.domain.organizations import choose
from smokewatch.domain.risk import gate_with
from smokewatch.errors import UsageError
from smokewatch.settings import load_settings
from tasks.gating import report_gate
from tasks.importing.cameras import read_cameras
from tasks.importing.days import import_day
from tasks.importing.importer import ImportCounts, Importer
from tasks.importing.scan import scan_ids
from tasks.profiling import Profiler, profile_day
from tasks.reporting import summary_markdown
from tasks.runs import recorded_run


def _name() -> str:
    parameters = flow_run.parameters
    return f"import {span(parameters['date_from'], parameters.get('date_to'))}"


@flow(name="import-sequences", flow_run_name=_name, validate_parameters=True, persist_result=False)
def import_sequences(
    date_from: date,
    date_to: date | None = None,
    force: bool = False,
    organizations: list[str] | None = None,
    exclude_organizations: list[str] | None = None,
    scan: bool = False,
    from_id: int | None = None,
) -> dict[str, Any]:
    """Import the sequences that started on UTC days, both included.

    Args:
        date_from: the first day.
        date_to: the last day; the first one when left out.
        force: read detections and frames again even of sequences that did not change.
        organizations: only these, by slug or name; all when left out.
        exclude_organizations: never these, by slug or name.
        scan: walk through the ids instead of listing days: for servers older than July 2026, whose listings show an
            admin its own organization only.
        from_id: scan: the id to begin at; the newest that is known when left out.

    Returns:
        The run's summary.

    Raises:
        UsageError: when the days, the organizations or the configuration cannot be used.
        RunError: when a day cannot be listed or the store cannot take it.
    """
    days = days_between(date_from, date_to or date_from, today=datetime.now(UTC).date())
    if from_id is not None and not scan:
        raise UsageError("--from-id says where a scan begins: give --scan too")
    only, excluded = organizations or [], exclude_organizations or []
    choice = {"organizations": sorted(only), "exclude_organizations": sorted(excluded)}
    parameters = {"date_from": str(days[0]), "date_to": str(days[-1]), "force": force, "scan": scan, "from_id": from_id}
    gate = gate_with(load_settings().risk_thresholds)
    store = Store.resolve()
    catalog, frames = store.catalog(), store.frame_store()
    counts = ImportCounts()
    with (
        AlertApi.resolve().client() as api,
        Profiler(catalog) as profiler,
        recorded_run(catalog, "import", parameters | choice) as run,
    ):
        api.sign_in()
        cameras, names = read_cameras(api, catalog)
        chosen = choose(names, only=only, excluded=excluded)
        importer = Importer(api, catalog, frames, run.id, cameras, profiler, chosen, force)
        if scan:
            counts.add(scan_ids(importer, days, from_id, str(choice)))
        else:
            for day in days:
                counts.add(import_day(importer, day, days))
        for day in days:
            counts.profiles += profile_day(profiler, catalog, frames, day)
        run.summary = {"days": len(days), **counts.as_dict(), "seconds": run.seconds()}
        report_gate(catalog, days[0], days[-1], gate)
        summary_markdown("import-summary", f"Import {span(days[0], days[-1])}", run.summary)
    return run.summary
