"""risk-api, read-only."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

import httpx
from pydantic import Field, SecretStr

from blocks.json_client import JsonClient, base_url, detail_of
from blocks.resolve import SettingsBlock
from blocks.transport import ReadOnlyTransport, ask, not_busy
from smokewatch.errors import UsageError

_TIMEOUT = httpx.Timeout(5)  # as production's own client has it
_CONNECTIONS = 1  # a day is one or two requests


class RiskApi(SettingsBlock):
    """risk-api: each camera's Fire Weather Index by day. Nothing is ever written there.

    Example:
        ```python
        from blocks.risk_api import RiskApi

        with RiskApi.resolve().client() as api:
            api.cameras()
        ```
    """

    _block_type_name = "smokewatch RiskApi"
    _block_type_slug = "smokewatch-risk-api"
    _description = "Read-only access to pyronear's risk-api."

    setting_names: ClassVar[dict[str, str]] = {
        "url": "risk_api_url",
        "login": "risk_api_login",
        "password": "risk_api_pwd",
    }

    url: str = Field(description="The server's address, e.g. https://riskapi.pyronear.org.")
    login: str = Field(description="The account's login (HTTP Basic).")
    password: SecretStr = Field(description="The account's password.")

    def client(self) -> RiskApiClient:
        """A client of its own connection; use it in a ``with`` statement.

        Raises:
            UsageError: when the address is no http(s) URL.
        """
        return RiskApiClient(self)


class RiskApiClient(JsonClient):
    """Reads risk-api; safe to share between threads. Every answer is JSON as received.

    A server that has not loaded its cameras yet answers 503: it is asked again, as after any 5xx.
    """

    def __init__(self, block: RiskApi) -> None:
        api = httpx.Client(
            base_url=base_url(block.url, "RISK_API_URL"),
            timeout=_TIMEOUT,
            transport=ReadOnlyTransport(connections=_CONNECTIONS),
            auth=httpx.BasicAuth(block.login, block.password.get_secret_value()),
        )
        super().__init__(api, prefix="", name="risk-api")

    def cameras(self) -> list[dict[str, Any]]:
        """Every camera with its index and class as last refreshed, whatever day that was.

        Raises:
            UsageError: when the account is refused.
            RunError: when the server cannot be reached, keeps failing, or is no risk-api.
        """
        return self._list("/cameras")

    def scores(self, day: date) -> list[dict[str, Any]]:
        """Every camera's index and class of a UTC day; none for a day that was never computed.

        Raises:
            UsageError, RunError: as :meth:`cameras` says.
        """
        return self._list(f"/scores/{day.isoformat()}")

    def _get(self, path: str, query: dict[str, str | int]) -> httpx.Response:
        response = self._patience.send(
            lambda: not_busy(ask(self._api, "GET", path, params=query)), what=self._where(path)
        )
        if response.status_code == 401:
            raise UsageError(f"{self._shown}: RISK_API_LOGIN or RISK_API_PWD is wrong: 401 {detail_of(response)}")
        return response
