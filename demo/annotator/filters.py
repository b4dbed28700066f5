"""The filters of `GET /sequences/`, quirks included (contract, "Routes")."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Depends, Query
from sqlalchemy import Column, ColumnElement, String, cast, not_, or_

from demo.annotator.labels import FalsePositiveType, SmokeType
from demo.annotator.tables import NO_ANNOTATION, SOURCES, STAGES, sequence_annotations, sequences

_LABELS = ("wildfire_smoke", "other_smoke", "other")


class DatabaseError(RuntimeError):
    """What PostgreSQL refuses and SQLite does not: ends, as upstream, in a 500 with a traceback."""


def check_source(source_api: str | None) -> None:
    """Refuse, as PostgreSQL's enum does at run time, a source that is none.

    Raises:
        DatabaseError: it is none.
    """
    if source_api is not None and source_api not in SOURCES:
        raise DatabaseError(f'invalid input value for enum sourceapi: "{source_api}"')


def as_utc(instant: datetime) -> datetime:
    """Naive times are taken as UTC."""
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


def sequence_filters(
    source_api: str | None = None,
    camera_id: int | None = None,
    camera_name: str | None = None,
    organisation_id: int | None = None,
    organisation_name: str | None = None,
    platform_alert_id: int | None = None,
    is_wildfire_alertapi: str | None = None,
    has_annotation: bool | None = None,
    processing_stage: Annotated[list[str] | None, Query()] = None,
    has_smoke: bool | None = None,
    has_missed_smoke: bool | None = None,
    has_false_positives: bool | None = None,
    is_unsure: bool | None = None,
    needs_localization: bool | None = None,
    false_positive_types: Annotated[list[FalsePositiveType] | None, Query()] = None,
    smoke_types: Annotated[list[SmokeType] | None, Query()] = None,
    recorded_at_gte: datetime | None = None,
    recorded_at_lte: datetime | None = None,
) -> list[ColumnElement[bool]]:
    """What a listed sequence (joined to its annotation, if any) must fulfil.

    Raises:
        DatabaseError: `source_api` is no source.
    """
    check_source(source_api)
    s, a = sequences.c, sequence_annotations.c
    exact: list[tuple[Column[Any], Any]] = [
        (s.source_api, source_api),
        (s.camera_id, camera_id),
        (s.camera_name, camera_name),
        (s.organisation_id, organisation_id),
        (s.organisation_name, organisation_name),
        (s.platform_alert_id, platform_alert_id),
        (a.has_smoke, has_smoke),
        (a.has_missed_smoke, has_missed_smoke),
        (a.has_false_positives, has_false_positives),
        (a.is_unsure, is_unsure),
    ]
    wanted = [column == value for column, value in exact if value is not None]
    # Any other text switches the filter off without a word.
    if is_wildfire_alertapi == "null":
        wanted.append(s.is_wildfire_alertapi.is_(None))
    elif is_wildfire_alertapi in _LABELS:
        wanted.append(s.is_wildfire_alertapi == is_wildfire_alertapi)
    if has_annotation is not None:
        wanted.append(a.id.is_not(None) if has_annotation else a.id.is_(None))
    wanted += _stages(processing_stage or [])
    if needs_localization is not None:
        rule = or_(a.has_smoke, a.has_missed_smoke) & not_(a.is_unsure)
        wanted.append(rule if needs_localization else not_(rule))
    for column, kinds in ((a.false_positive_types, false_positive_types), (a.smoke_types, smoke_types)):
        if kinds:
            wanted.append(or_(*(cast(column, String).contains(f'"{kind}"') for kind in kinds)))
    if recorded_at_gte is not None:
        wanted.append(s.recorded_at >= as_utc(recorded_at_gte))
    if recorded_at_lte is not None:
        wanted.append(s.recorded_at <= as_utc(recorded_at_lte))
    return wanted


def _stages(named: Iterable[str]) -> list[ColumnElement[bool]]:
    """One of the stages named; a stage that is none is ignored, and with it, alone, the filter."""
    known = [sequence_annotations.c.processing_stage == stage for stage in named if stage in STAGES]
    if NO_ANNOTATION in named:
        known.append(sequence_annotations.c.id.is_(None))
    return [or_(*known)] if known else []


SequenceFilters = Annotated[list[ColumnElement[bool]], Depends(sequence_filters)]
