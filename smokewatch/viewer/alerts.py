"""The addresses of the alerts screen: what the gate shows, what it holds back, and what that costs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from fastapi import FastAPI, Request
from sqlalchemy.engine import Connection
from starlette.datastructures import QueryParams
from starlette.responses import Response

from smokewatch.domain.risk import FwiClass, Gate
from smokewatch.errors import UsageError
from smokewatch.store.alert_listing import list_alerts, newest_day, organization_names
from smokewatch.store.catalog import Catalog
from smokewatch.store.gate_counts import count_gate, count_held, count_left_out
from smokewatch.store.gated import LATEST, Listing
from smokewatch.store.sequence_listing import Cursor, list_held, list_sequences
from smokewatch.viewer.alerts_body import alerts_body, asked, cost_body, held_counts, sequences_body
from smokewatch.viewer.problems import ProblemError
from smokewatch.viewer.replies import json_reply
from smokewatch.viewer.selection import Selection, period, short_text, texts_of

LIMIT, MOST = 50, 500
"""Items a page, and as many as may be asked for."""
_WHOLE = re.compile(r"[0-9]{1,6}", re.ASCII)
_OF_LISTING = frozenset({"from", "to", "latest", "unlabeled", "organization", "class", "risk_score", "limit", "cursor"})
_SWITCH = {"": False, "0": False, "1": True}


@dataclass(frozen=True, slots=True)
class _Asked:
    """An address, read."""

    listing: Listing
    limit: int
    after: Cursor | None

    @classmethod
    def of(cls, query: QueryParams, connection: Connection, gate: Gate) -> _Asked:
        """Read the parameters. Without days, those of the newest stored one; ``latest=1`` means the last 24 hours.

        Raises:
            ProblemError: 400, when a value is malformed.
        """
        selection, latest = Selection.of(query), _switch(query, "latest")
        if latest and (selection.first_day or selection.last_day):
            raise ProblemError(400, "latest: it already says which period", "leave from and to out")
        first, last = selection.first_day, selection.last_day
        if not latest and first is None and last is None:
            first = last = newest_day(connection)
        start, end = (datetime.now(UTC) - LATEST, None) if latest else period(first, last)
        listing = Listing(
            start=start,
            end=end,
            organizations=selection.organizations or None,
            classes=texts_of(query, "class") or None,
            unlabeled=_switch(query, "unlabeled"),
            gate=gate,
            override=_override(query),
        )
        return cls(listing, _limit(query), _cursor(query))


def add_alerts(app: FastAPI, catalog: Catalog, *, gate: Gate) -> None:
    """Add the screen's addresses.

    Args:
        app: gets them.
        catalog: read only.
        gate: the thresholds by class.
    """

    @app.get("/api/alerts")
    def alerts(request: Request) -> Response:
        with catalog.read() as connection:
            wanted = _Asked.of(request.query_params, connection, gate)
            page = list_alerts(connection, wanted.listing, limit=wanted.limit, after=wanted.after)
            left_out = count_left_out(connection, wanted.listing) if wanted.after is None else None
            names = organization_names(connection)
        return json_reply(asked(wanted.listing) | alerts_body(page, left_out, names))

    @app.get("/api/alerts/held")
    def held(request: Request) -> Response:
        with catalog.read() as connection:
            wanted = _Asked.of(request.query_params, connection, gate)
            page = list_held(connection, wanted.listing, limit=wanted.limit, after=wanted.after)
        return json_reply(asked(wanted.listing) | sequences_body(page))

    @app.get("/api/alerts/cost")
    def cost(request: Request) -> Response:
        with catalog.read() as connection:
            wanted = _Asked.of(request.query_params, connection, gate)
            counts = count_gate(connection, wanted.listing)
            names, newest = organization_names(connection), newest_day(connection)
        body = asked(wanted.listing) | cost_body(counts, names)
        organizations = [{"source": source, "id": each, "name": name} for (source, each), name in names.items()]
        return json_reply(
            body | {"organizations": organizations, "newest_day": None if newest is None else str(newest)}
        )


def is_listing(query: QueryParams) -> bool:
    """Whether an address of sequences asks for a listing behind the gate; else it wants every row, for the table."""
    return not _OF_LISTING.isdisjoint(query)


def sequences_reply(request: Request, catalog: Catalog, gate: Gate) -> Response:
    """A page of the sequences that the gate lets pass, and on the first one what it left out.

    Raises:
        ProblemError: 400, when a parameter is malformed.
    """
    with catalog.read() as connection:
        wanted = _Asked.of(request.query_params, connection, gate)
        page = list_sequences(connection, wanted.listing, limit=wanted.limit, after=wanted.after)
        left_out = None
        if wanted.after is None:
            left_out = held_counts(count_held(connection, wanted.listing), organization_names(connection))
    return json_reply(asked(wanted.listing) | sequences_body(page) | {"left_out": left_out})


def _switch(query: QueryParams, name: str) -> bool:
    try:
        return _SWITCH[query.get(name, "")]
    except KeyError:
        raise ProblemError(400, f"{name}: expected 1, or nothing") from None


def _override(query: QueryParams) -> FwiClass | None:
    text = short_text("risk_score", query.get("risk_score", ""))
    found = FwiClass.named(text)
    if text and found is None:
        raise ProblemError(400, f"risk_score: there is no class {text[:50]!r}", f"one of {', '.join(FwiClass)}")
    return found


def _limit(query: QueryParams) -> int:
    text = query.get("limit") or str(LIMIT)
    if _WHOLE.fullmatch(text) and 1 <= int(text) <= MOST:
        return int(text)
    raise ProblemError(400, f"limit: expected a number from 1 to {MOST}", f"for example {LIMIT}")


def _cursor(query: QueryParams) -> Cursor | None:
    text = short_text("cursor", query.get("cursor", ""))
    try:
        return Cursor.parse(text) if text else None
    except UsageError as error:
        raise ProblemError(400, f"cursor: {error}", "begin with the first page: leave cursor out") from None
