"""alert-api, read-only."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, ClassVar

import httpx
from pydantic import Field

from blocks.api_client import PREFIX, ApiBlock, ApiClient, ForbiddenError, NotFoundError, Service
from smokewatch.errors import RunError

__all__ = ["AlertApi", "AlertApiClient", "ForbiddenError", "NotFoundError"]

_SERVICE = Service("alert-api", "ALERT_API", login="/login/creds", login_as="data", refusals=frozenset({401, 406}))
_DAY_PAGE = 10_000  # pages of a day may shift while they are read: one is best, and the server sets no bound
_DETECTION_PAGES = (100, 83, 61)  # the most the server gives; then other borders between pages
_TIMEOUT = httpx.Timeout(60, connect=10, pool=None)  # waiting for one of the few connections is no failure


class AlertApi(ApiBlock):
    """alert-api: production's cameras, sequences and frames. Nothing is ever written there.

    Example:
        ```python
        from blocks.alert_api import AlertApi

        with AlertApi.resolve().client() as api:
            api.cameras()
        ```
    """

    _block_type_name = "smokewatch AlertApi"
    _block_type_slug = "smokewatch-alert-api"
    _description = "Read-only access to pyronear's alert-api."

    setting_names: ClassVar[dict[str, str]] = {
        "url": "alert_api_url",
        "login": "alert_api_login",
        "password": "alert_api_password",
        "api_connections": "api_connections",
        "frame_connections": "frame_connections",
        "frame_hosts": "frame_hosts",
    }

    url: str = Field(description="The server's address without /api/v1, e.g. https://alertapi.pyronear.org.")
    login: str = Field(description="The account's login; an admin sees every organization.")
    api_connections: int = Field(
        default=4, ge=1, description="Connections to the server; it scans a table for each sequence: few at a time."
    )

    def client(self) -> AlertApiClient:
        """A client of its own connections; use it in a ``with`` statement.

        Raises:
            UsageError: when the address is no http(s) URL.
        """
        return AlertApiClient(self)


class AlertApiClient(ApiClient):
    """Reads alert-api; safe to share between threads. Every answer is JSON as received."""

    def __init__(self, block: AlertApi) -> None:
        super().__init__(block, _SERVICE, timeout=_TIMEOUT)

    def account(self) -> dict[str, Any]:
        """Whose token it is: ``sub``, ``scopes`` (one role), ``organization_id``."""
        return self._object("/login/validate")

    def cameras(self) -> list[dict[str, Any]]:
        """Every camera the account may see, non-trustable ones included: their sequences are listed too."""
        return self._list("/cameras/", include_non_trustable="true")

    def camera(self, camera_id: int) -> dict[str, Any]:
        """One camera.

        Raises:
            NotFoundError: when there is none.
            ForbiddenError: when it is another organization's.
        """
        return self._object(f"/cameras/{camera_id}")

    def organizations(self) -> list[dict[str, Any]] | None:
        """Every organization, None when the account is no admin."""
        try:
            return self._list("/organizations/")
        except ForbiddenError:
            return None

    def sequences_of(self, day: date) -> Iterator[dict[str, Any]]:
        """The sequences that started on a UTC day, newest first, each once.

        ``risk_score=extreme`` switches the risk filter off, which hides sequences from all but admins.
        """
        return self._day("/sequences/all/fromdate", day)

    def alerts_of(self, day: date) -> Iterator[dict[str, Any]]:
        """The alerts that started on a UTC day, each with its ``sequences``.

        Raises:
            NotFoundError: from servers that have no alerts.
        """
        return self._day("/alerts/all/fromdate", day)

    def sequence(self, sequence_id: int) -> dict[str, Any]:
        """One sequence, as listed.

        Raises:
            NotFoundError: when it was deleted or never was.
            ForbiddenError: when it is another organization's.
        """
        return self._object(f"/sequences/{sequence_id}")

    def alert(self, alert_id: int) -> dict[str, Any]:
        """One alert; raises as :meth:`sequence` does."""
        return self._object(f"/alerts/{alert_id}")

    def detections_of(self, sequence_id: int, *, at_least: int = 0) -> list[dict[str, Any]]:
        """A sequence's rows in order of receipt, with a presigned ``url`` each.

        Rows of equal time may change places between two pages, so that one is given twice and another not at all:
        as long as there are fewer than `at_least`, they are read again with other borders between pages.

        Raises:
            NotFoundError: when the sequence was deleted.
            RunError: when the server is older than the route's `offset` and has more rows than it can tell.
        """
        path = f"/sequences/{sequence_id}/detections"
        rows: dict[str, dict[str, Any]] = {}
        for page_size in _DETECTION_PAGES:
            walked: set[str] = set()
            for page in self._pages(path, page_size, desc="false"):
                ids = {_id(row) for row in page}
                if page and ids <= walked:
                    if len(page) == page_size == len(rows):
                        return self._without_offset(path, rows)
                    break  # nothing new: it might go on for ever
                walked |= ids
                rows.update((_id(row), row) for row in page)
            if len(rows) >= at_least or len(rows) < page_size:
                break
        return list(rows.values())

    def frame(self, url: str) -> bytes | None:
        """A frame's exact bytes from its presigned URL, None when the object does not exist.

        Raises:
            UrlExpiredError, HostRefusedError, RunError: as :meth:`blocks.frame_urls.FrameFetcher.fetch` says.
        """
        return self._frames.fetch(url)

    def _day(self, path: str, day: date) -> Iterator[dict[str, Any]]:
        seen: set[str] = set()
        for page in self._pages(path, _DAY_PAGE, from_date=day.isoformat(), risk_score="extreme"):
            new = [row for row in page if _id(row) not in seen]
            if not new:
                return
            for row in new:
                seen.add(_id(row))
                yield row

    def _pages(self, path: str, size: int, **query: str | int) -> Iterator[list[dict[str, Any]]]:
        """Pages until a short one: there is no total and no next link."""
        offset = 0
        while True:
            page = self._list(path, limit=size, offset=offset, **query)
            yield page
            if len(page) < size:
                return
            offset += len(page)

    def _without_offset(self, path: str, first: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
        """The rows from both ends, of a server that gives the first page whatever the offset."""
        last = {_id(row): row for row in reversed(self._list(path, desc="true", limit=_DETECTION_PAGES[0]))}
        if last.keys().isdisjoint(first):
            raise RunError(f"{self._shown}{PREFIX}{path}: this server tells the first and the last 100 rows only")
        return list((first | last).values())


def _id(row: dict[str, Any]) -> str:
    """What tells rows apart, whatever the server gave as an id."""
    return str(row.get("id"))
