"""One label for several sequences (contract, "Bulk")."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BaseModel, Field, model_validator
from pydantic_core import PydanticCustomError

from demo.annotator import answers
from demo.annotator.annotating import add_annotation, contribute, drawn, read_annotation, sequence_exists
from demo.annotator.labels import FalsePositiveType, SmokeType, derived
from demo.annotator.services import Services
from demo.annotator.tables import DONE, sequence_annotations


class Label(BaseModel):
    """What is said of a sequence."""

    smoke_type: SmokeType | None = None
    false_positive_type: FalsePositiveType | None = None
    is_unsure: bool = False

    @model_validator(mode="after")
    def _one_label(self) -> Self:
        if (self.smoke_type is None) == (self.false_positive_type is None):
            wrong = "exactly one of smoke_type or false_positive_type must be set"
            raise PydanticCustomError("value_error", "Value error, {error}", {"error": wrong})
        return self


class Bulk(Label):
    """One label for several sequences."""

    sequence_ids: Annotated[list[int], Field(min_length=1)]
    group_id: int | None = None
    force: bool = False


def label(services: Services, user_id: int, sequence_id: int, payload: Label) -> answers.BulkOutcome:
    """Label one sequence: its tracks are drawn anew. What is past classification stays as it is."""
    with services.writing() as connection:
        row = read_annotation(connection, sequence_id=sequence_id)
        annotation_id = None if row is None else row.id

        def skipped(reason: str) -> answers.BulkOutcome:
            return answers.BulkOutcome(
                sequence_id=sequence_id, status="skipped", reason=reason, annotation_id=annotation_id
            )

        if not sequence_exists(connection, sequence_id):
            return skipped("sequence not found")
        if row is not None and row.processing_stage in DONE:
            return skipped(f"already {row.processing_stage}")
        tracks = drawn(
            connection,
            sequence_id,
            smoke_type=payload.smoke_type,
            false_positive_type=payload.false_positive_type,
        )
        if not tracks.sequences_bbox:
            return skipped("no predictions")
        false_positive = payload.false_positive_type is not None and not payload.is_unsure
        stage = "annotated" if false_positive else "seq_annotation_done"
        if annotation_id is None:
            annotation_id = add_annotation(connection, services, sequence_id, stage, tracks)
        connection.execute(
            sequence_annotations.update()
            .where(sequence_annotations.c.id == annotation_id)
            .values(
                **derived(tracks),
                is_unsure=payload.is_unsure,
                processing_stage=stage,
                updated_at=services.clock.now() if row is not None else None,
            )
        )
        contribute(connection, annotation_id, user_id)
        return answers.BulkOutcome(sequence_id=sequence_id, status="applied", annotation_id=annotation_id)
