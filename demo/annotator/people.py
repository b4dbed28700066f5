"""What people do to a backlog: they annotate, skip, add objects; and what goes missing meanwhile."""

from __future__ import annotations

import random
from collections.abc import Sequence

from sqlalchemy import delete, insert, select

from demo.annotator.annotating import add_annotation
from demo.annotator.bulk import Label, label
from demo.annotator.importing import SOURCE
from demo.annotator.labels import Tracks
from demo.annotator.lanes import alert_api_id
from demo.annotator.registry import add_detection, add_sequence, add_user
from demo.annotator.services import Services
from demo.annotator.tables import detections, sequence_annotations, sequences, skips

ANNOTATOR = "annotator"
PASSWORD = "demo-annotator"
_CASES_ON_ALERTS = ("human_added", "unannotated", "skipped", "missing_object", "annotated", "localization")
_OLDER_DONE = 0.3
"""Which part of the older sequences is done."""


def work(
    services: Services, alerts: Sequence[Sequence[int]], older: Sequence[int], rng: random.Random
) -> dict[str, list[int]]:
    """Plant each case on an alert of one lane, annotate part of the older sequences; gives sequence ids by case.

    Args:
        alerts: the lanes of each alert.

    Raises:
        ValueError: there are too few alerts of one lane.
    """
    single = [lanes[0] for lanes in alerts if len(lanes) == 1]
    if len(single) < len(_CASES_ON_ALERTS):
        raise ValueError(f"a backlog needs {len(_CASES_ON_ALERTS)} alerts of one object to hold its cases")
    chosen = dict(zip(_CASES_ON_ALERTS, rng.sample(single, len(_CASES_ON_ALERTS)), strict=True))
    user_id = add_user(services, ANNOTATOR, PASSWORD)
    cases = {case: [sequence_id] for case, sequence_id in chosen.items()}
    cases["siblings"] = [sequence_id for lanes in alerts if len(lanes) > 1 for sequence_id in lanes]
    cases["human_added"].append(add_object(services, chosen["human_added"]))
    _unannotate(services, chosen["unannotated"])
    skip(services, chosen["skipped"], "not worth it")
    _lose_last_object(services, chosen["missing_object"])
    done = [sequence_id for sequence_id in older if rng.random() < _OLDER_DONE]
    cloud, smoke = Label(false_positive_type="low_cloud"), Label(smoke_type="wildfire")
    for sequence_id in [chosen["annotated"], *done[::2]]:
        label(services, user_id, sequence_id, cloud)
    for sequence_id in [chosen["localization"], *done[1::2]]:
        label(services, user_id, sequence_id, smoke)
    return cases


def add_object(services: Services, sequence_id: int) -> int:
    """Add a lane by hand beside this one, on the same frames: their keys are shared; the new sequence's id."""
    with services.writing() as connection:
        lane = connection.execute(select(sequences).where(sequences.c.id == sequence_id)).one()
        same_alert = (sequences.c.source_api == lane.source_api) & (
            sequences.c.platform_alert_id == lane.platform_alert_id
        )
        count = len(connection.execute(select(sequences.c.id).where(same_alert)).all())
        copied = {name: value for name, value in lane._mapping.items() if name not in ("id", "created_at")}
        changed = {
            "alert_api_id": alert_api_id(lane.platform_alert_id, count),
            "is_manual": True,
            "temporal_model_score": None,
            "temporal_model_version": None,
            "temporal_api_version": None,
        }
        added = add_sequence(connection, services, **{**copied, **changed})
        for row in connection.execute(select(detections).where(detections.c.sequence_id == sequence_id)).all():
            add_detection(
                connection,
                services,
                added,
                alert_api_id=row.alert_api_id,
                recorded_at=row.recorded_at,
                boxes=[],
                bucket_key=row.bucket_key,
            )
        add_annotation(connection, services, added, "ready_to_annotate", Tracks(sequences_bbox=[]))
        return added


def skip(services: Services, sequence_id: int, note: str) -> None:
    """Set the alert of this sequence aside."""
    with services.writing() as connection:
        alert = connection.execute(
            select(sequences.c.platform_alert_id).where(sequences.c.id == sequence_id)
        ).scalar_one()
        connection.execute(
            insert(skips).values(
                source_api=SOURCE,
                platform_alert_id=alert,
                note=note,
                skipped_at=services.clock.now(),
                skipped_by=ANNOTATOR,
            )
        )


def _unannotate(services: Services, sequence_id: int) -> None:
    with services.writing() as connection:
        connection.execute(delete(sequence_annotations).where(sequence_annotations.c.sequence_id == sequence_id))


def _lose_last_object(services: Services, sequence_id: int) -> None:
    d = detections.c
    with services.reading() as connection:
        key = (
            connection.execute(
                select(d.bucket_key).where(d.sequence_id == sequence_id).order_by(d.recorded_at.desc(), d.id.desc())
            )
            .scalars()
            .first()
        )
    services.frames.delete(services.bucket, str(key))
