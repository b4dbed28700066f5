"""How PostgreSQL is to plan a page: once a connection, in the order of an index."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.engine import Connection


@contextmanager
def walked(connection: Connection) -> Iterator[None]:
    """Let PostgreSQL read a page as SQLite does: along the index that gives its order, until the page is full.

    It would plan the joins anew for every page, which takes longer than to read them, and where it expects too few
    rows it would read and sort them all. Only for statements that an index gives in order or that ask for none, and
    whose LIMIT is written into them: it takes one that it does not know for a tenth of all rows.

    Args:
        connection: in a transaction; later statements are planned as ever.
    """
    if connection.dialect.name != "postgresql":
        yield
        return
    connection.exec_driver_sql(
        "SELECT set_config('plan_cache_mode', 'force_generic_plan', true), set_config('enable_sort', 'off', true)"
    )
    yield
    connection.exec_driver_sql("SET LOCAL plan_cache_mode TO DEFAULT; SET LOCAL enable_sort TO DEFAULT")
