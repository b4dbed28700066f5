"""A store as it is after some days of operation: something of all that monitoring tells."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from smokewatch.domain.drift import Severity
from smokewatch.store import tables as t
from smokewatch.store.runs import COMPLETED, FAILED, finish_run, start_run
from tests.store.filled import Store
from tests.store.triaged import Queue, answer

NOW = datetime(2026, 8, 29, 12, tzinfo=UTC)
SEEN = NOW - timedelta(hours=3)


def operate(store: Store) -> None:
    """Fill it: two weeks of two releases, runs, a queue, messages, drift."""
    _replay(store)
    _run(store, "daily-1", "daily", hours=10, minutes=20, summary={"sequences": 6})
    _run(store, "daily-0", "daily", hours=34, minutes=5, summary={"sequences": 99})
    _run(store, "notify-1", "notify", hours=1, state=FAILED)
    _run(store, "notify-0", "notify", hours=30, minutes=1)
    queue = Queue(store.catalog, store.frames, store.folder)
    for identity, score in enumerate((0.9, 0.35, 0.1), 1):
        queue.pull(identity)
        queue.triage("0.2.0")
        queue.score(identity, {"0.2.0": answer(score)})
    queue.pull(4)
    queue.pull(5)
    queue.leave(5)
    _messages(store)
    _drift(store)


def _replay(store: Store) -> None:
    for number, (release, verdict) in enumerate(
        [("0.3.1", "exact"), ("0.4.0", "exact"), ("0.4.0", "window"), ("0.4.0", "unexplained"), ("0.4.0", "dropped")], 1
    ):
        store.sequence(number, first_detection=100 * number, api_version=release, started=SEEN)
        store.verdict(number, verdict, drop_reason="no_images" if verdict == "dropped" else None)
    store.sequence(6, first_detection=600, api_version=None, score=None, started=SEEN)
    # Long ago, and not what it was found to be first.
    store.sequence(7, first_detection=700, started=NOW - timedelta(days=40))
    store.verdict(7, "unexplained")
    store.verdict(7, "exact")


def _run(
    store: Store,
    identity: str,
    kind: str,
    *,
    hours: float,
    minutes: int = 1,
    state: str = COMPLETED,
    summary: Any = None,
) -> None:
    ended = NOW - timedelta(hours=hours)
    with store.catalog.write() as connection:
        start_run(connection, identity, kind, {}, now=ended - timedelta(minutes=minutes))
        finish_run(connection, identity, state=state, summary=summary, now=ended)


def _messages(store: Store) -> None:
    waiting = {
        "source": "alert-api", "organization_id": 2, "kind": "alert", "body": {}, "state": "waiting", "attempts": 0,
        "created_at": NOW - timedelta(minutes=20), "detail": "",
    }  # fmt: skip
    sent = waiting | {"state": "sent", "settled_at": NOW, "created_at": NOW - timedelta(days=3)}
    with store.catalog.write() as connection:
        for identity, message in enumerate((sent, sent, waiting), 1):
            connection.execute(t.outbox.insert(), message | {"alert_id": identity})


def _drift(store: Store) -> None:
    day = {"sha256": "d", "scope": "all", "day": date(2026, 8, 27), "inputs_sha256": "i", "summary": b"", "frames": 0}
    check = {
        "scope": "all", "baseline": "default", "baseline_version": 1, "day_sha256": "d", "alerts": False,
        "strict_severity": str(Severity.LOW), "proposes_retraining": False, "cameras": [], "check": b"", "run_id": "r",
        "checked_at": NOW,
    }  # fmt: skip
    newest = date(2026, 8, 27)
    with store.catalog.write() as connection:
        connection.execute(t.drift_days.insert(), day | {"sequences": 0, "summarized_at": NOW})
        # The newest check of the newest day counts, not the last one made.
        for checked, severity in ((newest, "high"), (newest, "medium"), (newest - timedelta(days=1), "none")):
            connection.execute(t.drift_checks.insert(), check | {"day": checked, "severity": severity})
