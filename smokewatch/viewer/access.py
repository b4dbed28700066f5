"""Who may read: only this machine, or who has the token. And what every reply tells browsers to refuse."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import logging
import uuid
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from smokewatch.viewer.problems import problem

_LOG = logging.getLogger(__name__)
COOKIE = "smokewatch_viewer"
WITHOUT_BODY = "smokewatch.without_body"
"""In the scope of a request that was HEAD: what has no end need not begin."""
OPEN = frozenset({"/healthz"})
"""Paths that tell nothing of the store, for those who watch over the server."""
_LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "[::1]"})
_A_YEAR = 365 * 24 * 3600
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_SIGN_IN = b"""<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>smokewatch: a token is needed</title>
<h1>A token is needed</h1>
<p>Open this page once as <code>/?token=&hellip;</code> with the token that its operator set.</p>
<p>Did you just follow such a link from another page? <a href="/">Go on</a>.</p>
</html>
"""


def content_policy(script_hashes: tuple[str, ...] = ()) -> str:
    """The Content-Security-Policy: everything from here, nothing inline but what is named by its hash."""
    scripts = " ".join(["'self'", *(f"'sha256-{each}'" for each in script_hashes)])
    return (
        f"default-src 'none'; script-src {scripts}; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
        "font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server that listens there."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


class Access:
    """Stands before the app: methods, hosts and tokens are checked, every reply gets its headers.

    Also the last resort: what the app did not expect becomes a problem with an id, and the log tells it under that id.
    """

    def __init__(self, app: ASGIApp, *, token: str | None, loopback: bool) -> None:
        self._app = app
        self._token = token.encode() if token else None
        self._loopback = loopback
        # The cookie proves the token without holding it: who reads a cookie store cannot use it elsewhere.
        self._proof = hmac.new(self._token, b"smokewatch viewer", hashlib.sha256).hexdigest() if self._token else ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        sending = _Sending(send, with_body=scope["method"] != "HEAD")
        refusal = self._refusal(scope)
        if refusal is not None:
            await refusal(scope, receive, sending)
            return
        if scope["method"] == "HEAD":
            scope = {**scope, "method": "GET", WITHOUT_BODY: True}
        try:
            await self._app(scope, receive, sending)
        except Exception:
            name = uuid.uuid4().hex[:12]
            _LOG.exception("error %s", name)
            if sending.started:
                raise
            unexpected = problem(500, f"an unexpected error, {name} in the server's log", "tell its operator")
            await unexpected(scope, receive, sending)

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        if scope["method"] not in ("GET", "HEAD"):
            hint = "this server only reads: use GET"
            return problem(405, f"{scope['method'][:20]} is not answered here", hint, {"Allow": "GET, HEAD"})
        if self._loopback and _host_name(headers.get("host", "")) not in _LOOPBACK_HOSTS:
            # A page elsewhere whose name was made to mean this machine would else read everything (DNS rebinding).
            return problem(403, "this server answers to localhost only", "open it as http://localhost:<port>")
        if self._token is None or scope["path"] in OPEN:
            return None
        return self._token_refusal(scope, headers)

    def _token_refusal(self, scope: Scope, headers: Headers) -> Response | None:
        assert self._token is not None
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        if any(name == "token" and _same(value.encode(), self._token) for name, value in query):
            return self._welcome(scope, [pair for pair in query if pair[0] != "token"])
        if _same(_bearer(headers), self._token) or _same(_cookie(headers), self._proof.encode()):
            return None
        if "text/html" in headers.get("accept", "") and not scope["path"].startswith("/api/"):
            return Response(_SIGN_IN, 401, {"Cache-Control": "no-store"}, media_type="text/html")
        hint = "open the page once with ?token=…, or send Authorization: Bearer"
        return problem(401, "a token is needed, or this one is wrong", hint, {"WWW-Authenticate": "Bearer"})

    def _welcome(self, scope: Scope, query: list[tuple[str, str]]) -> Response:
        """To the same address without the token, which so stays in no history; the cookie stands for it."""
        path = Request(scope).url.path.lstrip("/")  # two slashes would begin another host's address
        target = f"/{path}?{urlencode(query)}" if query else f"/{path}"
        reply = RedirectResponse(target, status_code=303, headers={"Cache-Control": "no-store"})
        secure = scope.get("scheme") == "https"
        reply.set_cookie(COOKIE, self._proof, max_age=_A_YEAR, httponly=True, samesite="strict", secure=secure)
        return reply


class _Sending:
    """Sends messages on, every reply's headers completed; without bodies for HEAD."""

    def __init__(self, send: Send, *, with_body: bool) -> None:
        self._send, self._with_body = send, with_body
        self.started = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers[name] = value
            headers.setdefault("Content-Security-Policy", content_policy())
        elif message["type"] == "http.response.body" and not self._with_body:
            message = {**message, "body": b""}
        await self._send(message)


def _same(given: bytes | None, wanted: bytes) -> bool:
    return given is not None and hmac.compare_digest(given, wanted)


def _bearer(headers: Headers) -> bytes | None:
    kind, _, value = headers.get("authorization", "").partition(" ")
    return value.strip().encode("latin-1") if kind.lower() == "bearer" else None


def _cookie(headers: Headers) -> bytes | None:
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return None
    return found.value.encode("utf-8", "replace") if found else None


def _host_name(host: str) -> str:
    """A Host header without its port, lower case; an IPv6 address keeps its brackets."""
    name = host.lower()
    if name.startswith("["):
        return name[: name.find("]") + 1]
    return name.partition(":")[0]
