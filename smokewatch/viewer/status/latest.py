"""The sequence that was replayed last, and how many of the newest ones are explained; the heat map."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from sqlalchemy.engine import Connection

from smokewatch.errors import InvalidAnswerError
from smokewatch.store.alert_listing import organization_names
from smokewatch.store.catalog import Catalog
from smokewatch.store.replays import completed_answer
from smokewatch.store.verdicts import DROPPED
from smokewatch.store.viewing.control_room import (
    count_queue,
    count_unreplayed,
    newest_sequence_at,
    newest_times,
)
from smokewatch.store.viewing.history import LENGTHS, HistoryRow, history_row
from smokewatch.store.viewing.matching import (
    EXPLAINED,
    Cell,
    MatchRate,
    Reached,
    match_cells,
    newest_reached,
    newest_verdict,
    rates_by,
)
from smokewatch.store.viewing.sequence import SequenceRecord, load_sequence
from smokewatch.viewer.detail import shown_frames
from smokewatch.viewer.status.words import history_body, rate_body

DAYS = 30
"""The heat map and the queue look so far back from the newest of what they show."""
_LAST = (20, 50, 100)
_REACHED = 1000
_PARTS = 12
"""More organizations or releases than this do not fit the reply."""
_ROWS = 100


class Latest:
    """Takes samples of the newest verdicts; what did not change is not read again."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._state: tuple[object, ...] = ()
        self._body: dict[str, Any] = {}

    def take(self) -> dict[str, Any]:
        """One sample.

        Raises:
            StorageError: when the catalog cannot be read.
        """
        with self._catalog.read() as connection:
            newest_at = newest_sequence_at(connection)
            state = (newest_verdict(connection), newest_at, count_queue(connection))
            if state != self._state or not self._body:
                reached = newest_reached(connection, limit=_REACHED)
                row = history_row(connection, reached[0].id) if reached else None
                record = load_sequence(connection, row.source, row.sequence_id) if row else None
                names = _names(connection, reached)
                unreplayed = count_unreplayed(connection, since=newest_at - timedelta(days=DAYS)) if newest_at else 0
                self._body = {
                    "latest": None if row is None else history_body(row) | _seen(row, record),
                    "match": _match(reached, names),
                    "queue": {"unreplayed": unreplayed, **state[2]._asdict()},
                }
                self._state = state
        return self._body


class Heat:
    """Takes samples of the heat map."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._newest: int | None = None
        self._body: dict[str, Any] = {}

    def take(self) -> dict[str, Any]:
        """One sample.

        Raises:
            StorageError: when the catalog cannot be read.
        """
        with self._catalog.read() as connection:
            newest = newest_verdict(connection)
            if newest != self._newest or not self._body:
                decided = newest_times(connection).decided_at
                cells = [] if decided is None else match_cells(connection, since=decided - timedelta(days=DAYS))
                names = _names(connection, cells)
                organizations = [(f"{source}:{identity}", name) for (source, identity), name in names.items()]
                releases = sorted({each.api_version for each in cells if each.api_version}, reverse=True)
                self._body = {
                    "days": DAYS,
                    "lengths": list(LENGTHS),
                    "organization": _rows(
                        sorted(organizations, key=lambda each: each[1]),
                        cells,
                        lambda each: f"{each.source}:{each.organization_id}",
                    ),
                    "release": _rows([(each, each) for each in releases], cells, lambda each: each.api_version),
                }
                self._newest = newest
        return self._body


def _names(connection: Connection, counted: Iterable[Reached | Cell]) -> dict[tuple[str, int | None], str]:
    """What the organizations of what is counted are called."""
    known = organization_names(connection)

    def name(source: str, identity: int | None) -> str:
        return "not stored" if identity is None else known.get((source, identity)) or f"org-{identity}"

    return {(each.source, each.organization_id): name(each.source, each.organization_id) for each in counted}


def _rows(names: list[tuple[str, str]], cells: list[Cell], of: Any) -> list[dict[str, Any]]:
    counted: dict[tuple[str, int], list[int]] = defaultdict(lambda: [0, 0])
    for cell in cells:
        count = counted[of(cell), _column(cell.frames)]
        count[0] += cell.explained
        count[1] += cell.replayed
    return [
        {"value": value, "name": name, "cells": [_cell(counted.get((value, at))) for at in range(len(LENGTHS))]}
        for value, name in names[:_ROWS]
    ]


def _column(frames: int) -> int:
    return min(max(frames - int(LENGTHS[0]), 0), len(LENGTHS) - 1)


def _cell(count: list[int] | None) -> dict[str, Any] | None:
    if count is None:
        return None
    explained, replayed = count
    return {"explained": explained, "replayed": replayed, "rate": explained / replayed}


def _match(reached: list[Reached], names: dict[tuple[str, int | None], str]) -> dict[str, Any]:
    replayed = [each for each in reached if each.status != DROPPED]
    organizations = rates_by(reached, lambda each: (each.source, each.organization_id))
    releases = rates_by(reached, lambda each: each.api_version)
    kinds = rates_by(reached, lambda each: each.kind or "replay")
    return {
        "last": {str(number): rate_body(MatchRate.of(each.status for each in replayed[:number])) for number in _LAST},
        "by_organization": [
            {"source": source, "id": identity, "name": names[source, identity], **rate_body(rate)}
            for (source, identity), rate in list(organizations.items())[:_PARTS]
        ],
        "by_release": [{"api_version": name, **rate_body(rate)} for name, rate in list(releases.items())[:_PARTS]],
        "by_kind": [{"kind": name, **rate_body(rate)} for name, rate in list(kinds.items())[:_PARTS]],
        "sparkline": [int(each.status in EXPLAINED) for each in reversed(replayed[: _LAST[-1]])],
    }


def _seen(row: HistoryRow, record: SequenceRecord | None) -> dict[str, Any]:
    """The newest frame that is stored."""
    if record is None:
        return {"windows": None, "trigger_frame_index": None, "frame": None}
    verdict = record.verdicts[-1] if record.verdicts else None
    replay = record.replays.get(verdict["ledger_key"]) if verdict else None
    try:
        trigger = completed_answer(replay).trigger_frame_index if replay else None
    except InvalidAnswerError:
        trigger = None  # the sequence's own page tells that its answer is damaged
    frames = [each for each in shown_frames(f"{row.source}_{row.sequence_id}", record) if each["url"]]
    frame = frames[-1] if frames else None
    kept = ("n", "url", "width", "height", "boxes")
    return {
        "windows": len(verdict["windows"]) if verdict else None,
        "trigger_frame_index": trigger,
        "frame": None if frame is None else {name: frame[name] for name in kept},
    }
