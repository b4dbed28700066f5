"""Routes with which people annotate sequences (contract, "Annotation payloads")."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, HTTPException, Response
from pydantic import BaseModel
from sqlalchemy import Connection, Row, select

from demo.annotator import answers
from demo.annotator.annotating import (
    add_annotation,
    annotation_answer,
    change_annotation,
    check_detections,
    contribute,
    read_annotation,
    sequence_exists,
)
from demo.annotator.bulk import Bulk, label
from demo.annotator.labels import Tracks
from demo.annotator.paging import Page, Params, read_page
from demo.annotator.services import Shared
from demo.annotator.tables import DONE, sequence_annotations
from demo.annotator.tokens import User

router = APIRouter(prefix="/annotations/sequences")
Stage = Literal["imported", "ready_to_annotate", "seq_annotation_done", "annotated"]


class Create(BaseModel):
    """A new annotation; what is derived from it is ignored when sent."""

    sequence_id: int
    has_missed_smoke: bool
    annotation: Tracks
    processing_stage: Stage
    is_unsure: bool = False


class Change(BaseModel):
    """Only what is sent changes."""

    has_missed_smoke: bool | None = None
    is_unsure: bool | None = None
    annotation: Tracks | None = None
    processing_stage: Stage | None = None


@router.get("/", response_model=Page[answers.SequenceAnnotation], dependencies=[Depends(Params, use_cache=False)])
def list_annotations(
    services: Shared,
    _user: User,
    params: Annotated[Params, Depends()],
    sequence_id: int | None = None,
    processing_stage: Stage | None = None,
) -> Any:
    """A page of annotations, latest first."""
    statement = select(sequence_annotations)
    if sequence_id is not None:
        statement = statement.where(sequence_annotations.c.sequence_id == sequence_id)
    if processing_stage is not None:
        statement = statement.where(sequence_annotations.c.processing_stage == processing_stage)
    with services.reading() as connection:
        rows, numbers = read_page(services, connection, statement, params, sequence_annotations)
        return {"items": [annotation_answer(connection, row) for row in rows], **numbers}


@router.get("/{annotation_id}", response_model=answers.SequenceAnnotation)
def get_annotation(services: Shared, _user: User, annotation_id: int) -> dict[str, Any]:
    """One annotation, by its own id."""
    with services.reading() as connection:
        return annotation_answer(connection, _existing(connection, annotation_id))


@router.post("/", response_model=answers.SequenceAnnotation, status_code=201)
def create_annotation(services: Shared, user: User, payload: Create) -> dict[str, Any]:
    """Annotate a sequence for the first time; 409 when it is annotated."""
    with services.writing() as connection:
        if not sequence_exists(connection, payload.sequence_id):
            raise HTTPException(404, "Sequence not found.")
        if read_annotation(connection, sequence_id=payload.sequence_id) is not None:
            raise HTTPException(409, "Resource already exists")
        check_detections(connection, payload.annotation)
        annotation_id = add_annotation(
            connection, services, payload.sequence_id, payload.processing_stage, payload.annotation
        )
        connection.execute(
            sequence_annotations.update()
            .where(sequence_annotations.c.id == annotation_id)
            .values(has_missed_smoke=payload.has_missed_smoke, is_unsure=payload.is_unsure)
        )
        if payload.processing_stage in DONE:
            contribute(connection, annotation_id, user.id)
        return annotation_answer(connection, _existing(connection, annotation_id))


@router.patch("/{annotation_id}", response_model=answers.SequenceAnnotation)
def patch_annotation(services: Shared, user: User, annotation_id: int, payload: Change) -> dict[str, Any]:
    """Change an annotation; back at ready_to_annotate, its sequence is in the queue again."""
    with services.writing() as connection:
        row = _existing(connection, annotation_id)
        if payload.annotation is not None:
            check_detections(connection, payload.annotation)
        changes = payload.model_dump(exclude={"annotation"}, exclude_none=True)
        changed = change_annotation(connection, services, row, changes, payload.annotation)
        if payload.annotation is not None and changed.processing_stage in DONE:
            contribute(connection, annotation_id, user.id)
        return annotation_answer(connection, changed)


@router.delete("/{annotation_id}", status_code=204)
def delete_annotation(services: Shared, _user: User, annotation_id: int) -> Response:
    """Delete an annotation: its sequence has none then, and is in no queue."""
    with services.writing() as connection:
        _existing(connection, annotation_id)
        connection.execute(sequence_annotations.delete().where(sequence_annotations.c.id == annotation_id))
    return Response(status_code=204)


@router.post("/bulk", response_model=answers.BulkResult)
def label_in_bulk(services: Shared, user: User, payload: Bulk) -> dict[str, Any]:
    """Label sequences one by one: what is done stays done. No alert's skip is looked at."""
    if payload.group_id is not None:
        raise HTTPException(400, f"Sequences are not members of group {payload.group_id}")  # there are no groups
    outcomes = [label(services, user.id, sequence_id, payload) for sequence_id in payload.sequence_ids]
    return {
        "applied": [it for it in outcomes if it.status == "applied"],
        "skipped": [it for it in outcomes if it.status == "skipped"],
        "group_label_updated": False,
    }


def _existing(connection: Connection, annotation_id: int) -> Row[Any]:
    row = read_annotation(connection, annotation_id=annotation_id)
    if row is None:
        raise HTTPException(404, "Sequence annotation not found.")
    return row
