"""alert-api, read-only."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import date
from typing import Any, ClassVar

import httpx
from pydantic import Field, SecretStr
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from blocks.resolve import SettingsBlock
from smokewatch.errors import RunError, UsageError

_PREFIX = "/api/v1"
_LOGIN = f"{_PREFIX}/login/creds"
_SEQUENCE_PAGE = 1000
_DETECTION_PAGE = 100  # the most the server gives
_ATTEMPTS = 4
_API_TIMEOUT = httpx.Timeout(60, connect=10)
_FRAME_TIMEOUT = httpx.Timeout(120, connect=10)


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
    }

    url: str = Field(description="The server's address without /api/v1, e.g. https://alertapi.pyronear.org.")
    login: str = Field(description="The account's login; an admin sees every organization.")
    password: SecretStr = Field(description="The account's password.")

    def client(self) -> AlertApiClient:
        """A client of its own connections; use it in a ``with`` statement.

        Raises:
            UsageError: when the address is no http(s) URL.
        """
        return AlertApiClient(self.url, self.login, self.password)


class NotFoundError(RunError):
    """The server answered 404."""


class AlertApiClient:
    """Reads alert-api; safe to share between threads. Every answer is JSON as received."""

    def __init__(self, url: str, login: str, password: SecretStr) -> None:
        parsed = _address(url)
        self._shown = str(parsed.copy_with(userinfo=b""))
        self._login_name, self._password = login, password
        self._api = httpx.Client(base_url=parsed, timeout=_API_TIMEOUT, transport=_ReadOnly())
        # Frames come from an object store: no token, no base URL.
        self._frames = httpx.Client(timeout=_FRAME_TIMEOUT, transport=_ReadOnly(), follow_redirects=False)
        self._token: str | None = None
        self._token_lock = threading.Lock()

    def __enter__(self) -> AlertApiClient:
        return self

    def __exit__(self, *_: object) -> None:
        self._api.close()
        self._frames.close()

    def sign_in(self) -> None:
        """Get a token, once.

        Raises:
            UsageError: when the server cannot be reached or refuses the account.
        """
        self._bearer(refused=None)

    def cameras(self) -> list[dict[str, Any]]:
        """Every camera the account may see, non-trustable ones included: their sequences are listed too."""
        return self._list("/cameras/", include_non_trustable="true")

    def organizations(self) -> list[dict[str, Any]] | None:
        """Every organization, None when the account is no admin."""
        response = self._get("/organizations/", {}, allow=(403,))
        return None if response.status_code == 403 else self._rows(response)

    def sequences_of(self, day: date) -> Iterator[dict[str, Any]]:
        """The sequences that started on a UTC day, newest first, each once.

        ``risk_score=extreme`` switches the risk filter off, which hides sequences from all but admins. Pages of a
        day that is still going on shift, so ids are told apart here.
        """
        seen: set[object] = set()
        offset = 0
        while True:
            page = self._list(
                "/sequences/all/fromdate",
                from_date=day.isoformat(),
                limit=_SEQUENCE_PAGE,
                offset=offset,
                risk_score="extreme",
            )
            for row in page:
                if row.get("id") not in seen:
                    seen.add(row.get("id"))
                    yield row
            if len(page) < _SEQUENCE_PAGE:
                return
            offset += len(page)

    def detections_of(self, sequence_id: int) -> list[dict[str, Any]]:
        """Every row of a sequence in order of receipt, with a presigned ``url`` each.

        Raises:
            NotFoundError: when the sequence was deleted.
        """
        rows: dict[object, dict[str, Any]] = {}
        offset = 0
        while True:
            path = f"/sequences/{sequence_id}/detections"
            page = self._list(path, desc="false", limit=_DETECTION_PAGE, offset=offset)
            rows.update((row.get("id"), row) for row in page)
            if len(page) < _DETECTION_PAGE:
                return list(rows.values())
            offset += len(page)

    def frame(self, url: str) -> bytes | None:
        """A frame's exact bytes from its presigned URL, None when the object does not exist (403, 404).

        A transfer that ends early is tried again; bytes that arrive whole are never judged.

        Raises:
            RunError: when the object store keeps failing.
        """
        response = self._retry(lambda: self._frames.get(url), what=f"frame {_place(url)}")
        if response.status_code in (403, 404):
            return None
        if response.status_code != 200:
            raise RunError(f"frame {_place(url)}: answered {response.status_code}")
        return response.content

    def _list(self, path: str, **query: str | int) -> list[dict[str, Any]]:
        return self._rows(self._get(path, query))

    def _get(self, path: str, query: dict[str, str | int], *, allow: tuple[int, ...] = ()) -> httpx.Response:
        token = self._bearer(refused=None)
        response = self._send(path, token, query)
        if response.status_code in (401, 406):  # the server restarted with another secret
            response = self._send(path, self._bearer(refused=token), query)
        if response.status_code == 200 or response.status_code in allow:
            return response
        kind = NotFoundError if response.status_code == 404 else RunError
        raise kind(f"{self._shown}{_PREFIX}{path}: answered {response.status_code}: {_detail(response)}")

    def _send(self, path: str, token: str, query: dict[str, str | int]) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}"}
        return self._retry(lambda: self._api.get(_PREFIX + path, params=query, headers=headers), what=path)

    def _rows(self, response: httpx.Response) -> list[dict[str, Any]]:
        try:
            rows = response.json()
        except ValueError:
            rows = None
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise RunError(
                f"{response.url.copy_with(query=None)}: expected a JSON list of objects; is it an alert-api?"
            )
        return rows

    def _bearer(self, *, refused: str | None) -> str:
        with self._token_lock:
            if self._token is None or self._token == refused:
                self._token = self._sign_in()
            return self._token

    def _sign_in(self) -> str:
        form = {"username": self._login_name, "password": self._password.get_secret_value()}
        try:
            response = self._retry(lambda: self._api.post(_LOGIN, data=form), what="login")
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

    def _retry(self, call: Any, *, what: str) -> httpx.Response:
        retrying = Retrying(
            stop=stop_after_attempt(_ATTEMPTS),
            wait=wait_random_exponential(multiplier=0.3, max=5),
            retry=retry_if_exception(lambda error: isinstance(error, httpx.RequestError | _BusyError)),
            reraise=True,
        )
        try:
            for attempt in retrying:
                with attempt:
                    response: httpx.Response = call()
                    if response.status_code == 429 or response.status_code >= 500:
                        raise _BusyError(response.status_code)
        except (httpx.RequestError, httpx.InvalidURL) as error:
            raise RunError(f"{what}: {str(error) or type(error).__name__}") from error
        except _BusyError as error:
            raise RunError(f"{what}: the server keeps answering {error.args[0]}") from error
        return response


class _BusyError(Exception):
    """The server cannot answer now."""


class _ReadOnly(httpx.HTTPTransport):
    """Refuses, before anything is sent, every request that could change something."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.method != "GET" and not (request.method == "POST" and request.url.path.endswith(_LOGIN)):
            raise PermissionError(f"{request.method} {request.url.path}: alert-api is only ever read")
        return super().handle_request(request)


def _address(url: str) -> httpx.URL:
    try:
        parsed = httpx.URL(url.rstrip("/"))
    except httpx.InvalidURL as error:
        raise UsageError(f"ALERT_API_URL {_place(url)!r}: {error}") from error
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise UsageError(f"ALERT_API_URL {_place(url)!r}: expected http://… or https://…")
    return parsed.copy_with(path=parsed.path.removesuffix(_PREFIX))


def _place(url: str) -> str:
    """An URL without what may be secret in it: signature and account."""
    return url.split("?")[0].rsplit("@", 1)[-1]


def _detail(response: httpx.Response) -> str:
    """The server's own sentence. A validation list is left out: it repeats the input, passwords included."""
    try:
        detail = response.json()["detail"]
    except (ValueError, KeyError, TypeError):
        return response.reason_phrase
    return " ".join(detail.split())[:200] if isinstance(detail, str) else response.reason_phrase
