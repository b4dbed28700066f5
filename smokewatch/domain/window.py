"""The window of frames production scores, and every window it can have scored.

Rules: contracts/alert-api, "Window and ROI" and "Validation state machine".
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from smokewatch.domain.boxes import Box, Roi, envelope
from smokewatch.domain.detections import Detection, distinct_keys, in_creation_order

MIN_FRAMES = 4
"""Production asks the model from this many distinct frames on."""
MAX_FRAMES = 10
"""Production sends at most this many frames, the last ones; past it a scored sequence is never scored again."""
PRODUCTION_THRESHOLD = 0.45
"""A score strictly above validates a sequence and freezes its score."""


@dataclass(frozen=True, slots=True)
class PredictRequest:
    """A request to the temporal API, as production's client sends it.

    ``frames`` are bucket keys, oldest first; ``roi_xyxyn`` is None where production leaves the key out. The two
    ``seen_`` figures tell how much of the sequence production had seen: they are not part of the request.
    """

    bucket: str
    frames: tuple[str, ...]
    roi_xyxyn: Roi | None
    seen_frames: int = field(compare=False, default=0)
    """Distinct frames that existed."""
    seen_rows: int = field(compare=False, default=0)
    """Detection rows that existed (the shortest such prefix)."""

    def body(self) -> bytes:
        """The request's exact bytes: compact JSON, key order bucket, frames, roi_xyxyn, as httpx encodes it."""
        payload: dict[str, object] = {"bucket": self.bucket, "frames": self.frames}
        if self.roi_xyxyn is not None:
            payload["roi_xyxyn"] = self.roi_xyxyn
        return json.dumps(payload, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()

    def sha256(self) -> str:
        """Hex digest of :meth:`body`."""
        return hashlib.sha256(self.body()).hexdigest()


def production_request(detections: Iterable[Detection], *, bucket: str) -> PredictRequest | None:
    """What production sends once exactly these rows exist, or None below 4 distinct frames.

    Args:
        detections: the rows of one sequence, in any order.
        bucket: the organization's bucket in production.
    """
    rows = in_creation_order(detections)
    keys = distinct_keys(rows)
    if len(keys) < MIN_FRAMES:
        return None
    kept = keys[-MAX_FRAMES:]
    in_window = set(kept)
    # Every row of a kept frame gives its first box, also a row whose frame appeared earlier.
    boxes = [row.box for row in rows if row.bucket_key in in_window]
    roi = envelope(box for box in boxes if box is not None)
    return PredictRequest(bucket, tuple(kept), roi, seen_frames=len(keys), seen_rows=len(rows))


def candidate_requests(
    detections: Iterable[Detection],
    *,
    bucket: str,
    recorded_score: float,
    threshold: float = PRODUCTION_THRESHOLD,
) -> list[PredictRequest]:
    """Every distinct window production can have scored, in the order in which to try them.

    Nearly every state production can have seen is a prefix of the rows in creation order. A score above the
    threshold froze at the first window that crossed it: shortest first. A declined sequence was last scored at 10
    distinct frames or fewer: from there downwards, then the longer ones upwards. The full window is among them, in
    its place.

    Args:
        detections: the rows of one sequence, in any order.
        bucket: the organization's bucket in production.
        recorded_score: production's score, a probability.
        threshold: production's validation threshold (strict).

    Returns:
        Requests without duplicates; the same window reached by several prefixes carries the shortest one's
        ``seen_`` figures. Empty below 4 distinct frames.
    """
    windows = list(dict.fromkeys(_prefix_windows(in_creation_order(detections), bucket)))
    if recorded_score > threshold:
        return windows
    in_reach = [window for window in windows if window.seen_frames <= MAX_FRAMES]
    return in_reach[::-1] + windows[len(in_reach) :]


def _prefix_windows(rows: Sequence[Detection], bucket: str) -> Iterable[PredictRequest]:
    """The request of each prefix with at least 4 distinct frames, shortest prefix first."""
    boxes_of: dict[str, list[Box]] = {}
    for seen_rows, row in enumerate(rows, start=1):
        boxes = boxes_of.setdefault(row.bucket_key, [])
        if (box := row.box) is not None:
            boxes.append(box)
        if len(boxes_of) >= MIN_FRAMES:
            kept = tuple(boxes_of)[-MAX_FRAMES:]
            roi = envelope(box for key in kept for box in boxes_of[key])
            yield PredictRequest(bucket, kept, roi, seen_frames=len(boxes_of), seen_rows=seen_rows)
