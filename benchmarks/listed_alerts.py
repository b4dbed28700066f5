"""A made-up catalog of alerts with the classes of their cameras and days. The same seed, the same rows."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from benchmarks.bulk import Row, Writer
from smokewatch.domain.risk import FwiClass
from smokewatch.store import tables as t
from smokewatch.store.catalog import Catalog

SOURCE = "alert-api"
FIRST_DAY = datetime(2026, 5, 1, tzinfo=UTC)
NOW = datetime(2026, 11, 1, tzinfo=UTC)
ORGANIZATIONS = {2: "SDIS 07", 3: "SDIS 26", 4: "SDIS 77", 5: "Bombers de Girona", 6: "CONAF Biobío"}
CAMERAS = 12
"""An organization has so many."""
_CONFIDENCES = (None, 0.0, 0.2, 0.4499, 0.45, 0.5, 0.5999, 0.6, 0.75, 1.0)
_LABELS = (None, None, None, "wildfire_smoke", "other_smoke", "other", "other", "other")


def fill(catalog: Catalog, *, alerts: int, days: int = 120, seed: int = 7) -> None:
    """Put alerts of one to three sequences into an empty catalog, and beside every third one a sequence without.

    Every camera has a class on most days; some alerts and sequences are deleted, some sequences left their alert,
    some are not stored, some are in two alerts.

    Args:
        catalog: empty.
        alerts: how many.
        days: over which they are spread, from :data:`FIRST_DAY`.
        seed: another one, other rows.
    """
    chance, writer = random.Random(seed), Writer(catalog)
    cameras = [organization * 100 + place for organization in ORGANIZATIONS for place in range(CAMERAS)]
    for organization, name in ORGANIZATIONS.items():
        writer.add(t.organizations, {"source": SOURCE, "id": organization, "name": name, "updated_at": NOW})
    for camera in cameras:
        row = {"source": SOURCE, "id": camera, "organization_id": camera // 100, "name": f"Cam {camera}"}
        writer.add(t.cameras, row | {"updated_at": NOW})
    _write_classes(writer, chance, cameras, days)
    sequence = 0
    for identity in range(1, alerts + 1):
        camera = chance.choice(cameras)
        # Some begin in the same moment.
        started = FIRST_DAY + timedelta(seconds=chance.randrange(days * 86_400) // 7 * 7)
        for _ in range(chance.choice((1, 1, 1, 2, 3))):
            sequence += 1
            other = camera // 100 * 100 + chance.randrange(CAMERAS)
            if chance.random() > 0.01:
                _write_sequence(writer, chance, sequence, other, started + timedelta(seconds=chance.randrange(600)))
            for alert in (identity, identity - 1) if chance.random() < 0.01 and identity > 1 else (identity,):
                link = {"source": SOURCE, "alert_id": alert, "sequence_id": sequence, "seen_at": NOW}
                writer.add(t.alert_sequences, link | {"gone_at": NOW if chance.random() < 0.01 else None})
        if identity % 3 == 0:
            sequence += 1
            _write_sequence(writer, chance, sequence, camera, started)
        facts = {"source": SOURCE, "id": identity, "organization_id": camera // 100, "lat": 44.1, "lon": 4.2}
        times = {"started_at": started, "last_seen_at": started + timedelta(minutes=9), "updated_at": NOW}
        writer.add(t.alerts, facts | times | {"deleted_at": NOW if chance.random() < 0.005 else None})
    writer.flush()


def _write_classes(writer: Writer, chance: random.Random, cameras: list[int], days: int) -> None:
    for day in range(days + 1):
        wet = chance.random() < 0.4
        for camera in cameras:
            if chance.random() < 0.1:
                continue  # risk-api told nothing
            weights = (4, 4, 2, 1, 0, 0) if wet else (0, 1, 2, 4, 2, 1)
            row: Row = {"source": SOURCE, "camera_id": camera, "day": (FIRST_DAY + timedelta(days=day)).date()}
            row |= {"fwi_class": chance.choices([*FwiClass], weights)[0].value, "fwi": None}
            writer.add(t.risk_classes, row | {"fetched_at": NOW, "asked_at": NOW})


def _write_sequence(writer: Writer, chance: random.Random, identity: int, camera: int, started: datetime) -> None:
    label = chance.choice(_LABELS)
    row = {"source": SOURCE, "id": identity, "organization_id": camera // 100, "camera_id": camera, "pose_id": None}
    facts = {"camera_azimuth": 45.0, "sequence_azimuth": chance.choice((None, 51.5)), "cone_angle": None}
    state = {"started_at": started, "imported_at": NOW, "revision": 1, "outcome": 1 + (label is not None)}
    writer.add(t.sequences, row | facts | state | {"deleted_at": NOW if chance.random() < 0.005 else None})
    outcome = {
        "source": SOURCE,
        "sequence_id": identity,
        "observed_at": NOW,
        "temporal_model_score": chance.choice((None, 0.3, 0.8)),
        "temporal_model_version": None,
        "temporal_api_version": None,
        "is_validated": True,
        "last_seen_at": started,
    }
    # An earlier outcome says something else.
    for number, said in enumerate([None] if label is None else [None, label], start=1):
        now = {"outcome": number, "is_wildfire": said, "max_conf": chance.choice(_CONFIDENCES)}
        writer.add(t.outcomes, outcome | now)
