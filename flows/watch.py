"""Today's alerts into the store, and to people.

    alert-api ── today ──▶ store ── newly validated, past the gate ──▶ Slack

Why: what is meant to run every 5 minutes. A sequence is listed on the UTC day on which it began, so yesterday is
imported too as long as its smoke may be told of. When alert-api cannot be read, what is stored is told all the same.
Requires: what import-sequences and notify-alerts require. No Prefect cache: both know what is done.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from prefect import flow

from blocks.slack import Slack
from flows.import_sequences import import_sequences
from flows.notify_alerts import notify_alerts
from smokewatch.errors import RunError, SmokewatchError


@flow(name="watch", flow_run_name="watch", validate_parameters=True, persist_result=False)
def watch() -> dict[str, Any]:
    """Import today, and tell people of what is new.

    Returns:
        The summaries of both runs: ``import`` and ``notify``.

    Raises:
        UsageError, RunError, StorageError: as the two flows say; what is stored is told first.
    """
    now = datetime.now(UTC)
    first = (now - timedelta(hours=Slack.resolve().hours)).date()
    failure: SmokewatchError | None = None
    imported: dict[str, Any] = {}
    try:
        imported = import_sequences(date_from=first, date_to=now.date())
    except SmokewatchError as error:
        failure = error
    try:
        told = notify_alerts()
    except SmokewatchError as error:
        if failure is None:
            raise
        raise RunError(f"{error}; and the import failed: {failure}") from error
    if failure is not None:
        raise failure
    return {"import": imported, "notify": told}
