"""The annotator, read-only."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, ClassVar, TypeVar

import httpx
from pydantic import Field

from blocks.api_client import ApiBlock, ApiClient, NotFoundError, Service
from blocks.frame_urls import UrlExpiredError
from smokewatch.domain.backlog import stage_called
from smokewatch.domain.fields import Fields
from smokewatch.errors import RunError, shown

T = TypeVar("T")

# Whoever is active may read everything: 403 says no more than 401 here, that no good token came.
_SERVICE = Service("annotator", "ANNOTATOR_API", login="/auth/login", login_as="json", refusals=frozenset({401, 403}))
_PASSES = tuple(
    {"order_by": field, "order_direction": direction, "size": size}
    for size in (100, 83, 61)  # the most the server gives; then other borders between pages
    for field, direction in (("created_at", "desc"), ("recorded_at", "asc"))
)
_TIMEOUT = httpx.Timeout(60, connect=10, pool=None)  # waiting for one of the few connections is no failure


class Annotator(ApiBlock):
    """The annotator: sequences that wait for people, and their frames. Nothing is ever written there.

    Example:
        ```python
        from blocks.annotator import Annotator

        with Annotator.resolve().client() as api:
            api.sequences("ready_to_annotate")
        ```
    """

    _block_type_name = "smokewatch Annotator"
    _block_type_slug = "smokewatch-annotator"
    _description = "Read-only access to pyronear's annotator."

    setting_names: ClassVar[dict[str, str]] = {
        "url": "annotator_api_url",
        "login": "annotator_api_login",
        "password": "annotator_api_password",
        "api_connections": "annotator_connections",
        "frame_connections": "frame_connections",
        "frame_hosts": "frame_hosts",
    }

    url: str = Field(description="The server's address without /api/v1, e.g. https://annotationapi.pyronear.org.")
    login: str = Field(description="The account's login; any that is active may read everything.")
    api_connections: int = Field(
        default=12, ge=1, description="Connections to the server; every frame takes a request: as many wait on the way."
    )

    def client(self) -> AnnotatorClient:
        """A client of its own connections; use it in a ``with`` statement.

        Raises:
            UsageError: when the address is no http(s) URL.
        """
        return AnnotatorClient(self)


class AnnotatorClient(ApiClient):
    """Reads the annotator; safe to share between threads. Every answer is JSON as received.

    :mod:`smokewatch.domain.backlog` reads the rows; it knows both formats of their times.
    """

    def __init__(self, block: Annotator) -> None:
        super().__init__(block, _SERVICE, timeout=_TIMEOUT)

    def sequences(self, stage: str) -> list[dict[str, Any]]:
        """Every sequence at a stage, each once, in no order; also those that left the stage meanwhile.

        Raises:
            UsageError: when no such stage exists; the server would leave the filter out and list everything.
            RunError: as :meth:`_every` says.
        """
        return self.read_sequences(stage, lambda row: row)

    def read_sequences(self, stage: str, read: Callable[[dict[str, Any]], T]) -> list[T]:
        """:meth:`sequences`, of which only what `read` makes of each row is kept in memory.

        Raises:
            UsageError, RunError: as :meth:`sequences` says.
        """
        return self._every("/sequences/", read, processing_stage=stage_called(stage))

    def detections(self, sequence_id: int) -> list[dict[str, Any]]:
        """A sequence's rows, one a frame, by ``recorded_at`` and id; none for an unknown sequence.

        Raises:
            MalformedRowError: when a row has no such time or id.
            RunError: as :meth:`_every` says.
        """

        def order(row: dict[str, Any]) -> tuple[datetime, int]:
            fields = Fields(row, f"detection {shown(row.get('id'))}")
            return fields.time("recorded_at"), fields.integer("id")

        return sorted(self._every("/detections/", lambda row: row, sequence_id=sequence_id), key=order)

    def frame_url(self, detection_id: int) -> str:
        """A presigned URL of a detection's frame, good for a day.

        Raises:
            NotFoundError: when there is no such detection, or its object is missing.
        """
        path = f"/detections/{detection_id}/url"
        url = self._object(path).get("url")
        if not isinstance(url, str):
            raise self._unexpected(path, "a url")
        return url

    def frame(self, detection_id: int) -> bytes | None:
        """The exact bytes of a detection's frame, None when it does not exist.

        An URL that expired before it was used is asked for once more.

        Raises:
            UrlExpiredError, HostRefusedError, RunError: as :meth:`blocks.frame_urls.FrameFetcher.fetch` says.
        """
        try:
            try:
                return self._frames.fetch(self.frame_url(detection_id))
            except UrlExpiredError:
                return self._frames.fetch(self.frame_url(detection_id))
        except NotFoundError:
            return None

    def _every(self, path: str, read: Callable[[dict[str, Any]], T], **query: str | int) -> list[T]:
        """Every row of a paged route, as it was first given.

        Pages are cut by position: a row that leaves moves all later ones up, unseen, over a border between pages, and
        rows of equal time have no order at all. So all pages are read again, in other orders and with other borders,
        until one pass shows no new id and there are as many rows as the server counts. A list of one page has no
        borders: it is read once. Each pass ends (:meth:`_pass`), and there are at most six: what arrives even then is
        left to the next call.

        Raises:
            RunError: when the server lists fewer rows than it counts.
        """
        rows: dict[str, T] = {}
        total = 0
        for order in _PASSES:
            known = len(rows)
            found, total = self._pass(path, read, rows, query | order)
            if len(rows) >= total and (len(rows) == known or found < int(order["size"])):
                return list(rows.values())
        if len(rows) < total:
            raise RunError(f"{path}: the server counts {total} rows and lists {len(rows)} of them; try again")
        return list(rows.values())

    def _pass(
        self, path: str, read: Callable[[dict[str, Any]], T], rows: dict[str, T], query: dict[str, str | int]
    ) -> tuple[int, int]:
        """Add to `rows` by id what one reading gives; how many ids it gave, and the fewest that the server counted.

        It ends at a short page, or where a page brings nothing new after as many rows as the server counts: so it does
        not depend on ``pages``, nor go on for ever where pages repeat.
        """
        found: set[str] = set()
        counts: list[int] = []  # rows that arrive meanwhile are not missed
        given = 0
        while True:
            answer = self._object(path, **query, page=len(counts) + 1)
            items = self._objects(answer.get("items"), path)
            total = answer.get("total")
            counts.append(total if isinstance(total, int) else 0)
            known, given = len(found), given + len(items)
            for row in items:
                each = str(row.get("id"))
                found.add(each)
                if each not in rows:
                    rows[each] = read(row)
            if len(items) < int(query["size"]) or (len(found) == known and given >= counts[-1]):
                return len(found), min(counts)
