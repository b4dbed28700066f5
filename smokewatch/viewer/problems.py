"""Errors as problem JSON (RFC 9457), each with a hint of what to do."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

from starlette.responses import Response

from smokewatch.viewer.replies import SCHEMA_VERSION, utc_now

MEDIA_TYPE = "application/problem+json"


class ProblemError(Exception):
    """A request that cannot be answered: what a client is told, and nothing else."""

    def __init__(self, status: int, detail: str, hint: str = "") -> None:
        super().__init__(detail)
        self.status, self.detail, self.hint = status, detail, hint


def problem(status: int, detail: str, hint: str = "", headers: dict[str, str] | None = None) -> Response:
    """The reply of an error: ``type``, ``title``, ``status``, ``detail``, ``hint``."""
    body: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "as_of": utc_now(),
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "hint": hint,
    }
    kept = {"Cache-Control": "no-store", **(headers or {})}
    return Response(json.dumps(body), status_code=status, media_type=MEDIA_TYPE, headers=kept)
