"""Copies sequences from alert-api into the annotation API, as its importer does."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import Connection, insert, select, update

from demo.alert_api import tables as alert_api_tables
from demo.alert_api.services import Services as AlertApi
from demo.annotator.annotating import add_annotation
from demo.annotator.labels import Tracks
from demo.annotator.lanes import Lane, alert_api_id, azimuth, lanes
from demo.annotator.registry import add_detection, add_sequence
from demo.annotator.services import Services
from demo.annotator.tables import sequences, skips

SOURCE = "pyronear_french"
BOXLESS_NOTE = "auto-skip at import: boxless alert"
_SCORE = ("temporal_model_score", "temporal_model_version", "temporal_api_version")


@dataclass(frozen=True)
class Alerted:
    """A sequence as alert-api has it, times aware UTC; `read` gives a frame's bytes by its key, None when missing."""

    sequence: Mapping[str, Any]
    camera: Mapping[str, Any]
    organization: Mapping[str, Any]
    rows: Sequence[Mapping[str, Any]]
    read: Callable[[str], bytes | None]


def read_alerted(alert_api: AlertApi, sequence_id: int) -> Alerted:
    """A sequence of the demo's alert-api with its camera, organization and rows."""
    t = alert_api_tables
    with alert_api.reading() as connection:
        sequence = connection.execute(select(t.sequences).where(t.sequences.c.id == sequence_id)).one()
        camera = connection.execute(select(t.cameras).where(t.cameras.c.id == sequence.camera_id)).one()
        organization = connection.execute(
            select(t.organizations).where(t.organizations.c.id == camera.organization_id)
        ).one()
        rows = connection.execute(select(t.detections).where(t.detections.c.sequence_id == sequence_id)).all()
    return Alerted(
        dict(sequence._mapping),
        dict(camera._mapping),
        dict(organization._mapping),
        [dict(row._mapping) for row in rows],
        partial(_read_frame, alert_api, alert_api.bucket(camera.organization_id)),
    )


def import_sequence(services: Services, alerted: Alerted) -> list[int]:
    """The ids of the lanes that the sequence became, the primary first, each ready to be annotated.

    A sequence that is known gets its newest score and nothing else: its detections are never topped up. One without
    boxes is imported whole, and its alert skipped.
    """
    sequence = alerted.sequence
    score = {name: sequence[name] for name in _SCORE}
    with services.writing() as connection:
        known = _refresh(connection, sequence["id"], score)
        if known:
            return known
        found = lanes(alerted.rows)
        ids = [_add(connection, services, alerted, found, index) for index in range(len(found))]
        connection.execute(update(sequences).where(sequences.c.id == ids[0]).values(**score))
        if found[0].boxless:
            key = {"source_api": SOURCE, "platform_alert_id": sequence["id"]}
            connection.execute(
                insert(skips).values(**key, note=BOXLESS_NOTE, skipped_at=services.clock.now(), skipped_by="importer")
            )
        return ids


def _add(connection: Connection, services: Services, alerted: Alerted, found: list[Lane], index: int) -> int:
    sequence, camera, lane = alerted.sequence, alerted.camera, found[index]
    sequence_id = add_sequence(
        connection,
        services,
        source_api=SOURCE,
        alert_api_id=alert_api_id(sequence["id"], index),
        platform_alert_id=sequence["id"],
        recorded_at=lane.frames[0].at,
        last_seen_at=lane.frames[-1].at,
        camera_name=camera["name"],
        camera_id=camera["id"],
        lat=camera["lat"],
        lon=camera["lon"],
        azimuth=azimuth(sequence, lane, angle_of_view=camera["angle_of_view"], split=len(found) > 1),
        is_wildfire_alertapi=sequence["is_wildfire"],
        organisation_name=alerted.organization["name"],
        organisation_id=alerted.organization["id"],
    )
    for frame in lane.frames:
        content = alerted.read(frame.row["bucket_key"])
        if content is None:
            continue  # a copy that fails leaves the detection out
        add_detection(
            connection,
            services,
            sequence_id,
            alert_api_id=frame.row["id"],
            recorded_at=frame.at,
            boxes=frame.boxes,
            source=frame.row["bucket_key"],
            content=content,
        )
    add_annotation(connection, services, sequence_id, "ready_to_annotate", Tracks(sequences_bbox=[]))
    return sequence_id


def _refresh(connection: Connection, platform_alert_id: int, score: dict[str, Any]) -> list[int]:
    lane = (sequences.c.source_api == SOURCE) & (sequences.c.platform_alert_id == platform_alert_id)
    primary = lane & (sequences.c.alert_api_id == platform_alert_id)
    connection.execute(update(sequences).where(primary).values(**score))
    return list(connection.execute(select(sequences.c.id).where(lane).order_by(sequences.c.id)).scalars())


def _read_frame(alert_api: AlertApi, bucket: str, key: str) -> bytes | None:
    try:
        return alert_api.frames.get(bucket, key)
    except KeyError:
        return None
