"""Detection rows as they go over the wire, made up."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

START = datetime(2026, 8, 14, 6, 0)  # noqa: DTZ001 - the wire is naive


def wire_row(
    identity: int,
    key: str,
    *,
    bbox: str = "[(0.400,0.500,0.480,0.560,0.600)]",
    seconds: float | None = None,
    recorded_seconds: float | None = None,
) -> dict[str, Any]:
    """A row of ``GET /sequences/{id}/detections``; ``seconds`` after the start, 30 a row by default."""
    received = identity * 30.0 if seconds is None else seconds
    recorded = received if recorded_seconds is None else recorded_seconds
    return {
        "id": identity,
        "camera_id": 1,
        "pose_id": 1,
        "sequence_id": 1,
        "bucket_key": key,
        "crop_bucket_key": None,
        "bbox": bbox,
        "others_bboxes": None,
        "created_at": (START + timedelta(seconds=received)).isoformat(),
        "recorded_at": (START + timedelta(seconds=recorded)).isoformat(),
    }


def random_rows(dice: random.Random) -> list[dict[str, Any]]:
    """A sequence's rows with everything production has been seen to send.

    Repeated keys, continuity rows, equal or out-of-order receipt times, integers in boxes, degenerate boxes, boxes
    that production's pattern misses.
    """
    rows: list[dict[str, Any]] = []
    seconds = 0.0
    for identity in range(1, dice.randint(0, 24) + 1):
        if rows and dice.random() < 0.2:
            key = dice.choice(rows)["bucket_key"]
        else:
            key = f"1-{dice.randrange(10**14):014d}-{dice.randrange(16**8):08x}.jpg"
        seconds += dice.choice([0.0, 0.000001, 9.0, 30.0, 30.5])
        rows.append(wire_row(identity, key, bbox=_bbox(dice), seconds=seconds, recorded_seconds=dice.random() * 600))
    if dice.random() < 0.3:
        dice.shuffle(rows)
    return rows


def _bbox(dice: random.Random) -> str:
    shape = dice.random()
    if shape < 0.15:
        return "[]"
    if shape < 0.2:
        return dice.choice(
            ["[(0.1234,0.2,0.3,0.4,0.5)]", "[(1.0,0.1,0.2,0.3,0.4)]", "[(0.1, 0.2,0.3,0.4,0.5)]", "[(,)]"]
        )
    if shape < 0.25:
        return dice.choice(["[(0,0,0,0,0)]", "[(0.5,0.5,0.5,0.9,0.1)]"])
    x_min, y_min = dice.random() * 0.9, dice.random() * 0.9
    x_max, y_max = x_min + dice.random() * (1 - x_min), y_min + dice.random() * (1 - y_min)
    return "[(" + ",".join(_number(value, dice) for value in (x_min, y_min, x_max, y_max, dice.random())) + ")]"


def _number(value: float, dice: random.Random) -> str:
    text = f"{value:.{dice.randint(1, 3)}f}"
    if float(text) in (0.0, 1.0):
        return text[0]
    return text.removeprefix("0") if dice.random() < 0.2 else text
