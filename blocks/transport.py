"""HTTP that only reads: what it refuses to send, when it tries again, whom it is connected to."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any, TypeVar

import httpx
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception,
    sleep_using_event,
    wait_random_exponential,
)

from smokewatch.certificates import authorities
from smokewatch.errors import RunError

Address = IPv4Address | IPv6Address
T = TypeVar("T")

ATTEMPTS = 6
LONGEST_RETRY_AFTER = 300.0
"""Seconds; a server that asks for more is not waited for."""
HOPELESS_AFTER = 20
"""Requests given up in a row; from then on each is tried once, until one succeeds."""
LARGEST_ANSWER = 32 * 1024**2
"""Bytes of JSON, decoded; a day's longest listing has 7 MB. Read, they are up to 30 times as much memory."""
LONGEST_ANSWER = 300.0
"""Seconds; timeouts alone do not end an answer that comes byte by byte."""
BACKOFF = wait_random_exponential(multiplier=0.3, max=20)
_OF_TRANSFER = ("content-encoding", "content-length", "transfer-encoding")


class ReadOnlyTransport(httpx.HTTPTransport):
    """Pooled connections, at most `connections`; refuses, before anything is sent, every request that could write.

    Raises:
        PermissionError: on every method but GET, and POST to `login` where there is one.
    """

    def __init__(self, *, connections: int, login: httpx.URL | None = None) -> None:
        limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
        super().__init__(verify=authorities(), limits=limits)
        self._login = None if login is None else _target(login)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request that reads."""
        if request.method != "GET" and (request.method, _target(request.url)) != ("POST", self._login):
            raise PermissionError(f"{request.method} {request.url.path}: this server is only ever read")
        return super().handle_request(request)


class Patience:
    """Tries again on 5xx, 429, timeouts and broken connections, with backoff and jitter; safe to share."""

    def __init__(self) -> None:
        self._ended = threading.Event()
        self._given_up = 0

    def end(self) -> None:
        """Nobody waits any more: what fails from now on fails at once."""
        self._ended.set()

    def send(self, call: Callable[[], T], *, what: str) -> T:
        """The result of a call that sends one request and hands its response to :func:`not_busy`.

        Raises:
            RunError: when the server keeps failing, or its address cannot be used; begins with `what`.
        """
        retrying = Retrying(
            stop=self._enough,
            wait=_wait,
            sleep=sleep_using_event(self._ended),
            retry=retry_if_exception(_may_pass),
            reraise=True,
        )
        try:
            result: T = retrying(call)
        except (httpx.RequestError, httpx.InvalidURL) as error:
            self._given_up += 1
            raise RunError(f"{what}: {str(error) or type(error).__name__}") from error
        except BusyError as error:
            self._given_up += 1
            raise RunError(f"{what}: {error}") from error
        self._given_up = 0
        return result

    def _enough(self, state: RetryCallState) -> bool:
        attempts = 1 if self._given_up >= HOPELESS_AFTER else ATTEMPTS
        return state.attempt_number >= attempts or _asked(state) > LONGEST_RETRY_AFTER or self._ended.is_set()


class BusyError(Exception):
    """The server cannot answer now; `retry_after` seconds is what it asked for, 0 when it did not."""

    def __init__(self, status: int, retry_after: float) -> None:
        asked = f" and asks to wait {retry_after:.0f} s" if retry_after else ""
        super().__init__(f"the server keeps answering {status}{asked}")
        self.retry_after = retry_after


def ask(client: httpx.Client, method: str, path: str, **request: Any) -> httpx.Response:
    """Send a request and read its whole answer, as far as that has an end.

    Args:
        client: sends it.
        method: GET or POST.
        path: below the client's base.
        request: what :meth:`httpx.Client.stream` takes besides.

    Raises:
        RunError: when the answer is too large, or too slow.
        httpx.RequestError: when the server cannot be reached, or breaks off.
    """
    began, content = time.monotonic(), bytearray()
    with client.stream(method, path, **request) as response:
        for part in response.iter_bytes():
            content += part
            if len(content) > LARGEST_ANSWER:
                raise RunError(f"{path}: the answer has more than {LARGEST_ANSWER // 1024**2} MiB")
            if time.monotonic() - began > LONGEST_ANSWER:
                raise RunError(f"{path}: the answer has no end after {LONGEST_ANSWER:.0f} s")
    decoded = [each for each in response.headers.multi_items() if each[0].lower() not in _OF_TRANSFER]
    said = {name: value for name, value in response.extensions.items() if name == "reason_phrase"}
    return httpx.Response(
        response.status_code, headers=decoded, content=bytes(content), request=response.request, extensions=said
    )


def not_busy(response: httpx.Response) -> httpx.Response:
    """The response, unless it says that the server cannot answer now.

    Raises:
        BusyError: on 429 and 5xx.
    """
    if response.status_code == 429 or response.status_code >= 500:
        raise BusyError(response.status_code, _retry_after(response.headers.get("Retry-After")))
    return response


def on_connect(tell: Callable[[Address], None]) -> dict[str, Any]:
    """Request extensions that tell every new connection's peer, before anything is sent over it.

    What `tell` raises ends the request. The address is the socket's own: no name can be looked up differently later.
    """

    def trace(event: str, info: dict[str, Any]) -> None:
        if event == "connection.connect_tcp.complete":
            address = ip_address(info["return_value"].get_extra_info("server_addr")[0])
            tell(getattr(address, "ipv4_mapped", None) or address)

    return {"trace": trace}


def _target(url: httpx.URL) -> tuple[str, str, int | None, str]:
    return url.scheme, url.host, url.port, url.path


def _may_pass(error: BaseException) -> bool:
    return isinstance(error, httpx.RequestError | BusyError) and not isinstance(error, httpx.UnsupportedProtocol)


def _wait(state: RetryCallState) -> float:
    return _asked(state) + BACKOFF(state)


def _asked(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    return error.retry_after if isinstance(error, BusyError) else 0.0


def _retry_after(value: str | None) -> float:
    """Seconds, from a number of them or an HTTP date; 0 for anything else."""
    if value is None:
        return 0.0
    if value.strip().isdecimal():
        return float(value)
    try:
        until = parsedate_to_datetime(value)
        aware = until if until.tzinfo else until.replace(tzinfo=UTC)
        return max(0.0, (aware - datetime.now(UTC)).total_seconds())
    except (ValueError, OverflowError):
        return 0.0
