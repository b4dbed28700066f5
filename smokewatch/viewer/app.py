"""The app: which address gives what. Everything it needs is opened by who builds it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus

from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from smokewatch.domain.risk import PRODUCTION_GATE, Gate
from smokewatch.errors import InvalidAnswerError, StorageError
from smokewatch.store.catalog import Catalog
from smokewatch.store.frames import FrameReader
from smokewatch.store.viewing.counting import count_scores
from smokewatch.store.viewing.sequence import frame_rows, load_sequence
from smokewatch.viewer.access import Access, content_policy
from smokewatch.viewer.alerts import add_alerts, is_listing, sequences_reply
from smokewatch.viewer.csv import csv_text
from smokewatch.viewer.detail import detail_body, rows_by_frame
from smokewatch.viewer.drift import add_drift
from smokewatch.viewer.frames import frame_reply
from smokewatch.viewer.metrics import add_metrics
from smokewatch.viewer.newest import Newest
from smokewatch.viewer.pages import SCREENS, Pages
from smokewatch.viewer.problems import ProblemError, problem
from smokewatch.viewer.qualification import add_qualification
from smokewatch.viewer.replies import REVALIDATED, json_reply, tagged_reply
from smokewatch.viewer.rows import Snapshot, newest_rows
from smokewatch.viewer.selection import EVERYTHING, Selection
from smokewatch.viewer.static import StaticFiles
from smokewatch.viewer.status import add_status
from smokewatch.viewer.sweep import STEPS, sweep_body, wanted_rows
from smokewatch.viewer.triage import add_triage

_OVERVIEW_STATE = frozenset({"by"})
"""What the overview's own addresses may say; others are of the time when ``/`` led to the replay screen."""
_KEY = re.compile(r"(.{1,200})_(-?[0-9]{1,18})", re.ASCII | re.DOTALL)
_NUMBER = re.compile(r"[0-9]{1,6}", re.ASCII)


def create_app(
    catalog: Catalog,
    frames: FrameReader,
    *,
    production_threshold: float,
    gate: Gate = PRODUCTION_GATE,
    token: str | None = None,
    loopback: bool = True,
    static: StaticFiles | None = None,
) -> FastAPI:
    """Build the app over an open store; the first snapshot of the rows is begun at once.

    Args:
        catalog: read only.
        frames: where the bytes of frames are.
        production_threshold: production keeps a score strictly above, where no answer tells the package's own.
        gate: what a day's fire risk asks of a sequence.
        token: who has it may read; None: everybody who reaches the server.
        loopback: whether it listens to this machine only; then other host names are refused.
        static: the front end's files; None: those that come with smokewatch.
    """
    app = FastAPI(
        title="smokewatch", openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False, lifespan=_lifespan
    )
    app.state.closing = []
    rows = newest_rows(catalog, production_threshold=production_threshold, gate=gate)
    rows.start()
    _add_errors(app)
    _add_api(app, catalog, frames, rows, gate)
    add_triage(app, catalog, frames)
    add_alerts(app, catalog, gate=gate)
    add_drift(app, catalog, frames, threshold=production_threshold)
    add_metrics(app, catalog)
    add_qualification(app, catalog)
    add_status(app, catalog, frames, production_threshold=production_threshold)
    _add_pages(app, static or StaticFiles())
    app.add_middleware(Access, token=token, loopback=loopback)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """At the end, what goes on beside requests is ended: ``app.state.closing`` holds how."""
    yield
    for close in app.state.closing:
        close()


