"""Frames from presigned URLs: exact bytes, without the API's token, from hosts that may be asked."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from queue import LifoQueue

import httpx

from blocks.transport import Address, Patience, ReadOnlyTransport, not_busy, on_connect
from smokewatch.errors import RunError, printable

LARGEST_FRAME = 64 * 1024**2
"""Bytes; cameras send below 2 MB."""
LONGEST_FRAME = 300.0
"""Seconds; timeouts alone do not end a frame that comes byte by byte."""
_KEPT = 4  # connections that each keeps, to several hosts: one at a time is used
_TIMEOUT = httpx.Timeout(30, connect=10, pool=None).as_dict()


class UrlExpiredError(RunError):
    """The presigned URL is good no longer: the API gives a new one."""


class HostRefusedError(RunError):
    """The URL leads where frames must not be fetched from."""


class FrameFetcher:
    """Fetches frames from an object store; safe to share between threads.

    Which hosts: those of `hosts` (a name, `name:port`, or `*.domain`). Without any, those the API's answers name,
    as long as they lead to a public address, or the API itself is on a private one. That is checked on the socket,
    once connected, so that a name which resolves differently a moment later changes nothing. Link-local addresses
    (where clouds keep their machines' secrets) have to be named, or be where the API is. Redirects are not followed.
    """

    def __init__(
        self, *, connections: int, hosts: Sequence[str], api_address: Callable[[], Address | None], patience: Patience
    ) -> None:
        # One transport a frame at a time, the last used first: in a shared one, every request looks at every connection
        # under one lock. No client around it: it would follow, decode and remember things.
        self._transports = [ReadOnlyTransport(connections=_KEPT) for _ in range(connections)]
        self._free: LifoQueue[ReadOnlyTransport] = LifoQueue()
        for transport in self._transports:
            self._free.put(transport)
        self._hosts, self._api_address, self._patience = tuple(hosts), api_address, patience

    def close(self) -> None:
        """Give back every connection."""
        for transport in self._transports:
            transport.close()

    def fetch(self, url: str) -> bytes | None:
        """A frame's exact bytes, None when the object does not exist (403, 404).

        A transfer that ends early is tried again; bytes that arrive whole are never judged.

        Raises:
            UrlExpiredError: when the object store refuses the URL for its age.
            HostRefusedError: when the host may not be asked.
            RunError: when the object store keeps failing.
        """
        what = f"frame {place(url)}"
        try:
            parsed = httpx.URL(url)
            self._check_name(parsed, what)
        except (httpx.InvalidURL, UnicodeError) as error:
            raise RunError(f"{what}: {printable(str(error), 200)}") from error
        status, content = self._patience.send(lambda: self._get(parsed, what), what=what)
        if status == 200:
            return content
        if status in (400, 401, 403) and _expired(parsed, content):
            raise UrlExpiredError(f"{what}: its URL expired before it was used; is this machine's clock right?")
        if status in (403, 404):
            return None
        raise RunError(f"{what}: answered {status}")

    def _get(self, url: httpx.URL, what: str) -> tuple[int, bytes]:
        """The status and the bytes as they are stored, not as a header would have them decoded."""
        extensions = on_connect(lambda address: self._check_address(address, what)) | {"timeout": _TIMEOUT}
        request = httpx.Request("GET", url, headers={"Accept-Encoding": "identity"}, extensions=extensions)
        transport = self._free.get()
        try:
            with closing(transport.handle_request(request)) as response:
                return not_busy(response).status_code, _read(response, what)
        except UnicodeError as error:  # a name that is none: the resolver's own word
            raise RunError(f"{what}: {printable(str(error), 200)}") from error
        finally:
            self._free.put(transport)

    def _check_name(self, url: httpx.URL, what: str) -> None:
        if url.scheme not in ("http", "https") or not url.host:
            raise HostRefusedError(f"{what}: expected a http(s) URL")
        if self._hosts and not any(_matches(url, host) for host in self._hosts):
            raise HostRefusedError(f"{what}: {url.host} is not in SMOKEWATCH_FRAME_HOSTS")

    def _check_address(self, address: Address, what: str) -> None:
        if not self._hosts and (reason := refusal(address, self._api_address())) is not None:
            raise HostRefusedError(f"{what}: {reason}; name the host in SMOKEWATCH_FRAME_HOSTS if it is right")


def refusal(address: Address, api_address: Address | None) -> str | None:
    """Why frames must not be fetched from an address while the API is at another; None when they may."""
    if address.is_link_local and not (api_address and api_address.is_link_local):
        return f"{address} is a link-local address"
    if not address.is_global and (api_address is None or api_address.is_global):
        return f"{address} is a private address, and the API is on a public one"
    return None


def place(url: str) -> str:
    """An URL without what may be secret in it: signature and account."""
    return printable(url.split("?")[0].rsplit("@", 1)[-1], 200)


def _read(response: httpx.Response, what: str) -> bytes:
    assert isinstance(response.stream, httpx.SyncByteStream)
    began, parts, size = time.monotonic(), [], 0
    for part in response.stream:
        parts.append(part)
        size += len(part)
        if size > LARGEST_FRAME:
            raise RunError(f"{what}: more than {LARGEST_FRAME // 1024**2} MiB")
        if time.monotonic() - began > LONGEST_FRAME:
            raise RunError(f"{what}: has no end after {LONGEST_FRAME:.0f} s")
    return b"".join(parts)


def _matches(url: httpx.URL, allowed: str) -> bool:
    name, _, port = allowed.rpartition(":") if allowed.rpartition(":")[2].isdecimal() else (allowed, "", "")
    if port and int(port) != (url.port or {"http": 80, "https": 443}[url.scheme]):
        return False
    host, name = url.host.lower(), name.lower().strip("[]")
    return host.endswith(name[1:]) if name.startswith("*.") else host == name


def _expired(url: httpx.URL, body: bytes) -> bool:
    """Whether the object store says so, or the URL's own end (SigV2 `Expires`, SigV4 `X-Amz-*`) is past."""
    if b"expired" in body.lower():
        return True
    query = {name.lower(): value for name, value in url.params.items()}
    try:
        if "expires" in query:
            end = datetime.fromtimestamp(int(query["expires"]), UTC)
        else:
            began = datetime.strptime(query["x-amz-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
            end = began + timedelta(seconds=int(query["x-amz-expires"]))
    except (KeyError, ValueError, OverflowError, OSError):
        return False
    return end <= datetime.now(UTC)
