"""Counting by threshold reads narrow indexes, and no wide row for every sequence."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from httpx import Client

from smokewatch.store.catalog import Catalog


def plan(catalog: Catalog, client: Client, url: str) -> str:
    """How SQLite looks up what an address asks for, a line each step."""
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if "FROM sequences JOIN outcomes" in statement and "group" in statement:
            asked.append((statement, parameters))

    client.get("/api/sweep")  # when it answers, the snapshot has counted: it counts at a start, in a thread of its own
    sa.event.listen(catalog.engine, "before_cursor_execute", note)
    try:
        assert client.get(url).status_code == 200
    finally:
        sa.event.remove(catalog.engine, "before_cursor_execute", note)
    [(statement, parameters)] = asked  # one statement counts it all
    with catalog.read() as connection:
        steps = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
    return "\n".join(step[-1] for step in steps)


@pytest.mark.parametrize(
    ("query", "index"),
    [
        ("threshold=0.5", "outcomes USING COVERING INDEX ix_outcomes_counting"),
        ("release=0.3.0", "outcomes USING COVERING INDEX ix_outcomes_counting"),
        ("organization=alert-api:2&label=smoke&q=cam", "outcomes USING COVERING INDEX ix_outcomes_counting"),
        ("match=exact", "each USING COVERING INDEX ix_verdicts_newest"),
        ("decision=keep", "each USING COVERING INDEX ix_verdicts_newest"),
        ("reason=too_few_frames", "each USING COVERING INDEX ix_verdicts_newest"),
    ],
)
def test_what_is_counted_is_read_from_the_index(made_up_catalog: Catalog, many: Client, query: str, index: str) -> None:
    assert index in plan(made_up_catalog, many, f"/api/sweep?{query}")
