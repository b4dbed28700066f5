"""Routes for sequences and for the alerts they are lanes of."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, HTTPException, Response
from fastapi.responses import JSONResponse
from sqlalchemy import Connection, Row, Select, insert, select
from sqlalchemy.exc import IntegrityError

from demo.annotator import answers
from demo.annotator.annotating import annotation_answer, read_annotation
from demo.annotator.filters import SequenceFilters, check_source
from demo.annotator.paging import Direction, Page, Params, read_page
from demo.annotator.services import Shared
from demo.annotator.tables import sequence_annotations, sequences, skips
from demo.annotator.tokens import User

router = APIRouter(prefix="/sequences")


# The page's numbers are read twice, as upstream: a size that is refused is told of twice.
@router.get("/", response_model=Page[answers.Sequence], dependencies=[Depends(Params, use_cache=False)])
def list_sequences(
    services: Shared,
    _user: User,
    wanted: SequenceFilters,
    params: Annotated[Params, Depends()],
    include_annotation: bool = False,
    order_by: Literal["created_at", "recorded_at"] = "created_at",
    order_direction: Direction = "desc",
) -> Any:
    """A page of sequences, those of skipped alerts too, latest import first."""
    statement = select(sequences).select_from(sequences.outerjoin(sequence_annotations)).where(*wanted)
    with services.reading() as connection:
        rows, numbers = read_page(services, connection, statement, params, sequences, order_by, order_direction)
        if not include_annotation:
            return {"items": [dict(row._mapping) for row in rows], **numbers}
        items = [_python_text(_with_annotation(connection, row)) for row in rows]
    return JSONResponse(dict(sorted({"items": items, **numbers}.items())))


@router.get("/alert", response_model=list[answers.AnnotatedSequence])
def get_alert(services: Shared, _user: User, source_api: str, platform_alert_id: int) -> list[dict[str, Any]]:
    """Every lane of an alert with its annotation; 404 when there is none."""
    check_source(source_api)
    with services.reading() as connection:
        rows = connection.execute(_lanes(source_api, platform_alert_id).order_by(sequences.c.id)).all()
        if not rows:
            raise HTTPException(404, "Alert not found.")
        return [_with_annotation(connection, row) for row in rows]


@router.get("/{sequence_id}", response_model=answers.Sequence)
def get_sequence(services: Shared, _user: User, sequence_id: int) -> dict[str, Any]:
    """One sequence."""
    with services.reading() as connection:
        row = connection.execute(select(sequences).where(sequences.c.id == sequence_id)).one_or_none()
    if row is None:
        raise HTTPException(404, "Sequence not found.")
    return dict(row._mapping)


@router.delete("/{sequence_id}", status_code=204)
def delete_sequence(services: Shared, _user: User, sequence_id: int, force: bool = False) -> Response:
    """Delete a lane that people added, an imported one only by force; its objects stay in the bucket."""
    with services.writing() as connection:
        row = connection.execute(select(sequences).where(sequences.c.id == sequence_id)).one_or_none()
        if row is None:
            raise HTTPException(404, "Sequence not found.")
        if not row.is_manual and not force:
            raise HTTPException(
                409,
                "Only manually added objects can be removed. To retire an imported object, reclassify it as a false "
                "positive.",
            )
        connection.execute(sequences.delete().where(sequences.c.id == sequence_id))
    return Response(status_code=204)


@router.post("/alert/skip", response_model=answers.Skip, status_code=201)
def skip_alert(services: Shared, user: User, alert: answers.AlertKey) -> dict[str, Any]:
    """Set an alert aside; no lane changes. 409 when it is already, or when every lane is annotated."""
    with services.writing() as connection:
        check_source(alert.source_api)
        lanes = _lanes(alert.source_api, alert.platform_alert_id).subquery()
        stages = connection.execute(
            select(sequence_annotations.c.processing_stage).select_from(lanes).outerjoin(sequence_annotations)
        ).scalars()
        found = list(stages)
        if not found:
            raise HTTPException(404, "Alert not found.")
        if all(stage == "annotated" for stage in found):
            raise HTTPException(409, "Alert is already fully annotated")
        skip = {"skipped_at": services.clock.now(), "skipped_by": user.username, "note": alert.note}
        try:
            connection.execute(insert(skips).values(**alert.model_dump(exclude={"note"}), **skip))
        except IntegrityError as error:
            raise HTTPException(409, "Alert is already skipped") from error
        return skip


@router.delete("/alert/skip", status_code=204)
def unskip_alert(services: Shared, _user: User, source_api: str, platform_alert_id: int) -> Response:
    """Take an alert back; 404 when it was not skipped."""
    with services.writing() as connection:
        gone = connection.execute(
            skips.delete().where(skips.c.source_api == source_api, skips.c.platform_alert_id == platform_alert_id)
        )
        if not gone.rowcount:
            raise HTTPException(404, "Alert is not skipped")
    return Response(status_code=204)


def _lanes(source_api: str, platform_alert_id: int) -> Select[Any]:
    return select(sequences).where(
        sequences.c.source_api == source_api, sequences.c.platform_alert_id == platform_alert_id
    )


def _with_annotation(connection: Connection, row: Row[Any]) -> dict[str, Any]:
    found = read_annotation(connection, sequence_id=row.id)
    return {**row._mapping, "annotation": None if found is None else annotation_answer(connection, found)}


def _python_text(value: Any) -> Any:
    """Datetimes as Python writes them, `2026-11-21 00:32:51.922200+00:00`: with annotations this route does so."""
    if isinstance(value, datetime):
        return str(value)
    if isinstance(value, dict):
        return {name: _python_text(it) for name, it in value.items()}
    return value
