"""The addresses of the drift screen: a period day by day, one day in full, and its report as people keep it."""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import date

from fastapi import FastAPI, Request
from sqlalchemy.engine import Connection
from starlette.datastructures import QueryParams
from starlette.responses import Response

from smokewatch.reports.drift_html import drift_html
from smokewatch.store.catalog import Catalog
from smokewatch.store.drift import IMAGES, Selection, model_versions
from smokewatch.store.frames import FrameReader
from smokewatch.store.thumbnails import thumbnails_of
from smokewatch.store.viewing.drift import Watched, check_with_history, list_watched
from smokewatch.store.viewing.drift_report import kept_report
from smokewatch.viewer.drift_asked import Asked
from smokewatch.viewer.drift_day import day_body
from smokewatch.viewer.drift_period import Periods
from smokewatch.viewer.problems import ProblemError
from smokewatch.viewer.replies import SCHEMA_VERSION, Prepared, encode
from smokewatch.viewer.selection import day_of

_STYLE = re.compile(rb"<style>(.*?)</style>", re.DOTALL)
_JSON = ".json"


def add_drift(app: FastAPI, catalog: Catalog, frames: FrameReader, *, threshold: float) -> None:
    """Add the screen's addresses.

    Args:
        app: gets them.
        catalog: read only.
        frames: where the pictures of a report are.
        threshold: a score strictly above is smoke.
    """
    periods = Periods(catalog)

    @app.get("/api/drift")
    def drift(request: Request) -> Response:
        return periods.of(Asked.of(request.query_params)).reply(request)

    @app.get("/api/drift/days/{day}")
    def one_day(request: Request, day: str) -> Response:
        wanted = _day(day)
        with catalog.read() as connection:
            watched = _watched(connection, request.query_params)
            checks = check_with_history(connection, watched, wanted)
            if not checks:
                raise _unchecked(wanted)
            models = _models(connection, watched, wanted)
        body = {"schema_version": SCHEMA_VERSION, **day_body(checks[-1], checks[:-1], models)}
        return Prepared.of(encode(body), "application/json").reply(request)

    @app.get("/api/drift/report/{name}")
    def report(request: Request, name: str) -> Response:
        wanted = _day(name.removesuffix(_JSON))
        with catalog.read() as connection:
            watched = _watched(connection, request.query_params)
            made = kept_report(connection, watched, wanted, threshold=threshold)
        if made is None:
            raise _unchecked(wanted)
        if name.endswith(_JSON):
            return Prepared.of(encode(made), "application/json").reply(request)
        page = drift_html(made, thumbnails_of(frames, [each["id"] for each in made["frames"]])).encode()
        reply = Prepared.of(page, "text/html; charset=utf-8").reply(request)
        reply.headers["Content-Security-Policy"] = _report_policy(page)
        return reply


def _watched(connection: Connection, query: QueryParams) -> Watched:
    found = Asked.of(query).watched(list_watched(connection))
    if found is None:
        raise ProblemError(404, "no day was checked yet", "begin with `smokewatch baseline --from … --to …`")
    return found


def _models(connection: Connection, watched: Watched, day: date) -> list[str]:
    if watched.scope == IMAGES:
        return []
    return model_versions(connection, day, selection=Selection.of_scope(watched.scope, threshold=0, decoder=None))


def _day(text: str) -> date:
    found = day_of(QueryParams({"day": text}), "day")
    if found is None:
        raise ProblemError(400, "day: expected a day, YYYY-MM-DD", "for example 2026-08-14")
    return found


def _unchecked(day: date) -> ProblemError:
    return ProblemError(404, f"{day} was not checked against this baseline", f"smokewatch drift --day {day}")


def _report_policy(page: bytes) -> str:
    """A file for everywhere brings its style along; nothing runs, and nothing is fetched."""
    hashes = (base64.b64encode(hashlib.sha256(each).digest()).decode() for each in _STYLE.findall(page))
    styles = " ".join(f"'sha256-{each}'" for each in hashes) or "'none'"
    return (
        f"default-src 'none'; style-src {styles}; img-src data:; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'; sandbox allow-same-origin allow-popups"
    )
