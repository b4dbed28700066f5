"""Reading and writing the annotation of a sequence, under the rules of every route that does so."""

from __future__ import annotations

from typing import Any

from fastapi import HTTPException
from sqlalchemy import Connection, Row, func, insert, select, update

from demo.annotator.labels import FalsePositiveType, SmokeType, Tracks, derived, generated, needs_localization
from demo.annotator.services import Services
from demo.annotator.tables import DONE, contributions, detections, sequence_annotations, sequences, skips, users


def read_annotation(
    connection: Connection, *, annotation_id: int | None = None, sequence_id: int | None = None
) -> Row[Any] | None:
    """The annotation with this id, or of this sequence."""
    a = sequence_annotations.c
    by = a.id == annotation_id if sequence_id is None else a.sequence_id == sequence_id
    return connection.execute(select(sequence_annotations).where(by)).one_or_none()


def sequence_exists(connection: Connection, sequence_id: int) -> bool:
    """Whether there is a sequence with this id."""
    return connection.execute(select(sequences.c.id).where(sequences.c.id == sequence_id)).first() is not None


def annotation_answer(connection: Connection, row: Row[Any]) -> dict[str, Any]:
    """The annotation as it is answered, with who contributed to it."""
    contributors = connection.execute(
        select(users.c.id, users.c.username)
        .join(contributions, contributions.c.user_id == users.c.id)
        .where(contributions.c.annotation_id == row.id)
        .order_by(users.c.id)
    )
    people = [dict(person._mapping) for person in contributors]
    return {**row._mapping, "contributors": people, "group_propagation_warning": None}


def add_annotation(connection: Connection, services: Services, sequence_id: int, stage: str, tracks: Tracks) -> int:
    """A new annotation's id; at ready_to_annotate without tracks, they are drawn from the predictions."""
    if stage == "ready_to_annotate" and not tracks.sequences_bbox:
        tracks = drawn(connection, sequence_id)
    return int(
        connection.execute(
            insert(sequence_annotations)
            .values(
                sequence_id=sequence_id,
                processing_stage=stage,
                created_at=services.clock.now(),
                **derived(tracks),
            )
            .returning(sequence_annotations.c.id)
        ).scalar_one()
    )


def change_annotation(
    connection: Connection, services: Services, row: Row[Any], changes: dict[str, Any], tracks: Tracks | None
) -> Row[Any]:
    """Change the columns named, and what follows from tracks.

    Raises:
        HTTPException: 422 when it would be annotated although boxes must be drawn first, 409 when its alert is
            skipped and the stage would go past classification.
    """
    values = {**row._mapping, **changes, **({} if tracks is None else derived(tracks))}
    if values["processing_stage"] == "ready_to_annotate" and not values["annotation"]["sequences_bbox"]:
        values |= derived(drawn(connection, row.sequence_id))
    if values["processing_stage"] == "annotated":
        _check_localized(connection, values)
    if values["processing_stage"] in DONE and values["processing_stage"] != row.processing_stage:
        _check_not_skipped(connection, row.sequence_id)
    values["updated_at"] = services.clock.now()
    connection.execute(update(sequence_annotations).where(sequence_annotations.c.id == row.id).values(**values))
    changed = read_annotation(connection, annotation_id=row.id)
    if changed is None:
        raise AssertionError(f"annotation {row.id} is gone within the transaction that changed it")
    return changed


def contribute(connection: Connection, annotation_id: int, user_id: int) -> None:
    """Remember that this user labelled it."""
    present = select(contributions).where(
        contributions.c.annotation_id == annotation_id, contributions.c.user_id == user_id
    )
    if connection.execute(present).first() is None:
        connection.execute(insert(contributions).values(annotation_id=annotation_id, user_id=user_id))


def drawn(
    connection: Connection,
    sequence_id: int,
    *,
    smoke_type: SmokeType | None = None,
    false_positive_type: FalsePositiveType | None = None,
) -> Tracks:
    """The tracks of a sequence's predictions in the order of time."""
    d = detections.c
    rows = connection.execute(
        select(d.id, d.algo_predictions).where(d.sequence_id == sequence_id).order_by(d.recorded_at, d.id)
    )
    found = [(row.id, row.algo_predictions) for row in rows]
    return generated(found, smoke_type=smoke_type, false_positive_type=false_positive_type)


def check_detections(connection: Connection, tracks: Tracks) -> None:
    """Refuse boxes on detections that do not exist.

    Raises:
        HTTPException: 422 with the missing ids.
    """
    named = tracks.detection_ids()
    present = connection.execute(select(detections.c.id).where(detections.c.id.in_(named))).scalars()
    if missing := sorted(named - set(present)):
        raise HTTPException(422, f"Detection ids not found: {missing}")


def _check_localized(connection: Connection, values: dict[str, Any]) -> None:
    # Annotations of single detections are not kept here, so that every detection lacks one.
    if needs_localization(values["has_smoke"], values["has_missed_smoke"], values["is_unsure"]):
        sequence_id = values["sequence_id"]
        count = connection.execute(
            select(func.count()).select_from(detections).where(detections.c.sequence_id == sequence_id)
        ).scalar_one()
        raise HTTPException(
            422,
            f"Cannot mark annotated: {count} detection(s) of sequence {sequence_id} lack an annotated-stage detection "
            "annotation (localization incomplete)",
        )


def _check_not_skipped(connection: Connection, sequence_id: int) -> None:
    skipped = (
        select(skips)
        .join(
            sequences,
            (sequences.c.source_api == skips.c.source_api)
            & (sequences.c.platform_alert_id == skips.c.platform_alert_id),
        )
        .where(sequences.c.id == sequence_id)
    )
    if connection.execute(skipped).first() is not None:
        raise HTTPException(409, "Alert is skipped")
