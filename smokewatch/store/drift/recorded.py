"""Days whose frames and scores were recorded elsewhere: only their summaries are here, taken in as they are."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from sqlalchemy.engine import Connection

from smokewatch.domain.drift import DaySummary, summary_from_json
from smokewatch.errors import StorageError, UsageError
from smokewatch.store.drift.days import KeptDay, inputs_of, save_days
from smokewatch.store.drift.selection import Selection


def read_recorded(path: Path) -> list[DaySummary]:
    """The days of a gzip file of JSON lines, one a day, as :func:`smokewatch.domain.drift.summary_json` makes them.

    Raises:
        StorageError: when it cannot be read, is damaged, or was made by another version of the rules.
    """
    try:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            stored = [json.loads(line) for line in lines]
    except (OSError, EOFError, ValueError) as error:
        raise StorageError(f"recorded days {path} cannot be read ({error}): record them again") from error
    return [summary_from_json(each) for each in stored]


def keep_recorded(connection: Connection, days: Sequence[DaySummary], *, now: datetime) -> None:
    """Keep recorded days of the whole store, in the caller's transaction; each counts until a sequence of it is stored.

    Raises:
        UsageError: when sequences of one of them are stored already.
    """
    everything = Selection()
    for day in days:
        if not inputs_of(connection, day.day, selection=everything).is_empty:
            raise UsageError(f"{day.day} has sequences in the store: a recorded day cannot stand for it")
    save_days(connection, [KeptDay(everything.scope, day) for day in days], now=now)
