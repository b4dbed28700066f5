"""The annotator, read-only."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

import httpx
from pydantic import Field

from blocks.api_client import ApiBlock, ApiClient, NotFoundError, Service
from blocks.frame_urls import UrlExpiredError
from smokewatch.domain.backlog import Stage
from smokewatch.domain.fields import Fields
from smokewatch.errors import RunError, UsageError

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
        "api_connections": "api_connections",
        "frame_connections": "frame_connections",
        "frame_hosts": "frame_hosts",
    }

    url: str = Field(description="The server's address without /api/v1, e.g. https://annotationapi.pyronear.org.")
    login: str = Field(description="The account's login; any that is active may read everything.")
    api_connections: int = Field(
        default=4, ge=1, description="Connections to the server, which answers one request at a time: few."
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
        if stage not in tuple(Stage):
            raise UsageError(f"no stage is called {stage!r}; known: {', '.join(Stage)}")
        return self._every("/sequences/", processing_stage=stage)

    def detections(self, sequence_id: int) -> list[dict[str, Any]]:
        """A sequence's rows, one a frame, by ``recorded_at`` and id; none for an unknown sequence.

        Raises:
            MalformedRowError: when a row has no such time or id.
            RunError: as :meth:`_every` says.
        """

        def order(row: dict[str, Any]) -> tuple[datetime, int]:
            fields = Fields(row, f"detection {row.get('id')!r}")
            return fields.time("recorded_at"), fields.integer("id")

        return sorted(self._every("/detections/", sequence_id=sequence_id), key=order)

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

    def _every(self, path: str, **query: str | int) -> list[dict[str, Any]]:
        """Every row of a paged route.

        Pages are cut by position: a row that leaves moves all later ones up, unseen, over a border between pages, and
        rows of equal time have no order at all. So all pages are read again, in other orders and with other borders,
        until one pass shows no new id and there are as many rows as the server counts. A list of one page has no
        borders: it is read once. Each pass ends (:meth:`_pass`), and there are at most six: what arrives even then is
        left to the next call.

        Raises:
            RunError: when the server lists fewer rows than it counts.
        """
        rows: dict[str, dict[str, Any]] = {}
        total = 0
        for order in _PASSES:
            found, total = self._pass(path, query | order)
            new = found.keys() - rows.keys()
            rows.update(found)
            if len(rows) >= total and (not new or len(found) < int(order["size"])):
                return list(rows.values())
        if len(rows) < total:
            raise RunError(f"{path}: the server counts {total} rows and lists {len(rows)} of them; try again")
        return list(rows.values())

    def _pass(self, path: str, query: dict[str, str | int]) -> tuple[dict[str, dict[str, Any]], int]:
        """The rows of one reading by id, and how many there are, as the server counted last.

        It ends at a short page, or where a page brings nothing new after as many rows as the server counts: so it does
        not depend on ``pages``, nor go on for ever where pages repeat.
        """
        rows: dict[str, dict[str, Any]] = {}
        page = given = 0
        while True:
            page += 1
            answer = self._object(path, **query, page=page)
            items = self._objects(answer.get("items"), path)
            total = answer.get("total")
            count = total if isinstance(total, int) else 0
            known, given = len(rows), given + len(items)
            rows.update((str(row.get("id")), row) for row in items)
            if len(items) < int(query["size"]) or (len(rows) == known and given >= count):
                return rows, count
