"""Scans in the catalog: where an unfinished walk through the ids has got to."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from smokewatch.domain.scanning import Scan
from smokewatch.store import tables as t
from smokewatch.store.catalog import upsert


def load_scan(connection: Connection, source: str, scope: str) -> Scan | None:
    """The unfinished scan of this scope, None when there is none."""
    columns = [t.scans.c[name] for name in Scan.__dataclass_fields__]
    row = connection.execute(
        sa.select(*columns).where(t.scans.c.source == source, t.scans.c.scope == scope)
    ).one_or_none()
    return None if row is None else Scan(*row)


def save_scan(connection: Connection, source: str, scope: str, scan: Scan, *, now: datetime) -> None:
    """Remember where a scan has got to, or forget it when it is done."""
    if scan.done:
        connection.execute(t.scans.delete().where(t.scans.c.source == source, t.scans.c.scope == scope))
    else:
        upsert(connection, t.scans, [{"source": source, "scope": scope, "updated_at": now, **asdict(scan)}])
