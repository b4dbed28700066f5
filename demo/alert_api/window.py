"""What production sends to the temporal API for a sequence (alert-api contract, "Window and ROI")."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

MIN_FRAMES = 4
MAX_FRAMES = 10

_NUMBER = r"(0?\.[0-9]{1,3}|0|1)"
_BOX = re.compile(rf"\({_NUMBER},{_NUMBER},{_NUMBER},{_NUMBER},{_NUMBER}\)")


def distinct_frames(rows: Sequence[dict[str, Any]]) -> list[str]:
    """The rows' distinct bucket keys in first-appearance order, rows taken by `created_at` ascending."""
    return list(dict.fromkeys(row["bucket_key"] for row in _by_creation(rows)))


def predict_body(rows: Sequence[dict[str, Any]], bucket: str) -> bytes | None:
    """The exact request body production posts to /predict, or None below four distinct frames.

    Args:
        rows: a sequence's detections as they go over the wire, in any order; rows created at the same instant are
            taken in the order given, since production has no tie-break.
        bucket: the name of the bucket that holds the frames.
    """
    kept = distinct_frames(rows)[-MAX_FRAMES:]
    if len(kept) < MIN_FRAMES:
        return None
    body: dict[str, Any] = {"bucket": bucket, "frames": kept}
    region = _region([row for row in rows if row["bucket_key"] in kept])
    if region is not None:
        body["roi_xyxyn"] = region
    # As httpx writes `json=`: compact, characters unescaped.
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def prefix_bodies(rows: Sequence[dict[str, Any]], bucket: str) -> list[bytes]:
    """The distinct bodies of every state the rows passed through as they were created, oldest first."""
    ordered = _by_creation(rows)
    bodies = (predict_body(ordered[:count], bucket) for count in range(1, len(ordered) + 1))
    return list(dict.fromkeys(body for body in bodies if body is not None))


def _by_creation(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    # Parsed, not compared as text: microseconds are left out of the text when they are zero.
    return sorted(rows, key=lambda row: datetime.fromisoformat(row["created_at"]))


def _region(rows: Sequence[dict[str, Any]]) -> list[float] | None:
    found = [match for row in rows if (match := _BOX.search(row["bbox"]))]
    if not found:
        return None
    boxes = [[float(text) for text in match.groups()] for match in found]
    envelope = [
        max(0.0, min(box[0] for box in boxes)),
        max(0.0, min(box[1] for box in boxes)),
        min(1.0, max(box[2] for box in boxes)),
        min(1.0, max(box[3] for box in boxes)),
    ]
    return envelope if envelope[0] < envelope[2] and envelope[1] < envelope[3] else None
