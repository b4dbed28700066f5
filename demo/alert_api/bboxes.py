"""bbox texts: the server's pattern, and boxes as numbers (alert-api contract, "bbox strings")."""

from __future__ import annotations

import re
from collections.abc import Sequence

Box = tuple[float, float, float, float, float]
"""xmin, ymin, xmax, ymax in 0..1 of the image, then the confidence."""

NUMBER_PATTERN = r"(?:0?\.[0-9]{1,3}|0|1)"
BOX_PATTERN = rf"\({NUMBER_PATTERN}(?:,{NUMBER_PATTERN}){{4}}\)"
BOXES_PATTERN = rf"^\[(?:{BOX_PATTERN}(?:,{BOX_PATTERN})*)?\]$"
MAX_LENGTH = 185
TOLERANCE = 0.05
"""How far apart, per axis, two boxes may lie and still be one thing (contract, "How rows arise")."""

_BOX = re.compile(BOX_PATTERN)


def split(text: str) -> list[str]:
    """The box texts of a list: `[(..),(..)]` gives two, `[]` none."""
    return _BOX.findall(text)


def parse(text: str) -> Box:
    """One box text as numbers."""
    xmin, ymin, xmax, ymax, confidence = (float(part) for part in text.strip("()").split(","))
    return xmin, ymin, xmax, ymax, confidence


def first(text: str) -> Box | None:
    """The first box of a list text, None when it has none."""
    boxes = split(text)
    return parse(boxes[0]) if boxes else None


def join(boxes: Sequence[str]) -> str:
    """Box texts as a list text."""
    return f"[{','.join(boxes)}]"


def touch(one: Box, other: Box) -> bool:
    """Whether two boxes overlap, or lie less than the tolerance apart on either axis."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    return width > -TOLERANCE and height > -TOLERANCE
