"""Replies that are made once and handed out: their bytes, plain and compressed, and their tags."""

from __future__ import annotations

import gzip
import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

SCHEMA_VERSION = 1
"""Of every JSON reply; a page that knows another one says so instead of showing nonsense."""
REVALIDATED = "private, no-cache"
"""May be kept, and is asked for again each time: a reply of a few bytes while nothing changed."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A reply's bytes, as they are and gzipped, with its strong tag."""

    content: bytes = field(repr=False)
    compressed: bytes = field(repr=False)
    tag: str
    media_type: str
    cache: str = REVALIDATED

    @classmethod
    def of(cls, content: bytes, media_type: str, *, cache: str = REVALIDATED) -> Prepared:
        """Compress once; mtime 0, so that the same content has the same bytes."""
        tag = hashlib.sha256(content).hexdigest()[:32]
        return cls(content, gzip.compress(content, 9, mtime=0), tag, media_type, cache)

    def reply(self, request: Request) -> Response:
        """304 for who has it; else compressed for who takes that, else plain."""
        packed = accepts_gzip(request.headers.get("accept-encoding", ""))
        # Two representations of one state have two strong tags (RFC 9110, 8.8.3); either one proves that it is known.
        headers = {
            "ETag": f'"{self.tag}-gzip"' if packed else f'"{self.tag}"',
            "Cache-Control": self.cache,
            "Vary": "Accept-Encoding",
        }
        if known(request, self.tag, f"{self.tag}-gzip"):
            return Response(status_code=304, headers=headers)
        if packed:
            headers["Content-Encoding"] = "gzip"
        return Response(self.compressed if packed else self.content, media_type=self.media_type, headers=headers)


def json_reply(body: Mapping[str, Any], *, as_of: str | None = None) -> Response:
    """A JSON object made for one request."""
    content = {"schema_version": SCHEMA_VERSION, "as_of": as_of or utc_now(), **body}
    return Response(encode(content), media_type="application/json", headers={"Cache-Control": REVALIDATED})


def tagged_reply(request: Request, body: Mapping[str, Any]) -> Response:
    """A JSON object made for one request; 304 for who has the same one of an earlier moment."""
    # Weak (RFC 9110, 8.8.1): when it was read stands in the reply, and is no change.
    tag = hashlib.sha256(encode(body)).hexdigest()[:32]
    unchanged = Response(status_code=304, headers={"Cache-Control": REVALIDATED})
    reply = unchanged if known(request, tag) else json_reply(body)
    reply.headers["ETag"] = f'W/"{tag}"'
    return reply


def encode(body: Mapping[str, Any]) -> bytes:
    """Compact JSON: floats at the shortest text that gives them again, text as ASCII."""
    return json.dumps(body, separators=(",", ":"), allow_nan=False).encode()


def known(request: Request, *tags: str) -> bool:
    """Whether the client has one of these already."""
    asked = request.headers.get("if-none-match", "")
    held = {each.strip().removeprefix("W/").strip('"') for each in asked.split(",")}
    return "*" in held or not held.isdisjoint(tags)


def accepts_gzip(header: str) -> bool:
    """Whether an Accept-Encoding takes gzip (RFC 9110, 12.5.3): named, or by ``*``, and not with weight 0."""
    weights: dict[str, float] = {}
    for part in header.lower().split(","):
        coding, *parameters = (each.strip() for each in part.split(";"))
        weight = next((each[2:] for each in parameters if each.startswith("q=")), "1")
        try:
            weights[coding] = float(weight)
        except ValueError:
            weights[coding] = 0.0
    return weights.get("gzip", weights.get("*", 0.0)) > 0


def utc_now() -> str:
    """Now, ISO 8601 with ``Z``."""
    return utc_text(datetime.now(UTC))


def utc_text(time: datetime) -> str:
    """An aware time as ISO 8601 with ``Z``."""
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z")


def finite(number: float | None) -> float | None:
    """A number that JSON can tell; None for what is none. PostgreSQL keeps NaN, SQLite does not."""
    return number if number is not None and math.isfinite(number) else None
