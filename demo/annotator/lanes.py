"""How an alert-api sequence becomes annotation sequences, one an object (contract, "Importer behaviour")."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from demo.alert_api import bboxes

MOST_ROWS = 100
MOST_FRAMES = 30
SIBLINGS_FROM = 1_000_000_000
"""Ids of lanes that alert-api does not know start here."""


@dataclass(frozen=True)
class Frame:
    """A frame of a lane: its alert-api row, and the boxes of the lane's object on it."""

    row: Mapping[str, Any]
    boxes: tuple[bboxes.Box, ...]

    @property
    def at(self) -> datetime:
        """When alert-api received it; when it was taken is dropped."""
        at: datetime = self.row["created_at"]
        return at


@dataclass(frozen=True)
class Lane:
    """One object of a sequence, in the order of time; without boxes it is the whole sequence."""

    frames: tuple[Frame, ...]

    @property
    def boxless(self) -> bool:
        """Whether no frame has a box."""
        return not any(frame.boxes for frame in self.frames)

    @property
    def centre(self) -> float:
        """Where the object starts, in 0..1 of the image's width."""
        box = next((box for frame in self.frames for box in frame.boxes), None)
        return 0.5 if box is None else (box[0] + box[2]) / 2


def lanes(rows: Sequence[Mapping[str, Any]]) -> list[Lane]:
    """The objects of a sequence's rows in the order of their first box.

    The first row of a key is kept, `bbox` and `others_bboxes` together; frames without a box of the object are
    dropped, unless no frame has any. Boxes belong together when they touch from one frame to the next, a simpler
    rule than the importer's clustering. At most 100 rows are looked at and 30 frames kept.

    Args:
        rows: alert-api's, with aware `created_at`, in any order.
    """
    ordered = sorted(rows, key=lambda row: (row["created_at"], row["id"]))[:MOST_ROWS]
    first: dict[str, Mapping[str, Any]] = {}
    for row in ordered:
        first.setdefault(row["bucket_key"], row)
    objects: list[list[Frame]] = []
    for row in first.values():
        for box in dict.fromkeys(_boxes(row)):
            _place(objects, row, box)
    found = [Lane(tuple(frames[:MOST_FRAMES])) for frames in objects]
    return found or [Lane(tuple(Frame(row, ()) for row in list(first.values())[:MOST_FRAMES]))]


def alert_api_id(sequence_id: int, index: int) -> int:
    """The natural key of a lane: the first keeps the sequence's id."""
    return sequence_id if index == 0 else SIBLINGS_FROM + sequence_id * 1000 + index


def azimuth(sequence: Mapping[str, Any], lane: Lane, *, angle_of_view: float, split: bool) -> int:
    """Whole degrees, 0..359: of a sequence that was split, its object's."""
    known = sequence["sequence_azimuth"]
    if split:
        known = sequence["camera_azimuth"] + angle_of_view * (lane.centre - 0.5)
    degrees: float = sequence["camera_azimuth"] if known is None else known
    return round(degrees) % 360


def _boxes(row: Mapping[str, Any]) -> list[bboxes.Box]:
    return [bboxes.parse(text) for field in ("bbox", "others_bboxes") for text in bboxes.split(row[field] or "")]


def _place(objects: list[list[Frame]], row: Mapping[str, Any], box: bboxes.Box) -> None:
    for frames in objects:
        last = frames[-1]
        if any(bboxes.touch(box, other) for other in last.boxes):
            if last.row is row:
                frames[-1] = Frame(row, (*last.boxes, box))
            else:
                frames.append(Frame(row, (box,)))
            return
    objects.append([Frame(row, (box,))])
