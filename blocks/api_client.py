"""What the clients of alert-api and the annotator share: settings, one token, and frames."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

import httpx
from pydantic import Field, SecretStr

from blocks.frame_urls import FrameFetcher
from blocks.json_client import ForbiddenError as ForbiddenError
from blocks.json_client import JsonClient, base_url, detail_of, json_of
from blocks.json_client import NotFoundError as NotFoundError
from blocks.resolve import SettingsBlock
from blocks.transport import Address, ReadOnlyTransport, ask, not_busy, on_connect
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


class ApiClient(JsonClient):
    """Reads an API; safe to share between threads. Use it in a ``with`` statement.

    Raises:
        UsageError: when the address is no http(s) URL.
    """

    def __init__(self, block: ApiBlock, service: Service, *, timeout: httpx.Timeout) -> None:
        base = base_url(block.url, f"{service.setting}_URL", without=PREFIX)
        login = base.copy_with(path=base.path.rstrip("/") + PREFIX + service.login)
        transport = ReadOnlyTransport(connections=block.api_connections, login=login)
        api = httpx.Client(base_url=base, timeout=timeout, transport=transport)
        super().__init__(api, prefix=PREFIX, name=service.name)
        self._service = service
        self._login_name, self._password = block.login, block.password
        self.api_connections, self.frame_connections = block.api_connections, block.frame_connections
        self.address: Address | None = None
        """Where the server is, once connected."""
        self._frames = FrameFetcher(
            connections=block.frame_connections,
            hosts=[host.strip() for host in (block.frame_hosts or "").split(",") if host.strip()],
            api_address=lambda: self.address,
            patience=self._patience,
        )
        # Requests wait here for a connection: among its waiting ones, httpx would look at every connection every time.
        self._turns = threading.BoundedSemaphore(block.api_connections)
        self._token, self._logins = "", 0
        self._token_lock = threading.Lock()

    def __exit__(self, *error: object) -> None:
        super().__exit__(*error)
        self._frames.close()

    def sign_in(self) -> None:
        """Get a token, once.

        Raises:
            UsageError: when the server cannot be reached or refuses the account.
        """
        self._bearer(refused=0)

    def _get(self, path: str, query: dict[str, str | int]) -> httpx.Response:
        token, login = self._bearer(refused=0)
        response = self._send(path, token, query)
        if response.status_code in self._service.refusals:  # the token's end, or the server has another secret
            token, _ = self._bearer(refused=login)
            response = self._send(path, token, query)
        return response

    def _send(self, path: str, token: str, query: dict[str, str | int]) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}"}
        extensions = on_connect(self._connected)

        def send() -> httpx.Response:
            with self._turns:
                response = ask(self._api, "GET", PREFIX + path, params=query, headers=headers, extensions=extensions)
            return not_busy(response)

        return self._patience.send(send, what=path)

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
                lambda: not_busy(ask(self._api, "POST", path, extensions=extensions, **body)), what="login"
            )
        except RunError as error:
            raise UsageError(f"{setting}_URL {self._shown} cannot be reached: {error.__cause__ or error}") from error
        if response.status_code in (400, 401, 403, 404, 422):
            refused = {
                400: f"the account of {setting}_LOGIN cannot be used",
                401: f"{setting}_LOGIN or {setting}_PASSWORD is wrong",
            }.get(response.status_code, f"no {self._service.name}")
            raise UsageError(f"{self._shown}: {refused}: {response.status_code} {detail_of(response)}")
        try:
            return str(json_of(response)["access_token"])
        except (ValueError, KeyError, TypeError) as error:
            raise UsageError(f"{setting}_URL {self._shown} is no {self._service.name}: login gave no token") from error
