"""The parameters of the control room's lists, read."""

from __future__ import annotations

import re

from starlette.datastructures import QueryParams

from smokewatch.errors import UsageError
from smokewatch.store.viewing.cursors import Cursor
from smokewatch.store.viewing.history import WantedHistory
from smokewatch.viewer.problems import ProblemError
from smokewatch.viewer.selection import Selection, period, short_text, texts_of

MOST = 500
"""Rows that may be asked for at once."""
_WHOLE = re.compile(r"[0-9]{1,6}", re.ASCII)


def history_of(query: QueryParams) -> WantedHistory:
    """Which verdicts.

    Raises:
        ProblemError: 400, when a value is malformed.
    """
    selection = Selection.of(query)
    start, end = period(selection.first_day, selection.last_day)
    return WantedHistory(
        kinds=texts_of(query, "kind") or None,
        organizations=selection.organizations or None,
        cameras=selection.cameras or None,
        api_versions=selection.api_versions or None,
        statuses=texts_of(query, "status") or None,
        lengths=texts_of(query, "frames") or None,
        start=start,
        end=end,
        text=selection.text,
    )


def limit_of(query: QueryParams, *, default: int) -> int:
    """How many rows.

    Raises:
        ProblemError: 400, when it is no number, or too large.
    """
    text = query.get("limit") or str(default)
    if _WHOLE.fullmatch(text) and 1 <= int(text) <= MOST:
        return int(text)
    raise ProblemError(400, f"limit: expected a number from 1 to {MOST}", f"for example {default}")


def cursor_of(query: QueryParams) -> Cursor | None:
    """Where to go on; None: at the beginning.

    Raises:
        ProblemError: 400, when no page gave it.
    """
    text = short_text("cursor", query.get("cursor", ""))
    try:
        return Cursor.parse(text) if text else None
    except UsageError as error:
        raise refused(error) from None


def refused(error: UsageError) -> ProblemError:
    """A cursor that is of other pages."""
    return ProblemError(400, f"cursor: {error}", "begin with the first page: leave cursor out")
