"""What every client of an outside API shares: it only reads, it is patient, its errors are one line."""

from __future__ import annotations

from typing import Any, Self

import httpx

from blocks.frame_urls import place
from blocks.transport import Patience
from smokewatch.errors import RunError, UsageError, printable


class NotFoundError(RunError):
    """The server answered 404."""


class ForbiddenError(RunError):
    """The server answered 403: another organization's, or another role's."""


class JsonClient:
    """Reads JSON over a client of its own; safe to share between threads. Use it in a ``with`` statement."""

    def __init__(self, api: httpx.Client, *, prefix: str, name: str) -> None:
        """`api` has a :class:`~blocks.transport.ReadOnlyTransport`; `prefix` precedes paths, `name` is for people."""
        self._api, self._prefix, self._name = api, prefix, name
        self._shown = str(api.base_url.copy_with(userinfo=b""))
        self._patience = Patience()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._api.close()

    def stop(self) -> None:
        """Try nothing again from now on, so that threads that wait come to their end."""
        self._patience.end()

    def _get(self, path: str, query: dict[str, str | int]) -> httpx.Response:
        """The response, as far as it is worth waiting for."""
        raise NotImplementedError

    def _list(self, path: str, **query: str | int) -> list[dict[str, Any]]:
        return self._objects(self._json(path, query), path)

    def _object(self, path: str, **query: str | int) -> dict[str, Any]:
        row = self._json(path, query)
        if not isinstance(row, dict):
            raise self._unexpected(path, "a JSON object")
        return row

    def _objects(self, rows: object, path: str) -> list[dict[str, Any]]:
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise self._unexpected(path, "a JSON list of objects")
        return rows

    def _unexpected(self, path: str, expected: str) -> RunError:
        return RunError(f"{self._where(path)}: expected {expected}; is it an {self._name}?")

    def _where(self, path: str) -> str:
        return f"{self._shown.rstrip('/')}{self._prefix}{path}"

    def _json(self, path: str, query: dict[str, str | int]) -> Any:
        response = self._get(path, query)
        if response.status_code != 200:
            kind = {403: ForbiddenError, 404: NotFoundError}.get(response.status_code, RunError)
            raise kind(f"{self._where(path)}: answered {response.status_code}: {detail_of(response)}")
        try:
            return json_of(response)
        except ValueError:
            return None


def base_url(url: str, setting: str, *, without: str = "") -> httpx.URL:
    """A server's address from a setting, without the path that it may end with.

    Raises:
        UsageError: when it is no http(s) URL; the message names the setting.
    """
    try:
        parsed = httpx.URL(url.rstrip("/"))
    except httpx.InvalidURL as error:
        raise UsageError(f"{setting} {place(url)!r}: {error}") from error
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise UsageError(f"{setting} {place(url)!r}: expected http://… or https://…")
    return parsed.copy_with(path=parsed.path.removesuffix(without))


def json_of(response: httpx.Response) -> Any:
    """What an answer says.

    Raises:
        ValueError: when it is no JSON, or nested more deeply than any answer is.
    """
    try:
        return response.json()
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def detail_of(response: httpx.Response) -> str:
    """The server's own sentence. A validation list is left out: it repeats the input, passwords included."""
    try:
        detail = json_of(response)["detail"]
    except (ValueError, KeyError, TypeError):
        return response.reason_phrase
    return printable(" ".join(detail.split()), 200) if isinstance(detail, str) else response.reason_phrase
