"""What the clients of pyronear's APIs share: settings, one token, patience, and that they only read."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any, Self

import httpx
from pydantic import Field, SecretStr

from blocks.frame_urls import FrameFetcher, place
from blocks.resolve import SettingsBlock
from blocks.transport import Address, Patience, ReadOnlyTransport, not_busy, on_connect
from smokewatch.errors import RunError, UsageError

PREFIX = "/api/v1"


class ApiBlock(SettingsBlock):
    """Where an API is, who reads it, and over how many connections."""

    url: str = Field(description="The server's address without /api/v1.")
    login: str = Field(description="The account's login.")
    password: SecretStr = Field(description="The account's password.")
    api_connections: int = Field(default=4, ge=1, description="Connections to the server; few at a time.")
    frame_connections: int = Field(default=32, ge=1, description="Connections to the object store of the frames.")
    frame_hosts: str | None = Field(
        default=None,
        description="Hosts that frames may be fetched from, comma-separated (name, name:port or *.domain); without, "
        "those the server names, but no private address unless the server is on one.",
    )


@dataclass(frozen=True, slots=True)
class Service:
    """How an API is called and signed in to."""

    name: str
    setting: str
    """What the names of its settings begin with."""
    login: str
    """The login's path below ``/api/v1``."""
    login_as: str
    """``data`` for a form, ``json``: what httpx calls the login's body."""
    refusals: frozenset[int]
    """Statuses that a new token may help against."""


class NotFoundError(RunError):
    """The server answered 404."""


class ForbiddenError(RunError):
    """The server answered 403: another organization's, or another role's."""


class ApiClient:
    """Reads an API; safe to share between threads. Use it in a ``with`` statement.

    Raises:
        UsageError: when the address is no http(s) URL.
    """

    def __init__(self, block: ApiBlock, service: Service, *, timeout: httpx.Timeout) -> None:
        self._service = service
        base = self._base(block.url)
        self._shown = str(base.copy_with(userinfo=b""))
        self._login_name, self._password = block.login, block.password
        self.api_connections, self.frame_connections = block.api_connections, block.frame_connections
        self._patience = Patience()
        login = base.copy_with(path=base.path.rstrip("/") + PREFIX + service.login)
        transport = ReadOnlyTransport(connections=block.api_connections, login=login)
        self._api = httpx.Client(base_url=base, timeout=timeout, transport=transport)
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

    def __enter__(self) -> Self:
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

    def _list(self, path: str, **query: str | int) -> list[dict[str, Any]]:
        return self._objects(self._json(path, query), path)

    def _object(self, path: str, **query: str | int) -> dict[str, Any]:
        row = self._json(path, query)
        if not isinstance(row, dict):
            raise self._unexpected(path, "a JSON object")
        return row

    def _objects(self, rows: object, path: str) -> list[dict[str, Any]]:
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise self._unexpected(path, "a JSON list of objects")
        return rows

    def _unexpected(self, path: str, expected: str) -> RunError:
        return RunError(f"{self._shown}{PREFIX}{path}: expected {expected}; is it an {self._service.name}?")

    def _json(self, path: str, query: dict[str, str | int]) -> Any:
        token, login = self._bearer(refused=0)
        response = self._send(path, token, query)
        if response.status_code in self._service.refusals:  # the token's end, or the server has another secret
            token, _ = self._bearer(refused=login)
            response = self._send(path, token, query)
        if response.status_code != 200:
            kind = {403: ForbiddenError, 404: NotFoundError}.get(response.status_code, RunError)
            raise kind(f"{self._shown}{PREFIX}{path}: answered {response.status_code}: {_detail(response)}")
        try:
            return response.json()
        except ValueError:
            return None

    def _send(self, path: str, token: str, query: dict[str, str | int]) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}"}
        extensions = on_connect(self._connected)
        return self._patience.send(
            lambda: not_busy(self._api.get(PREFIX + path, params=query, headers=headers, extensions=extensions)),
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
        setting, path = self._service.setting, PREFIX + self._service.login
        account = {"username": self._login_name, "password": self._password.get_secret_value()}
        body: dict[str, Any] = {self._service.login_as: account}
        extensions = on_connect(self._connected)
        try:
            response = self._patience.send(
                lambda: not_busy(self._api.post(path, extensions=extensions, **body)), what="login"
            )
        except RunError as error:
            raise UsageError(f"{setting}_URL {self._shown} cannot be reached: {error.__cause__}") from error
        if response.status_code in (400, 401, 403, 404, 422):
            refused = {
                400: f"the account of {setting}_LOGIN cannot be used",
                401: f"{setting}_LOGIN or {setting}_PASSWORD is wrong",
            }.get(response.status_code, f"no {self._service.name}")
            raise UsageError(f"{self._shown}: {refused}: {response.status_code} {_detail(response)}")
        try:
            return str(response.json()["access_token"])
        except (ValueError, KeyError, TypeError) as error:
            raise UsageError(f"{setting}_URL {self._shown} is no {self._service.name}: login gave no token") from error

    def _base(self, url: str) -> httpx.URL:
        setting = f"{self._service.setting}_URL"
        try:
            parsed = httpx.URL(url.rstrip("/"))
        except httpx.InvalidURL as error:
            raise UsageError(f"{setting} {place(url)!r}: {error}") from error
        if parsed.scheme not in ("http", "https") or not parsed.host:
            raise UsageError(f"{setting} {place(url)!r}: expected http://… or https://…")
        return parsed.copy_with(path=parsed.path.removesuffix(PREFIX))


def _detail(response: httpx.Response) -> str:
    """The server's own sentence. A validation list is left out: it repeats the input, passwords included."""
    try:
        detail = response.json()["detail"]
    except (ValueError, KeyError, TypeError):
        return response.reason_phrase
    return " ".join(detail.split())[:200] if isinstance(detail, str) else response.reason_phrase
