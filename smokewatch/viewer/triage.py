"""The addresses of the triage screen, and the snapshot they share."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI, Request
from sqlalchemy.engine import Connection
from starlette.responses import Response

from smokewatch.domain.backlog import SOURCE
from smokewatch.domain.triage import HUNDREDTHS, ScoredBacklog
from smokewatch.domain.worklists import review_file, unlabeled_file
from smokewatch.store.catalog import Catalog
from smokewatch.store.frames import FrameReader
from smokewatch.store.triage import load_triage
from smokewatch.store.viewing.triage import backlog_frame_rows, load_backlog_sequence, triage_state
from smokewatch.store.viewing.triage_counting import BacklogCount, count_backlog
from smokewatch.viewer.frames import frame_reply
from smokewatch.viewer.newest import Newest, prepare_both
from smokewatch.viewer.problems import ProblemError
from smokewatch.viewer.replies import REVALIDATED, Prepared, encode, json_reply, tagged_reply, utc_now
from smokewatch.viewer.triage_columns import TriageColumns, build_triage, part_of
from smokewatch.viewer.triage_csv import triage_csv
from smokewatch.viewer.triage_detail import triage_detail
from smokewatch.viewer.triage_selection import EVERYTHING, TriageSelection

_KEY = re.compile(rf"{re.escape(SOURCE)}_([0-9]{{1,18}})", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,6}", re.ASCII)


@dataclass(frozen=True)
class TriageSnapshot:
    """One state of the backlog as the page gets it (see :class:`smokewatch.viewer.newest.Snapshot`)."""

    state: tuple[object, ...]
    columns: TriageColumns
    swept: list[BacklogCount]
    """The whole backlog, counted at every hundredth."""
    fresh: Prepared
    stale: Prepared

    @classmethod
    def take(cls, catalog: Catalog) -> TriageSnapshot:
        """Read the catalog and prepare the reply.

        Raises:
            StorageError: when it cannot be read.
        """
        as_of = utc_now()
        with catalog.read() as connection:
            state = triage_state(connection)
            columns = build_triage(load_triage(connection))
            swept = _counted(connection, EVERYTHING, columns, HUNDREDTHS)
        return cls(state, columns, swept, *prepare_both(columns.body(), as_of=as_of))

    def warm(self) -> None:
        """Nothing is made later."""


def add_triage(app: FastAPI, catalog: Catalog, frames: FrameReader) -> None:
    """Add the screen's addresses; the first snapshot of the backlog is begun at once."""

    def state(connection: Connection) -> tuple[object, ...]:
        return triage_state(connection)

    newest = Newest(catalog, TriageSnapshot.take, state, name="viewer-triage")
    newest.start()

    @app.get("/api/triage")
    def triage(request: Request) -> Response:
        return newest.reply(request)

    @app.get("/api/triage/sweep")
    def sweep(request: Request) -> Response:
        selection, snapshot = TriageSelection.of(request.query_params), newest.current()
        if selection == EVERYTHING:
            return json_reply(_sweep_body(HUNDREDTHS, HUNDREDTHS, snapshot.swept))
        thresholds = selection.thresholds or HUNDREDTHS
        ascending = sorted(set(thresholds))
        with catalog.read() as connection:
            counts = _counted(connection, selection, snapshot.columns, ascending)
        return json_reply(_sweep_body(thresholds, ascending, counts))

    @app.get("/api/triage/export.csv")
    def export(request: Request) -> Response:
        selection, columns = TriageSelection.of(request.query_params), newest.current().columns
        text = triage_csv(columns, selection.rows(columns), selection.threshold(columns))
        return Response(text, media_type="text/csv; charset=utf-8", headers=_download("triage.csv"))

    @app.get("/api/triage/review.json")
    def review(request: Request) -> Response:
        return _worklist(request, newest.current().columns, "review.json", review_file)

    @app.get("/api/triage/unlabeled.json")
    def unlabeled(request: Request) -> Response:
        return _worklist(request, newest.current().columns, "unlabeled.json", unlabeled_file)

    @app.get("/api/triage/{key}")
    def sequence(request: Request, key: str) -> Response:
        identity = _parse_key(key)
        with catalog.read() as connection:
            record = load_backlog_sequence(connection, identity)
        if record is None:
            raise _unknown(key)
        return tagged_reply(request, triage_detail(record))

    @app.get("/api/triage/{key}/frames/{number}")
    def frame(request: Request, key: str, number: str) -> Response:
        with catalog.read() as connection:
            found = backlog_frame_rows(connection, _parse_key(key))
        if not found:
            raise _unknown(key)
        if not _NUMBER.fullmatch(number) or int(number) >= len(found):
            raise ProblemError(404, f"this sequence has frames 0 to {len(found) - 1}")
        return frame_reply(request, frames, [found[int(number)]], again="pull again: smokewatch pull")


def _counted(
    connection: Connection, selection: TriageSelection, columns: TriageColumns, ascending: Sequence[float]
) -> list[BacklogCount]:
    if columns.triage is None:
        return []
    models = [model.identity for model in columns.triage.models]
    return count_backlog(connection, models, selection.wanted(columns), ascending)


def _worklist(
    request: Request, columns: TriageColumns, name: str, file: Callable[[ScoredBacklog, float], dict[str, Any]]
) -> Response:
    """The worklist of the filtered rows."""
    selection = TriageSelection.of(request.query_params)
    if columns.backlog is None:
        raise ProblemError(404, "nothing was triaged yet", "run: smokewatch pull, then smokewatch triage")
    chosen = part_of(columns.backlog, selection.rows(columns))
    content = encode(file(chosen, selection.threshold(columns)))
    return Response(content, media_type="application/json", headers=_download(name))


def _download(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": REVALIDATED}


def _sweep_body(
    thresholds: Sequence[float], ascending: Sequence[float], counts: Sequence[BacklogCount]
) -> dict[str, Any]:
    """Counts a threshold, in the order asked for, over all and for each organization."""
    places = [bisect_left(ascending, each) for each in thresholds]

    def split(chosen: Sequence[BacklogCount]) -> dict[str, list[int]]:
        size = sum(each.sequences for each in chosen)
        review = [sum(each.sequences for each in chosen if each.reached > place) for place in places]
        return {"review": review, "unlabeled": [size - each for each in review]}

    organizations = sorted({each.organization for each in counts})
    return {
        "thresholds": list(thresholds),
        **split(counts),
        "organizations": [
            {
                "source_api": api,
                "id": identity,
                **split([each for each in counts if each.organization == (api, identity)]),
            }
            for api, identity in organizations
        ],
    }


def _parse_key(key: str) -> int:
    found = _KEY.fullmatch(key)
    if found is None:
        raise _unknown(key)
    return int(found[1])


def _unknown(key: str) -> ProblemError:
    hint = "pull the annotator's queue: smokewatch pull"
    return ProblemError(404, f"sequence {key[:100]!r} is not in this store's backlog", hint)
