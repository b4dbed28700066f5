"""Slack's incoming webhooks: one for everybody, others for organizations of their own."""

from __future__ import annotations

import logging
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any, ClassVar
from urllib.error import URLError

import httpx
from prefect.types import SecretDict
from prefect_slack import SlackWebhook
from pydantic import Field, SecretStr, field_validator

from blocks.resolve import DEFAULT, SettingsBlock
from blocks.transport import BusyError, not_busy
from smokewatch.domain.messages import Body, Links
from smokewatch.domain.organizations import is_called
from smokewatch.errors import UsageError
from smokewatch.store.outbox import MessageState

_TIMEOUT_SECONDS = 10
_LONGEST_DETAIL = 200
_NEVER_ARRIVED = (ConnectionRefusedError, socket.gaierror, ssl.SSLCertVerificationError)
"""What ends a request before any of it was sent."""
_SILENT = logging.getLogger("smokewatch.slack")
"""slack_sdk would log addresses, which are secrets."""
_SILENT.setLevel(logging.CRITICAL)


class Slack(SettingsBlock):
    """Where people are told of alerts, and what messages link to.

    The webhook for everybody is, without an address of its own, that of prefect-slack's ``SlackWebhook`` block named
    ``default``.
    """

    _block_type_name = "smokewatch Slack"
    _block_type_slug = "smokewatch-slack"
    _description = "Slack webhooks that are told of alerts."

    setting_names: ClassVar[dict[str, str]] = {
        "url": "slack_webhook_url",
        "organizations": "slack_webhooks",
        "platform_url": "platform_url",
        "viewer_url": "viewer_url",
        "hours": "notify_hours",
        "an_hour": "notify_an_hour",
        "pause": "notify_pause",
    }

    url: SecretStr | None = Field(default=None, description="The webhook for everybody else.")
    # Prefect hides a SecretDict's values; those of a dict of SecretStr its API would tell.
    organizations: SecretDict = Field(
        default_factory=lambda: SecretDict({}), description="Organization, by name or slug -> its own webhook."
    )
    platform_url: str = Field(description="The platform's address.")
    viewer_url: str | None = Field(default=None, description="Where the viewer is reached.")
    hours: float = Field(default=3, gt=0, description="People are told of smoke seen in so many last hours.")
    an_hour: int = Field(default=20, ge=0, description="Alerts an hour told one by one; more are told in a digest.")
    pause: float = Field(default=1, ge=0, description="Seconds between two messages to a webhook.")

    @field_validator("organizations", mode="before")
    @classmethod
    def _plain(cls, given: Any) -> Any:
        if not isinstance(given, Mapping):
            return given
        return {name: each.get_secret_value() if isinstance(each, SecretStr) else each for name, each in given.items()}

    @property
    def links(self) -> Links:
        """Where messages lead to."""
        return Links(self.platform_url, self.viewer_url)

    def webhooks(self) -> Webhooks:
        """The webhooks, to be asked whose is whose.

        Raises:
            UsageError: when an address is no http(s) URL; the message does not tell it.
        """
        url, own = self.url or _saved_url(), self.organizations.get_secret_value()
        return Webhooks(
            None if url is None else Webhook(url, "SLACK_WEBHOOK_URL"),
            {name: Webhook(SecretStr(each), f"SMOKEWATCH_SLACK_WEBHOOKS, {name}") for name, each in own.items()},
        )


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of a message: ``sent``, ``refused``, ``unknown``, or ``waiting``: it provably did not arrive."""

    state: MessageState
    detail: str
    """One line for people, without the webhook's address."""
    retry_after: float = 0.0
    """Seconds that the server asked to wait, 0 when it did not."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """An address that takes messages; who has it can write there."""

    url: SecretStr
    setting: str

    def __post_init__(self) -> None:
        try:
            parsed = httpx.URL(self.url.get_secret_value())
        except httpx.InvalidURL:
            parsed = httpx.URL()
        if parsed.scheme not in ("http", "https") or not parsed.host:
            raise UsageError(f"{self.setting}: expected http://… or https://…")

    def send(self, body: Body) -> Delivery:
        """Post a message, once: nothing is tried again that may have been delivered."""
        client = SlackWebhook(url=self.url).get_client(sync_client=True)
        client.timeout = _TIMEOUT_SECONDS
        client.logger = _SILENT
        # It would try again after a broken connection, and take a proxy even where NO_PROXY says none.
        client.retry_handlers, client.proxy = [], None
        try:
            answer = client.send_dict(body)
        except URLError as error:
            failed = isinstance(error.reason, _NEVER_ARRIVED)
            return Delivery(MessageState.WAITING if failed else MessageState.UNKNOWN, _line(error.reason))
        except (OSError, HTTPException, ValueError) as error:
            return Delivery(MessageState.UNKNOWN, _line(error))
        return _outcome(answer.status_code, answer.headers, answer.body)


@dataclass(frozen=True, slots=True)
class Webhooks:
    """Whose webhook is which."""

    default: Webhook | None
    named: Mapping[str, Webhook]

    def of(self, organization_id: int, name: str) -> Webhook | None:
        """An organization's own, else the one for everybody; None: nobody is told."""
        own = next((each for text, each in self.named.items() if is_called(text, organization_id, name)), None)
        return own or self.default

    def check(self, names: Mapping[tuple[str, int], str]) -> None:
        """See that there is one, and that all belong to somebody.

        Args:
            names: (source, id) -> name of every organization that is known.

        Raises:
            UsageError: when there is none, or a mistyped name would have its messages go to everybody's.
        """
        if self.default is None and not self.named:
            raise UsageError(
                "SLACK_WEBHOOK_URL not set: set it in the environment or .env (see .env.example), or save a "
                f"SlackWebhook block named {DEFAULT!r}"
            )
        for text in self.named:
            if names and not any(is_called(text, identity, name) for (_, identity), name in names.items()):
                known = ", ".join(sorted(names.values()))
                raise UsageError(f"SMOKEWATCH_SLACK_WEBHOOKS: no organization is called {text!r}; known: {known}")


def _outcome(status: int, headers: Mapping[str, str], text: str) -> Delivery:
    try:
        not_busy(httpx.Response(status, headers={"Retry-After": headers.get("Retry-After") or ""}))
    except BusyError as error:
        return Delivery(MessageState.WAITING, _line(f"{status} {text}"), error.retry_after)
    if not 200 <= status < 300:
        return Delivery(MessageState.REFUSED, _line(f"{status} {text}"))
    if text.lstrip().startswith("<"):
        return Delivery(MessageState.REFUSED, "it answers with a page: it is no webhook")
    return Delivery(MessageState.SENT, _line(text))


def _line(said: object) -> str:
    return " ".join((str(said) or type(said).__name__).split())[:_LONGEST_DETAIL]


def _saved_url() -> SecretStr | None:
    try:
        saved: Any = SlackWebhook.load(DEFAULT)
    except ValueError:
        return None
    return SecretStr(saved.url.get_secret_value())
