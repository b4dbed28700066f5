"""Alerts as alert-api lists them: sequences that are one event for the people who are woken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from smokewatch.domain.fields import Fields
from smokewatch.errors import shown


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
        fields = Fields(row, f"alert {shown(row.get('id'))}")
        sequences = row.get("sequences")
        if not isinstance(sequences, list) or not all(isinstance(each, dict) for each in sequences):
            raise fields.malformed("sequences", "a list of sequences")
        return cls(
            id=fields.integer("id"),
            organization_id=fields.integer("organization_id"),
            lat=fields.number_or_none("lat"),
            lon=fields.number_or_none("lon"),
            started_at=fields.time("started_at"),
            last_seen_at=fields.time("last_seen_at"),
            sequence_ids=frozenset(Fields(each, f"{fields.where}, sequence").integer("id") for each in sequences),
        )
