"""Alerts as alert-api lists them: sequences that are one event for the people who are woken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from smokewatch.domain.times import parse_utc
from smokewatch.errors import MalformedRowError


@dataclass(frozen=True, slots=True)
class ListedAlert:
    """An item of ``GET /alerts/all/fromdate``. Times are aware UTC; positions, in degrees, may be None."""

    id: int
    organization_id: int
    lat: float | None
    lon: float | None
    started_at: datetime
    last_seen_at: datetime
    sequence_ids: frozenset[int]

    @classmethod
    def from_alert_api(cls, row: Mapping[str, Any]) -> ListedAlert:
        """Read an alert.

        Raises:
            MalformedRowError: when a field is missing or has another type.
        """
        where = f"alert {row.get('id')!r}"
        for field in ("id", "organization_id"):
            if type(row.get(field)) is not int:
                raise MalformedRowError(f"{where}, {field}: expected an integer, got {row.get(field)!r}")
        for field in ("lat", "lon"):
            if type(row.get(field)) not in (int, float, type(None)):
                raise MalformedRowError(f"{where}, {field}: expected a number, got {row[field]!r}")
        sequences = row.get("sequences")
        if not isinstance(sequences, list) or not all(
            isinstance(each, dict) and type(each.get("id")) is int for each in sequences
        ):
            raise MalformedRowError(f"{where}, sequences: expected a list of sequences")
        return cls(
            id=row["id"],
            organization_id=row["organization_id"],
            lat=row.get("lat"),
            lon=row.get("lon"),
            started_at=parse_utc(row.get("started_at"), where=f"{where}, started_at"),
            last_seen_at=parse_utc(row.get("last_seen_at"), where=f"{where}, last_seen_at"),
            sequence_ids=frozenset(each["id"] for each in sequences),
        )
