"""The reply that tells a period of the drift screen, made again when the catalog changed."""

from __future__ import annotations

import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Any

from sqlalchemy.engine import Connection

from smokewatch.errors import StorageError
from smokewatch.store.alert_listing import organization_names
from smokewatch.store.catalog import Catalog
from smokewatch.store.drift import BaselineVersion
from smokewatch.store.drift.baselines import newest_version
from smokewatch.store.viewing.drift import (
    KnownCamera,
    Watched,
    check_rows,
    drift_state,
    known_cameras,
    list_watched,
    version_days,
)
from smokewatch.viewer.drift_asked import Asked
from smokewatch.viewer.drift_body import (
    Days,
    camera_body,
    cells_body,
    days_body,
    lines_body,
    watched_body,
    words,
)
from smokewatch.viewer.drift_kept import Memory
from smokewatch.viewer.newest import Newest, prepare_both
from smokewatch.viewer.problems import ProblemError
from smokewatch.viewer.replies import Prepared, utc_now

_MOST_PERIODS = 16
_YEAR = 365


@dataclass(frozen=True)
class Snapshot:
    """One state of a period (see :class:`smokewatch.viewer.newest.Snapshot`)."""

    state: tuple[object, ...]
    fresh: Prepared
    stale: Prepared
    unknown: ProblemError | None
    """What is asked for does not exist."""
    remember: Callable[[], None]
    """Reads more of the catalog into memory."""

    @classmethod
    def take(cls, catalog: Catalog, *, asked: Asked, memory: Memory) -> Snapshot:
        """Read the catalog and prepare the reply.

        Raises:
            StorageError: when it cannot be read.
        """
        as_of = utc_now()
        with catalog.read() as connection:
            state = drift_state(connection)
            try:
                body, unknown = _body(connection, asked, memory, state), None
            except ProblemError as error:
                body, unknown = {}, error
        return cls(state, *prepare_both(body, as_of=as_of), unknown, partial(_remember, catalog, asked, memory))

    def warm(self) -> None:
        """Read the rest of a year: the next thing that people look at."""
        self.remember()


class Periods:
    """The newest replies of the periods that were asked for last.

    Args:
        catalog: read only.
    """

    def __init__(self, catalog: Catalog) -> None:
        self._catalog, self._memory = catalog, Memory()
        self._lock = threading.Lock()
        self._held: OrderedDict[Asked, Newest[Snapshot]] = OrderedDict()

    def of(self, asked: Asked) -> Newest[Snapshot]:
        """The period's reply, read again whenever the catalog changed.

        Raises:
            ProblemError: 404, when what is asked for does not exist.
            StorageError: when the catalog cannot be read, and never was.
        """
        with self._lock:
            found = self._held.get(asked)
            if found is None:
                take = partial(Snapshot.take, asked=asked, memory=self._memory)
                found = Newest(self._catalog, take, drift_state, name="viewer-drift")
                found.start()
            self._held[asked] = found
            self._held.move_to_end(asked)
            while len(self._held) > _MOST_PERIODS:
                self._held.popitem(last=False)
        unknown = found.current().unknown
        if unknown is not None:
            raise ProblemError(unknown.status, unknown.detail, unknown.hint)
        return found


def _remember(catalog: Catalog, asked: Asked, memory: Memory) -> None:
    """A year's checks, where only some of them are known."""
    # What cannot be read is told by the reply that needs it.
    with suppress(ProblemError, StorageError), catalog.read() as connection:
        watched = asked.watched(list_watched(connection))
        if watched is not None and watched.newest_day is not None:
            first = watched.newest_day - timedelta(days=_YEAR)
            memory.checks(connection, watched, check_rows(connection, watched, first_day=first))


def _body(connection: Connection, asked: Asked, memory: Memory, state: tuple[object, ...]) -> dict[str, Any]:
    every = list_watched(connection)
    watched = asked.watched(every)
    versions = {name: newest_version(connection, name) for name in {each.baseline for each in every}}
    known = known_cameras(connection)
    version = None if watched is None else versions.get(watched.baseline)
    newest = None if watched is None else watched.newest_day
    period = asked.period(newest or (version.last_day if version is not None else None))
    told = {
        **words(),
        "watched": [watched_body(each, versions.get(each.baseline)) for each in every],
        "baseline": None if watched is None else watched.baseline,
        "scope": None if watched is None else watched.scope,
        "camera": asked.camera or None,
        "first_day": None if period is None else str(period[0]),
        "last_day": None if period is None else str(period[1]),
        "newest_day": None if newest is None else str(newest),
    }
    if watched is None or period is None:
        return told | {"organizations": [], "release_days": []}
    days = _days_of(connection, watched, version, period, memory, state)
    cameras = sorted({each for check in days.checks.values() for each in check.scopes if each is not None})
    releases = Counter(api for found in days.releases.values() for api in {api for api, _ in found if api})
    days = _limited(days, asked)
    shown = [each for each in cameras if not asked.organizations or _organization(known, each) in asked.organizations]
    return told | {
        "organizations": _organizations(cameras, known, organization_names(connection)),
        "release_days": [{"api_version": api, "days": count} for api, count in sorted(releases.items())],
        "cameras": [camera_body(each, known.get(each)) for each in shown],
        "cells": cells_body(days, shown),
        "lines": lines_body(days, asked.camera or None),
        **days_body(days),
    }


def _days_of(
    connection: Connection,
    watched: Watched,
    version: BaselineVersion | None,
    period: tuple[date, date],
    memory: Memory,
    state: tuple[object, ...],
) -> Days:
    first, last = period
    rows = check_rows(connection, watched, first_day=first, last_day=last)
    checks = memory.checks(connection, watched, rows)
    accepted = {} if version is None else version_days(connection, version)
    # A folder's days that are compared with the store's are none of them.
    theirs = accepted if version is not None and version.scope == watched.scope else {}
    checked = {row.day: row.day_sha256 for row in rows}
    before = {day for day in theirs.values() if first <= day <= last and day not in checked}
    baseline = memory.baseline(connection, version) if version is not None and before else None
    return Days(
        checks={each.day: each for each in checks},
        proposals=frozenset(row.day for row in rows if row.proposes_retraining),
        baseline=baseline,
        accepted=frozenset(theirs.values()),
        releases=memory.releases(connection, watched.scope, state, first_day=first, last_day=last),
        days=sorted({*checked, *before}),
    )


def _limited(days: Days, asked: Asked) -> Days:
    """Only the days of the releases that are asked for."""
    if not asked.releases:
        return days
    kept = [day for day in days.days if any(api in asked.releases for api, _ in days.releases.get(day, ()))]
    return Days(days.checks, days.proposals, days.baseline, days.accepted, days.releases, kept)


def _organization(known: dict[str, KnownCamera], camera: str) -> tuple[str, int] | None:
    found = known.get(camera)
    return None if found is None else (found.source, found.organization_id)


def _organizations(
    cameras: Sequence[str], known: dict[str, KnownCamera], names: dict[tuple[str, int], str]
) -> list[dict[str, Any]]:
    counts: dict[tuple[str, int], int] = {}
    for each in cameras:
        if (found := _organization(known, each)) is not None:
            counts[found] = counts.get(found, 0) + 1
    return [
        {"source": source, "id": each, "name": names.get((source, each), f"org-{each}"), "cameras": count}
        for (source, each), count in sorted(counts.items())
    ]
