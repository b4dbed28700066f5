"""alert-api, read-only."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import date
from typing import Any, ClassVar

import httpx
from pydantic import Field, SecretStr

from blocks.frame_urls import FrameFetcher, place
from blocks.resolve import SettingsBlock
from blocks.transport import Address, Patience, ReadOnlyTransport, not_busy, on_connect
from smokewatch.errors import RunError, UsageError

_PREFIX = "/api/v1"
_LOGIN = f"{_PREFIX}/login/creds"
_DAY_PAGE = 10_000  # pages of a day may shift while they are read: one is best, and the server sets no bound
_DETECTION_PAGES = (100, 83, 61)  # the most the server gives; then other borders between pages
_TIMEOUT = httpx.Timeout(60, connect=10, pool=None)  # waiting for one of the few connections is no failure


class AlertApi(SettingsBlock):
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
    password: SecretStr = Field(description="The account's password.")
    api_connections: int = Field(
        default=4, ge=1, description="Connections to the server; it scans a table for each sequence: few at a time."
    )
    frame_connections: int = Field(default=32, ge=1, description="Connections to the object store of the frames.")
    frame_hosts: str | None = Field(
        default=None,
        description="Hosts that frames may be fetched from, comma-separated (name, name:port or *.domain); without, "
        "those the server names, but no private address unless the server is on one.",
    )

    def client(self) -> AlertApiClient:
        """A client of its own connections; use it in a ``with`` statement.

        Raises:
            UsageError: when the address is no http(s) URL.
        """
        return AlertApiClient(self)


class NotFoundError(RunError):
    """The server answered 404."""


class ForbiddenError(RunError):
    """The server answered 403: another organization's, or another role's."""


class AlertApiClient:
    """Reads alert-api; safe to share between threads. Every answer is JSON as received."""

    def __init__(self, block: AlertApi) -> None:
        base = _address(block.url)
        self._shown = str(base.copy_with(userinfo=b""))
        self._login_name, self._password = block.login, block.password
        self.api_connections, self.frame_connections = block.api_connections, block.frame_connections
        self._patience = Patience()
        login = base.copy_with(path=base.path.rstrip("/") + _LOGIN)
        transport = ReadOnlyTransport(connections=block.api_connections, login=login)
        self._api = httpx.Client(base_url=base, timeout=_TIMEOUT, transport=transport)
        self.address: Address | None = None
        """Where the server is, once connected."""
        self._frames = FrameFetcher(
            connections=block.frame_connections,
            hosts=[host.strip() for host in (block.frame_hosts or "").split(",") if host.strip()],
            api_address=lambda: self.address,
            patience=self._patience,
        )
        self._token, self._logins = "", 0
        self._token_lock = threading.Lock()

    def __enter__(self) -> AlertApiClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._api.close()
        self._frames.close()

    def stop(self) -> None:
        """Try nothing again from now on, so that threads that wait come to their end."""
        self._patience.end()

    def sign_in(self) -> None:
        """Get a token, once.

        Raises:
            UsageError: when the server cannot be reached or refuses the account.
        """
        self._bearer(refused=0)

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
        rows: dict[object, dict[str, Any]] = {}
        for page_size in _DETECTION_PAGES:
            for page in self._pages(path, page_size, desc="false"):
                if page and all(row.get("id") in rows for row in page) and len(page) == page_size == len(rows):
                    return self._without_offset(path, rows)
                rows.update((row.get("id"), row) for row in page)
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
        seen: set[object] = set()
        for page in self._pages(path, _DAY_PAGE, from_date=day.isoformat(), risk_score="extreme"):
            new = [row for row in page if row.get("id") not in seen]
            if not new:
                return
            for row in new:
                seen.add(row.get("id"))
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

    def _without_offset(self, path: str, first: dict[object, dict[str, Any]]) -> list[dict[str, Any]]:
        """The rows from both ends, of a server that gives the first page whatever the offset."""
        last = {row.get("id"): row for row in reversed(self._list(path, desc="true", limit=_DETECTION_PAGES[0]))}
        if last.keys().isdisjoint(first):
            raise RunError(f"{self._shown}{_PREFIX}{path}: this server tells the first and the last 100 rows only")
        return list((first | last).values())

    def _list(self, path: str, **query: str | int) -> list[dict[str, Any]]:
        rows = self._json(path, query)
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise RunError(f"{self._shown}{_PREFIX}{path}: expected a JSON list of objects; is it an alert-api?")
        return rows

    def _object(self, path: str) -> dict[str, Any]:
        row = self._json(path, {})
        if not isinstance(row, dict):
            raise RunError(f"{self._shown}{_PREFIX}{path}: expected a JSON object; is it an alert-api?")
        return row

    def _json(self, path: str, query: dict[str, str | int]) -> Any:
        token, login = self._bearer(refused=0)
        response = self._send(path, token, query)
        if response.status_code in (401, 406):  # the server restarted with another secret
            token, _ = self._bearer(refused=login)
            response = self._send(path, token, query)
        if response.status_code != 200:
            kind = {403: ForbiddenError, 404: NotFoundError}.get(response.status_code, RunError)
            raise kind(f"{self._shown}{_PREFIX}{path}: answered {response.status_code}: {_detail(response)}")
        try:
            return response.json()
        except ValueError:
            return None

    def _send(self, path: str, token: str, query: dict[str, str | int]) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}"}
        extensions = on_connect(self._connected)
        return self._patience.send(
            lambda: not_busy(self._api.get(_PREFIX + path, params=query, headers=headers, extensions=extensions)),
            what=path,
        )

    def _connected(self, address: Address) -> None:
        self.address = address

    def _bearer(self, *, refused: int) -> tuple[str, int]:
        """The newest token and the number of its login, after another login where that one was refused."""
        with self._token_lock:
            if self._logins == refused:
                self._token = self._sign_in()
                self._logins += 1
            return self._token, self._logins

    def _sign_in(self) -> str:
        form = {"username": self._login_name, "password": self._password.get_secret_value()}
        extensions = on_connect(self._connected)
        try:
            response = self._patience.send(
                lambda: not_busy(self._api.post(_LOGIN, data=form, extensions=extensions)), what="login"
            )
        except RunError as error:
            raise UsageError(f"ALERT_API_URL {self._shown} cannot be reached: {error.__cause__}") from error
        if response.status_code in (401, 403, 404, 422):
            refused = (
                "ALERT_API_LOGIN or ALERT_API_PASSWORD is wrong" if response.status_code == 401 else "no alert-api"
            )
            raise UsageError(f"{self._shown}: {refused}: {response.status_code} {_detail(response)}")
        try:
            return str(response.json()["access_token"])
        except (ValueError, KeyError, TypeError) as error:
            raise UsageError(f"ALERT_API_URL {self._shown} is no alert-api: login gave no token") from error


def _address(url: str) -> httpx.URL:
    try:
        parsed = httpx.URL(url.rstrip("/"))
    except httpx.InvalidURL as error:
        raise UsageError(f"ALERT_API_URL {place(url)!r}: {error}") from error
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise UsageError(f"ALERT_API_URL {place(url)!r}: expected http://… or https://…")
    return parsed.copy_with(path=parsed.path.removesuffix(_PREFIX))


def _detail(response: httpx.Response) -> str:
    """The server's own sentence. A validation list is left out: it repeats the input, passwords included."""
    try:
        detail = response.json()["detail"]
    except (ValueError, KeyError, TypeError):
        return response.reason_phrase
    return " ".join(detail.split())[:200] if isinstance(detail, str) else response.reason_phrase
