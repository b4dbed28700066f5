"""A catalog's alerts, made up row by row."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from smokewatch.domain.risk import FwiClass
from smokewatch.store import tables as t
from smokewatch.store.catalog import Catalog, upsert

SOURCE = "alert-api"
NOW = datetime(2026, 8, 14, 14, 0, tzinfo=UTC)
TODAY = NOW.date()
POSITIONS = {1: (44.7, 4.5), 2: (41.98, 2.82)}
"""Camera id -> where it is: in the Ardèche, near Girona."""


class Alerts:
    """What a test puts into a catalog; sequences have the id of their alert times ten, plus their number."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self._sequences: dict[int, int] = {}
        with catalog.write() as connection:
            for identity, (lat, lon) in POSITIONS.items():
                named = {"source": SOURCE, "updated_at": NOW}
                upsert(connection, t.organizations, [named | {"id": identity, "name": f"sdis-{identity}"}])
                place = {"organization_id": identity, "lat": lat, "lon": lon}
                upsert(connection, t.cameras, [named | place | {"id": identity, "name": f"ridge-{identity}"}])

    def add(
        self, alert_id: int, *, organization: int = 1, ago: timedelta = timedelta(minutes=10), **outcome: Any
    ) -> int:
        """A sequence of an alert, validated and seen until `ago` before NOW, and what else is to be so; its id."""
        number = self._sequences[alert_id] = self._sequences.get(alert_id, -1) + 1
        sequence_id = alert_id * 10 + number
        started = NOW - ago - timedelta(minutes=5)
        with self.catalog.write() as connection:
            row = {"source": SOURCE, "organization_id": organization, "started_at": started}
            facts = {"camera_id": organization, "camera_azimuth": 45.0, "sequence_azimuth": 41.68}
            kept = {"imported_at": NOW, "revision": 1, "outcome": 1}
            upsert(connection, t.sequences, [row | facts | kept | {"id": sequence_id, "deleted_at": None}])
            upsert(
                connection,
                t.alerts,
                [row | {"id": alert_id, "last_seen_at": NOW, "updated_at": NOW}],
                update=["updated_at"],
            )
            link = {"source": SOURCE, "alert_id": alert_id, "sequence_id": sequence_id}
            upsert(connection, t.alert_sequences, [link | {"seen_at": NOW, "gone_at": None}])
        given = {"is_validated": True, "max_conf": 0.7, "temporal_model_score": 0.87, "last_seen_at": NOW - ago}
        self.become(sequence_id, **given | outcome)
        return sequence_id

    def become(self, sequence_id: int, **outcome: Any) -> None:
        """Change the sequence's outcome."""
        key = {"source": SOURCE, "sequence_id": sequence_id, "outcome": 1}
        with self.catalog.write() as connection:
            if connection.execute(t.outcomes.select().filter_by(**key)).first() is None:
                connection.execute(t.outcomes.insert().values(**key, observed_at=NOW, **outcome))
            else:
                connection.execute(t.outcomes.update().filter_by(**key).values(**outcome))

    def classify(self, camera: int, fwi_class: FwiClass, day: date = TODAY) -> None:
        """Give a camera its class of a day."""
        row = {"source": SOURCE, "camera_id": camera, "day": day, "fwi_class": fwi_class.value}
        with self.catalog.write() as connection:
            upsert(connection, t.risk_classes, [row | {"fwi": None, "fetched_at": NOW, "asked_at": NOW}])

    def detach(self, alert_id: int, sequence_id: int) -> None:
        """Have a sequence leave its alert."""
        with self.catalog.write() as connection:
            connection.execute(
                t.alert_sequences.update()
                .where(t.alert_sequences.c.alert_id == alert_id, t.alert_sequences.c.sequence_id == sequence_id)
                .values(gone_at=NOW)
            )

    def delete(self, table: str, identity: int) -> None:
        """Mark an alert or a sequence as deleted."""
        chosen = t.metadata.tables[table]
        with self.catalog.write() as connection:
            connection.execute(chosen.update().where(chosen.c.id == identity).values(deleted_at=NOW))