def _add_api(app: FastAPI, catalog: Catalog, frames: FrameReader, rows: Newest[Snapshot], gate: Gate) -> None:
    @app.get("/api/sequences")
    def sequences(request: Request) -> Response:
        if is_listing(request.query_params):
            return sequences_reply(request, catalog, gate)
        return rows.reply(request)

    @app.get("/api/sequences/{key}")
    def sequence(request: Request, key: str) -> Response:
        source, identity = _parse_key(key)
        columns = rows.current().columns
        with catalog.read() as connection:
            record = load_sequence(connection, source, identity)
        if record is None:
            raise _unknown(key)
        return tagged_reply(request, detail_body(record, columns))

    @app.get("/api/sequences/{key}/frames/{number}")
    def frame(request: Request, key: str, number: str) -> Response:
        source, identity = _parse_key(key)
        with catalog.read() as connection:
            found = list(rows_by_frame(frame_rows(connection, source, identity)).values())
        if not found:
            raise _unknown(key)
        if not _NUMBER.fullmatch(number) or int(number) >= len(found):
            raise ProblemError(404, f"this sequence has frames 0 to {len(found) - 1}")
        return frame_reply(request, frames, found[int(number)])

    @app.get("/api/sweep")
    def sweep(request: Request) -> Response:
        selection, snapshot = Selection.of(request.query_params), rows.current()
        if selection == EVERYTHING:
            return json_reply(sweep_body(STEPS, STEPS, snapshot.swept))
        thresholds = selection.thresholds or STEPS
        ascending = sorted(set(thresholds))
        wanted = wanted_rows(selection, snapshot.columns)
        with catalog.read() as connection:
            counts = count_scores(connection, wanted, ascending)
        return json_reply(sweep_body(thresholds, ascending, counts))

    @app.get("/api/export.csv")
    def export(request: Request) -> Response:
        selection, snapshot = Selection.of(request.query_params), rows.current()
        headers = {"Content-Disposition": 'attachment; filename="sequences.csv"', "Cache-Control": REVALIDATED}
        content = csv_text(snapshot.lines, selection.rows(snapshot.columns))
        return Response(content, media_type="text/csv; charset=utf-8", headers=headers)

    @app.get("/healthz")
    def health() -> Response:
        return json_reply({"status": "ok"})


def _add_pages(app: FastAPI, static: StaticFiles) -> None:
    pages = Pages(static)

    def page_of(screen: str) -> Callable[[Request], Response]:
        def page(request: Request) -> Response:
            if request.url.path == "/" and not _OVERVIEW_STATE.issuperset(request.query_params):
                return RedirectResponse(f"/replay?{request.url.query}", status_code=307)
            found = pages.get(screen)
            if found is None:
                raise ProblemError(404, "the page's files are not there", "install smokewatch again")
            reply = found.document.reply(request)
            reply.headers["Content-Security-Policy"] = content_policy(found.scripts)
            return reply

        return page

    for screen in SCREENS:
        app.get(screen)(page_of(screen))
    app.get("/runs/{run}")(page_of("/runs"))

    @app.get("/static/{name:path}")
    def static_file(request: Request, name: str) -> Response:
        found = static.get(name)
        if found is None:
            raise ProblemError(404, "there is no such file")
        return found.reply(request)


def _add_errors(app: FastAPI) -> None:
    @app.exception_handler(ProblemError)
    def told(_request: Request, error: ProblemError) -> Response:
        return problem(error.status, error.detail, error.hint)

    @app.exception_handler(StorageError)
    def unreadable(_request: Request, error: StorageError) -> Response:
        return problem(503, str(error), "try again; the operator sees more in the server's log", {"Retry-After": "5"})

    @app.exception_handler(InvalidAnswerError)
    def damaged(_request: Request, error: InvalidAnswerError) -> Response:
        return problem(503, f"an answer in the ledger cannot be read: {error}", "restore the catalog from a copy")

    @app.exception_handler(HTTPException)
    def other(_request: Request, error: HTTPException) -> Response:
        detail = (
            "there is nothing at this address" if error.status_code == 404 else HTTPStatus(error.status_code).phrase
        )
        hint = (
            "the pages are at /, /replay, /triage, /alerts, /drift, /qualification, /runs and /history"
            if error.status_code == 404
            else ""
        )
        return problem(error.status_code, detail, hint)


def _parse_key(key: str) -> tuple[str, int]:
    found = _KEY.fullmatch(key)
    if found is None or "\x00" in key:
        raise _unknown(key)
    return found[1], int(found[2])


def _unknown(key: str) -> ProblemError:
    hint = "import its day: smokewatch import --day YYYY-MM-DD"
    return ProblemError(404, f"sequence {key[:100]!r} is not in this store", hint)
