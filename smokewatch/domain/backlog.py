"""The annotation backlog: sequences and frames as the annotator lists them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from smokewatch.domain.fields import Fields
from smokewatch.errors import UsageError, shown

SOURCE = "pyro-annotator"
"""The source of the backlog's sequences, in keys and reports (contracts/temporal-model, section 5)."""
TRIAGE_THRESHOLD = 0.35
"""A score at or above goes to people (contracts/temporal-model, section 5)."""


class Stage(StrEnum):
    """How far a sequence's annotation is (contracts/annotator-api, "Model and stages")."""

    IMPORTED = "imported"
    READY_TO_ANNOTATE = "ready_to_annotate"
    SEQ_ANNOTATION_DONE = "seq_annotation_done"
    ANNOTATED = "annotated"
    NO_ANNOTATION = "no_annotation"
    """Sequences without an annotation; a filter only."""


AWAITED = (Stage.IMPORTED, Stage.NO_ANNOTATION, Stage.READY_TO_ANNOTATE)
"""Stages at which nobody has looked at a sequence yet: at the others there is nothing to triage."""


def stage_called(name: str) -> Stage:
    """The stage of a name.

    Raises:
        UsageError: when no stage is called so; the server would leave the filter out and list everything.
    """
    try:
        return Stage(name)
    except ValueError:
        raise UsageError(f"no stage is called {name!r}; known: {', '.join(Stage)}") from None


@dataclass(frozen=True, slots=True)
class BacklogSequence:
    """One object's sequence in the annotator. Times are aware UTC, ``azimuth`` degrees clockwise from north.

    Several lanes (objects) may belong to one alert: (``source_api``, ``platform_alert_id``) says which.
    """

    id: int
    source_api: str
    alert_api_id: int
    platform_alert_id: int | None
    organization_id: int
    organization_name: str
    camera_id: int
    camera_name: str
    azimuth: int | None
    recorded_at: datetime
    last_seen_at: datetime
    created_at: datetime
    """When it was imported into the annotator."""
    is_wildfire: str | None
    """What alert-api said at import."""
    temporal_model_score: float | None
    """Production's score at import, on an alert's first lane only; None also means never scored, not low."""
    temporal_model_version: str | None
    temporal_api_version: str | None
    is_manual: bool
    """Whether a person added the lane; it shares its frames' keys with its siblings."""

    @classmethod
    def from_annotator(cls, row: Mapping[str, Any]) -> BacklogSequence:
        """Read an item of ``GET /sequences/`` (contracts/annotator-api, "Routes"), with or without its annotation.

        Fields newer than the server may be missing where None is allowed.

        Raises:
            MalformedRowError: when a field that every server sends is missing or one has another type; the message
                names the row, the field and the value.
        """
        fields = Fields(row, f"sequence {shown(row.get('id'))}")
        return cls(
            id=fields.integer("id"),
            source_api=fields.text("source_api"),
            alert_api_id=fields.integer("alert_api_id"),
            platform_alert_id=fields.integer_or_none("platform_alert_id"),
            organization_id=fields.integer("organisation_id"),
            organization_name=fields.text("organisation_name"),
            camera_id=fields.integer("camera_id"),
            camera_name=fields.text("camera_name"),
            azimuth=fields.integer_or_none("azimuth"),
            recorded_at=fields.time("recorded_at"),
            last_seen_at=fields.time("last_seen_at"),
            created_at=fields.time("created_at"),
            is_wildfire=fields.text_or_none("is_wildfire_alertapi"),
            temporal_model_score=fields.number_or_none("temporal_model_score"),
            temporal_model_version=fields.text_or_none("temporal_model_version"),
            temporal_api_version=fields.text_or_none("temporal_api_version"),
            is_manual=row.get("is_manual") is True,
        )

    @property
    def key(self) -> str:
        """``pyro-annotator_<id>``, the name in every file."""
        return key_of(self.id)


@dataclass(frozen=True, slots=True)
class BacklogFrame:
    """One frame of a backlog sequence. ``recorded_at`` is aware UTC; it is alert-api's time of receipt."""

    id: int
    sequence_id: int
    recorded_at: datetime
    bucket_key: str

    @classmethod
    def from_annotator(cls, row: Mapping[str, Any]) -> BacklogFrame:
        """Read an item of ``GET /detections/``.

        Raises:
            MalformedRowError: as :meth:`BacklogSequence.from_annotator` does.
        """
        fields = Fields(row, f"detection {shown(row.get('id'))}")
        return cls(
            id=fields.integer("id"),
            sequence_id=fields.integer("sequence_id"),
            recorded_at=fields.time("recorded_at"),
            bucket_key=fields.key("bucket_key"),
        )


@dataclass(frozen=True, slots=True)
class KnownBacklogSequence:
    """What the store remembers of a backlog sequence."""

    sequence: BacklogSequence
    """As last listed."""
    frames_missing: int
    """Frames whose bytes could not be had."""


def must_read_frames(known: KnownBacklogSequence | None, listed: BacklogSequence) -> bool:
    """Whether a listed sequence's frames have to be read (again): new, with frames missing, or of another time.

    The annotator never tops up a sequence's frames (contracts/annotator-api, "Importer behaviour"), but people may add
    some, which moves its times. A new label or score reads no frame.
    """
    if known is None or known.frames_missing:
        return True
    before = known.sequence
    return (before.recorded_at, before.last_seen_at) != (listed.recorded_at, listed.last_seen_at)


def key_of(sequence_id: int) -> str:
    """The name of a backlog sequence in every file."""
    return f"{SOURCE}_{sequence_id}"


def inputs_sha256(frame_sha256s: Sequence[str]) -> str:
    """What a model is given, as one digest: sha256 over the stored frames' hex digests, in order, newline-joined.

    Frames whose bytes could not be had are left out.
    """
    return hashlib.sha256("\n".join(frame_sha256s).encode("ascii")).hexdigest()
