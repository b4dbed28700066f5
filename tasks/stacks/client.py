"""Asking a release over HTTP, with bounds on time and size."""

from __future__ import annotations

import time
from dataclasses import dataclass

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
        # trust_env off: a proxy setting must not carry requests away from this machine.
        self._http = httpx.Client(base_url=url, timeout=predict_seconds, trust_env=False)

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
        try:
            with self._http.stream(method, path, content=body, headers=headers, timeout=timeout) as response:
                content = bytearray()
                for chunk in response.iter_bytes():
                    content += chunk
                    if time.perf_counter() - started > seconds:
                        raise TooSlowError(f"no answer within {seconds:g} s")
                    if len(content) > _MAX_ANSWER_BYTES:
                        raise NoAnswerError(f"the answer is larger than {_MAX_ANSWER_BYTES} bytes")
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise NotReachedError("nobody listens") from error
        except httpx.TimeoutException as error:
            raise TooSlowError(f"no answer within {seconds:g} s") from error
        except httpx.RequestError as error:
            raise NoAnswerError(f"no answer: {error}") from error
        return Reply(response.status_code, bytes(content), (time.perf_counter() - started) * 1000)
