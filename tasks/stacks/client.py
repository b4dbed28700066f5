"""Asking a release over HTTP, with bounds on time and size."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import Any

import httpx

from smokewatch.domain.answers import Health, parse_health
from smokewatch.errors import RunError

_MAX_ANSWER_BYTES = 16 * 1024 * 1024
_HEALTH_SECONDS = 5.0
_CONNECT_SECONDS = 5.0


class NoAnswerError(RunError):
    """The release was asked and gave no answer."""


class TooSlowError(NoAnswerError):
    """The release was asked and gave no answer in time."""


class NotReachedError(RunError):
    """Nobody listens where the release should be: it was not asked."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer to ``POST /predict`` as it came."""

    status: int
    content: bytes
    milliseconds: float


class ReleaseClient:
    """A client of one replica of a release."""

    def __init__(self, url: str, *, predict_seconds: float) -> None:
        self._predict_seconds = predict_seconds
        self._http = httpx.Client(
            base_url=url,
            timeout=predict_seconds,
            trust_env=False,  # a proxy setting must not carry requests away from this machine
            # Releases close idle connections after seconds (uvicorn: 5): a request on one would be lost.
            limits=httpx.Limits(max_keepalive_connections=0),
        )

    def health(self) -> Health:
        """What ``GET /health`` says.

        Raises:
            NotReachedError: nobody listens.
            NoAnswerError: no answer in time, or too large a one.
            InvalidAnswerError: an answer that is none.
        """
        return parse_health(self._ask("GET", "/health", None, seconds=_HEALTH_SECONDS).content)

    def predict(self, body: bytes) -> Reply:
        """Ask for a prediction with the request's exact bytes, and for everything that the release can tell.

        Raises:
            NotReachedError: nobody listens: the request was not sent.
            TooSlowError: no answer in time.
            NoAnswerError: the connection broke, or the answer is too large.
        """
        return self._ask("POST", "/predict?verbose=true&compute_trigger=true", body, seconds=self._predict_seconds)

    def close(self) -> None:
        """Close its connections."""
        self._http.close()

    def _ask(self, method: str, path: str, body: bytes | None, *, seconds: float) -> Reply:
        headers = {"Content-Type": "application/json"} if body is not None else {}
        timeout = httpx.Timeout(seconds, connect=_CONNECT_SECONDS)
        started = time.perf_counter()
        cut = _Cut(seconds)
        request = self._http.build_request(
            method, path, content=body, headers=headers, timeout=timeout, extensions={"trace": cut.trace}
        )
        try:
            with cut, closing(self._http.send(request, stream=True)) as response:
                content = bytearray()
                for chunk in response.iter_bytes():
                    content += chunk
                    if len(content) > _MAX_ANSWER_BYTES:
                        raise NoAnswerError(f"the answer is larger than {_MAX_ANSWER_BYTES} bytes")
            if cut.made:  # what has no length looks whole
                raise TooSlowError(f"no answer within {seconds:g} s")
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise NotReachedError("nobody listens") from error
        except httpx.RequestError as error:
            if cut.made or isinstance(error, httpx.TimeoutException):
                raise TooSlowError(f"no answer within {seconds:g} s") from error
            raise NoAnswerError(f"no answer: {error}") from error
        return Reply(response.status_code, bytes(content), (time.perf_counter() - started) * 1000)


class _Cut:
    """Ends a connection after so many seconds: timeouts do not end what comes byte by byte, headers least of all."""

    def __init__(self, seconds: float) -> None:
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True
        self._socket: socket.socket | None = None
        self.made = False

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    def trace(self, event: str, info: dict[str, Any]) -> None:
        """Hear of the connection; an httpx request extension."""
        if event == "connection.connect_tcp.complete":
            self._socket = info["return_value"].get_extra_info("socket")

    def _cut(self) -> None:
        self.made = True
        if self._socket is not None:
            with suppress(OSError):  # it has ended by itself
                self._socket.shutdown(socket.SHUT_RDWR)
