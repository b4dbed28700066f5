"""Boxes as alert-api stores them: text such as ``[(0.404,0.498,0.484,0.558,0.610)]``."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

_NUMBER = r"(0?\.[0-9]{1,3}|0|1)"
# alert-api looks for boxes anywhere in the text with this pattern; what it misses does not exist for it.
_BOX = re.compile(r"\(" + ",".join([_NUMBER] * 5) + r"\)")


class Box(NamedTuple):
    """A detection box, corners and confidence in [0, 1], x to the right and y downwards."""

    x_min: float
    y_min: float
    x_max: float
    y_max: float
    confidence: float


class Roi(NamedTuple):
    """A region of interest: normalized corners, min < max on both axes."""

    x_min: float
    y_min: float
    x_max: float
    y_max: float


def first_box(text: str) -> Box | None:
    """The first box of a ``bbox`` text that production's pattern finds, None when there is none.

    Numbers with more than 3 decimals, ``1.0``, negatives and blanks are not found (contracts/alert-api, "bbox
    strings"): such a box does not exist for production, so it does not exist here. Integers come as floats.
    """
    found = _BOX.search(text)
    return Box(*map(float, found.groups())) if found else None


def envelope(boxes: Iterable[Box]) -> Roi | None:
    """The smallest region around all boxes, clipped to [0, 1]; None without boxes or when it has no area."""
    corners = list(boxes)
    if not corners:
        return None
    roi = Roi(
        max(0.0, min(box.x_min for box in corners)),
        max(0.0, min(box.y_min for box in corners)),
        min(1.0, max(box.x_max for box in corners)),
        min(1.0, max(box.y_max for box in corners)),
    )
    return roi if roi.x_min < roi.x_max and roi.y_min < roi.y_max else None
