"""The day's Fire Weather Index class of every camera.

    risk-api ── scores of a day, cameras as of today ──▶ risk_classes ──▶ alert listings, the gate before messages

Why: on wet days most alerts are no fire. What a class asks of a sequence is decided when it is looked at; here classes
are kept, a row a camera and day, so that past days are judged by their own. A failed refresh deletes nothing.
Requires: RISK_API_URL, RISK_API_LOGIN, RISK_API_PWD (or the RiskApi block), and the catalog. Meant for 04:00 UTC:
risk-api computes a day at 02:00. No Prefect cache: a class may be computed again.
"""

from datetime import UTC, date, datetime
from typing import Any

from prefect import flow
from prefect.runtime import flow_run

from blocks.risk_api import RiskApi
from blocks.store import Store
from smokewatch.domain.days import days_between, span
from smokewatch.errors import RunError
from tasks.refreshing import PAUSES, Refresher, refresh_days
from tasks.reporting import summary_markdown
from tasks.runs import recorded_run


def _name() -> str:
    first, last = (flow_run.parameters.get(name) for name in ("date_from", "date_to"))
    return f"risk {span(first, last)}" if first else "risk today"


@flow(name="refresh-risk", flow_run_name=_name, validate_parameters=True, persist_result=False)
def refresh_risk(date_from: date | None = None, date_to: date | None = None, again: bool = True) -> dict[str, Any]:
    """Refresh the classes of UTC days, both included.

    Args:
        date_from: the first day; today when left out.
        date_to: the last day; the first one when left out.
        again: try days that failed again, minutes later, up to three times.

    Returns:
        The run's summary.

    Raises:
        UsageError: when the days or the configuration cannot be used.
        RunError: when risk-api could not be asked about a day; all others are stored.
        StorageError: when the catalog cannot take them.
    """
    today = datetime.now(UTC).date()
    first = date_from or today
    days = days_between(first, date_to or first, today=today)
    catalog = Store.resolve().catalog()
    parameters = {"date_from": str(days[0]), "date_to": str(days[-1])}
    refresh = refresh_days.with_options(retries=len(PAUSES) if again else 0)
    with RiskApi.resolve().client() as api, recorded_run(catalog, "risk", parameters) as run:
        refresher = Refresher(api, catalog, today)
        failure: RunError | None = None
        try:
            refresh(refresher, days)
        except RunError as error:
            failure = error
        failed = {str(day): why for day, why in refresher.failed.items()}
        run.summary = {**refresher.counts.as_dict(), "failed": failed, "seconds": run.seconds()}
        summary_markdown("risk-summary", f"Fire risk {span(days[0], days[-1])}", run.summary)
        if failure is not None:
            raise failure
    return run.summary
