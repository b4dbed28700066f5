"""100,000 alerts behind the gate: a page of each side on SQLite and PostgreSQL, and what the counts of a day cost."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from benchmarks.listed_alerts import FIRST_DAY, SOURCE, fill
from benchmarks.pages import spread
from smokewatch.domain.risk import FwiClass
from smokewatch.store.alert_listing import list_alerts
from smokewatch.store.catalog import Catalog
from smokewatch.store.gate_counts import count_gate, count_left_out
from smokewatch.store.gated import Listing
from smokewatch.store.sequence_listing import Cursor, list_held, list_sequences
from tests.servers import postgresql_server

ROWS = 100_000
_PAGE, _PAGES, _LIMIT_MS, _TIMES = 50, 100, 20.0, 10
_DAY = FIRST_DAY + timedelta(days=60)
_LISTINGS = {
    "everything": Listing(),
    "a_day": Listing(start=_DAY, end=_DAY + timedelta(days=1)),
    "an_organization": Listing(organizations=[(SOURCE, 3)]),
    "unlabeled": Listing(unlabeled=True),
    "as_very_low": Listing(override=FwiClass.VERY_LOW),
}


def measure(rows: int = ROWS) -> dict[str, object]:
    """Fill a catalog on each database, then read pages one behind the other, as a reader does who goes on and on.

    Returns:
        SQLite's figures, and PostgreSQL's under its name.
    """
    with tempfile.TemporaryDirectory(prefix="smokewatch-alerts-") as folder:
        on_sqlite = _measured(f"sqlite:///{Path(folder, 'catalog.db')}", rows)
    with postgresql_server() as server:
        on_postgresql = _measured(server.new_database(), rows)
    return {"alerts": rows, "items_a_page": _PAGE, **on_sqlite, "postgresql": on_postgresql}


def _measured(url: str, rows: int) -> dict[str, object]:
    catalog = Catalog.open(url)
    try:
        fill(catalog, alerts=rows)
        with catalog.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(sa.text("ANALYZE"))
        with catalog.read() as connection:
            pages: dict[str, Any] = {
                f"{name}_{query.__name__.removeprefix('list_')}_page_ms": _walked(connection, query, listing)
                for name, listing in _LISTINGS.items()
                for query in (list_alerts, list_sequences, list_held)
            }
            counts = {
                f"{name}_{query.__name__}_ms": _milliseconds(partial(query, connection, _LISTINGS[name]))
                for name, query in (
                    ("a_day", count_left_out),
                    ("a_day", count_gate),
                    ("everything", count_left_out),
                    ("everything", count_gate),
                )
            }
            exact = all(_is_exact(connection, query, rows) for query in (list_alerts, list_sequences, list_held))
    finally:
        catalog.close()
    held = all(each["held"] for each in pages.values())
    return {**pages, **counts, "exact_pages": exact, "within_limits": held}


def _walked(connection: Connection, query: Callable[..., Any], listing: Listing) -> dict[str, Any]:
    """The times of so many pages, one behind the other; begun again where they end."""
    after: Cursor | None = None
    query(connection, listing, limit=_PAGE)
    times = []
    for _ in range(_PAGES):
        began = time.perf_counter()
        after = query(connection, listing, limit=_PAGE, after=after).cursor
        times.append((time.perf_counter() - began) * 1000)
    return spread(times, limit=_LIMIT_MS)


def _is_exact(connection: Connection, query: Callable[..., Any], rows: int) -> bool:
    """Whether pages one behind the other are the whole, which is read at once."""
    whole = [(each.source, each.id) for each in query(connection, Listing(), limit=10 * rows).items]
    walked: list[tuple[str, int]] = []
    page = query(connection, Listing(), limit=997)
    walked += [(each.source, each.id) for each in page.items]
    while page.cursor is not None:
        page = query(connection, Listing(), limit=997, after=page.cursor)
        walked += [(each.source, each.id) for each in page.items]
    return walked == whole


def _milliseconds(work: Callable[[], object]) -> float:
    times = []
    for _ in range(_TIMES):
        began = time.perf_counter()
        work()
        times.append((time.perf_counter() - began) * 1000)
    return round(statistics.median(times), 1)
