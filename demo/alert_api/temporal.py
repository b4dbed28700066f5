"""alert-api's client of the temporal API, and its breaker (alert-api contract, "Validation state machine")."""

from __future__ import annotations

import logging
import random
from dataclasses import dataclass
from datetime import datetime, timedelta

import httpx

TIMEOUT_S = 30.0
FAILURES_TO_OPEN = 3
FIRST_PAUSE_S = 60.0
LONGEST_PAUSE_S = 3600.0
JITTER = 0.2

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Scored:
    """A valid answer; `probability` is null when the release is uncalibrated, versions when it does not tell them."""

    probability: float | None
    model_version: str | None
    api_version: str | None


@dataclass(frozen=True)
class Unavailable:
    """No valid answer, and why."""

    reason: str


class Breaker:
    """Stops calls after 3 network or 5xx failures in a row: for 60 s, then twice as long each time, up to an hour."""

    def __init__(self, seed: int = 0) -> None:
        self._random = random.Random(seed)
        self._failures = 0
        self._pauses = 0
        self._closed_from: datetime | None = None

    def allows(self, now: datetime) -> bool:
        """Whether a call may be made at `now` (aware UTC); after a pause one call is tried."""
        return self._closed_from is None or now >= self._closed_from

    def failed(self, now: datetime) -> None:
        """A network failure or a 5xx at `now`."""
        self._failures += 1
        if self._failures >= FAILURES_TO_OPEN:
            pause = min(FIRST_PAUSE_S * 2**self._pauses, LONGEST_PAUSE_S)
            pause *= self._random.uniform(1 - JITTER, 1 + JITTER)
            self._pauses += 1
            self._closed_from = now + timedelta(seconds=pause)

    def answered(self) -> None:
        """Any answer below 500, a 4xx included, closes the breaker."""
        self._failures = 0
        self._pauses = 0
        self._closed_from = None


class TemporalApi:
    """Calls `{url}/predict` as production does: no query, a bearer token only when one is set."""

    def __init__(self, url: str, *, token: str | None = None, breaker: Breaker | None = None) -> None:
        self.url = url.rstrip("/")
        self.breaker = breaker or Breaker()
        headers = {"Content-Type": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        self._client = httpx.Client(timeout=TIMEOUT_S, headers=headers, trust_env=False)

    def predict(self, body: bytes, now: datetime) -> Scored | Unavailable:
        """Post a request body; `now` (aware UTC) is what the breaker counts by."""
        try:
            response = self._client.post(f"{self.url}/predict", content=body)
        except httpx.HTTPError as error:
            self.breaker.failed(now)
            return self._unavailable(f"{type(error).__name__}: {error}")
        if response.status_code >= 500:
            self.breaker.failed(now)
            return self._unavailable(f"{response.status_code}: {response.text[:200]}")
        self.breaker.answered()
        if response.status_code != 200:
            return self._unavailable(f"{response.status_code}: {response.text[:200]}")
        return self._parse(response)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _parse(self, response: httpx.Response) -> Scored | Unavailable:
        try:
            answer = response.json()
        except ValueError as error:
            return self._unavailable(f"not JSON: {error}")
        if not isinstance(answer, dict):
            return self._unavailable(f"not an object: {response.text[:200]}")
        probability = answer.get("probability")
        if probability is not None and (isinstance(probability, bool) or not isinstance(probability, int | float)):
            return self._unavailable(f"probability is no number: {probability!r}")
        version = answer.get("version") or {}
        return Scored(None if probability is None else float(probability), version.get("model"), version.get("api"))

    def _unavailable(self, reason: str) -> Unavailable:
        _log.warning("temporal API %s: %s", self.url, reason)
        return Unavailable(reason)
