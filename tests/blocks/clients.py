"""Clients of the annotator, and what its tests say in short."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from blocks.annotator import Annotator, AnnotatorClient
from tests import annotator as demo
from tests.annotator import PASSWORD, USERNAME

START = datetime(2026, 11, 19, 12, tzinfo=UTC)


def client(annotator: demo.Annotator, **fields: object) -> AnnotatorClient:
    """A client of the account that may read; `fields` of its block changed."""
    values = {"url": annotator.url, "login": USERNAME, "password": PASSWORD} | fields
    return Annotator.model_validate(values).client()


def ids(rows: list[dict[str, Any]]) -> list[int]:
    """Ascending."""
    return sorted(row["id"] for row in rows)


def seconds(count: int) -> list[datetime]:
    """Times of receipt."""
    return [START + timedelta(seconds=number) for number in range(count)]
