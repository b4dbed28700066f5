"""Annotations of sequences: what may be said, and what the server makes of it (contract, "Annotation payloads")."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, Field, model_validator

SmokeType = Literal["wildfire", "industrial", "other"]
FalsePositiveType = Literal[
    "antenna",
    "building",
    "cliff",
    "combine_harvester",
    "dark",
    "dust",
    "high_cloud",
    "low_cloud",
    "lens_flare",
    "lens_droplet",
    "light",
    "rain",
    "trail",
    "road",
    "sky",
    "tree",
    "water_body",
    "other",
    "unlabeled",
]
Coordinate = Annotated[float, Field(ge=0, le=1)]
Xyxyn = tuple[Coordinate, Coordinate, Coordinate, Coordinate]


class TrackBox(BaseModel):
    """Where a track is on one frame; corners in 0..1 of the image, x1 < x2, y1 < y2."""

    detection_id: int
    xyxyn: Xyxyn

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        x1, y1, x2, y2 = self.xyxyn
        if not (x1 < x2 and y1 < y2):
            raise ValueError("xyxyn must have x1 < x2 and y1 < y2")
        return self


class Track(BaseModel):
    """One thing through the sequence, and what it is."""

    is_smoke: bool
    smoke_type: SmokeType | None = None
    false_positive_types: list[FalsePositiveType] = []
    bboxes: list[TrackBox]

    @model_validator(mode="after")
    def _one_box_a_frame(self) -> Self:
        ids = [box.detection_id for box in self.bboxes]
        if len(ids) != len(set(ids)):
            raise ValueError("a track has at most one box per detection")
        return self


class Tracks(BaseModel):
    """The `annotation` of a sequence."""

    sequences_bbox: list[Track]

    def detection_ids(self) -> set[int]:
        """Every detection that has a box."""
        return {box.detection_id for track in self.sequences_bbox for box in track.bboxes}


def derived(tracks: Tracks) -> dict[str, Any]:
    """The columns that the server makes of an annotation, whatever was sent for them."""
    false_positives = {kind for track in tracks.sequences_bbox for kind in track.false_positive_types}
    return {
        "annotation": tracks.model_dump(mode="json"),
        "has_smoke": any(track.is_smoke for track in tracks.sequences_bbox),
        "has_false_positives": bool(false_positives),
        "false_positive_types": sorted(false_positives),
        "smoke_types": sorted({track.smoke_type for track in tracks.sequences_bbox if track.smoke_type}),
    }


def generated(
    detections: Iterable[tuple[int, dict[str, Any] | None]],
    *,
    smoke_type: SmokeType | None = None,
    false_positive_type: FalsePositiveType | None = None,
) -> Tracks:
    """The track that the server draws from predictions (detection id, `algo_predictions`), by default untyped smoke.

    One box a frame: the envelope of its predictions. Sequences are one object each, so there is one track, or none
    where nothing was predicted; the real server's clustering by overlap is left out.
    """
    boxes = [
        TrackBox(detection_id=detection_id, xyxyn=envelope([found["xyxyn"] for found in predictions]))
        for detection_id, algo in detections
        if (predictions := (algo or {}).get("predictions"))
    ]
    if not boxes:
        return Tracks(sequences_bbox=[])
    track = Track(
        is_smoke=false_positive_type is None,
        smoke_type=smoke_type,
        false_positive_types=[] if false_positive_type is None else [false_positive_type],
        bboxes=boxes,
    )
    return Tracks(sequences_bbox=[track])


def envelope(boxes: Iterable[Iterable[float]]) -> Xyxyn:
    """The smallest box around boxes of (x1, y1, x2, y2, ...)."""
    x1, y1, x2, y2 = (list(values) for values in list(zip(*boxes, strict=True))[:4])
    return min(x1), min(y1), max(x2), max(y2)


def needs_localization(has_smoke: bool, has_missed_smoke: bool, is_unsure: bool) -> bool:
    """Whether boxes must be drawn before the sequence can be annotated (contract, "Localization rule")."""
    return (has_smoke or has_missed_smoke) and not is_unsure
