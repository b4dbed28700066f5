"""The demo's package behind the interface of temporal-model's own core: load, then predict sequence by sequence.

What a caller needs of core/src/temporal_model/core/{model,protocol,details_schema}.py, in the same words.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Self

import torch
from PIL import Image

from demo.release.crops import decode, window
from demo.release.model import Model, Prediction, ScoredTube
from demo.release.package import read
from demo.release.tubes import Box


@dataclass
class Frame:
    """A frame of a sequence; `frame_id` is its file's stem."""

    frame_id: str
    image_path: Path
    timestamp: datetime | None = None


@dataclass(frozen=True)
class FrameDetections:
    """The boxes of one frame, good for every sequence that it is in."""

    frame_id: str
    boxes: list[Box]


@dataclass
class Output:
    """The decision about a sequence; `trigger_frame_index` counts the padded sequence."""

    is_positive: bool
    trigger_frame_index: int | None
    details: dict[str, Any]


class DemoModel:
    """A package at work; it may be used from one thread at a time."""

    def __init__(self, model: Model) -> None:
        self._model = model

    @classmethod
    def from_package(cls, package_path: Path, *, device: str | torch.device | None = None) -> Self:
        """Load a package; without a device a GPU is taken when there is one.

        On a CPU there is one thread, and only operations that give the same bits again, as in the releases; a GPU
        uses them where it has them. Raises what `package.read` raises.
        """
        chosen = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
        torch.use_deterministic_algorithms(True, warn_only=chosen.type != "cpu")
        if chosen.type == "cpu":
            torch.set_num_threads(1)
        return cls(Model(read(package_path), device=chosen))

    @property
    def device(self) -> torch.device:
        """What it computes on."""
        return self._model.device

    def load_sequence(self, frames: list[Path]) -> list[Frame]:
        """Frames of files, in their order; nothing is read yet."""
        return [Frame(path.stem, path) for path in frames]

    def detect(self, frames: list[Frame]) -> list[FrameDetections]:
        """The boxes of frames, all of which go through the detector together."""
        found = self._model.detect_many([_image(frame) for frame in frames])
        return [FrameDetections(frame.frame_id, boxes) for frame, boxes in zip(frames, found, strict=True)]

    def predict(
        self,
        frames: list[Frame],
        *,
        frame_detections: Mapping[str, FrameDetections] | None = None,
        compute_trigger: bool = False,
    ) -> Output:
        """Decide about a sequence; frames without detections by id are detected one by one."""
        known = frame_detections or {}
        looked_at = frames[: self._model.package.config.classifier.max_frames]

        @cache
        def image(index: int) -> Image.Image:
            return _image(looked_at[index])

        boxes = [
            known[frame.frame_id].boxes if frame.frame_id in known else self._model.detect(image(index))
            for index, frame in enumerate(looked_at)
        ]
        # What comes later is counted, never looked at.
        boxes += [[] for _ in frames[len(looked_at) :]]
        found = self._model.predict(image, boxes, trigger=compute_trigger)
        return Output(found.is_smoke, found.trigger[0] if found.trigger else None, _details(self._model, found))


def _image(frame: Frame) -> Image.Image:
    return decode(frame.image_path.read_bytes())


def _details(model: Model, found: Prediction) -> dict[str, Any]:
    return {
        "preprocessing": {
            "num_frames_input": found.given,
            "num_truncated": found.truncated,
            "padded_frame_indices": found.padded,
        },
        "tubes": {
            "num_candidates": found.candidates,
            "num_outside_roi": found.outside_roi,
            "kept": [_kept(it) for it in found.tubes],
        },
        "decision": {
            "aggregation": model.package.config.decision.aggregation,
            "threshold": model.threshold,
            "trigger_tube_id": found.trigger[1] if found.trigger else None,
        },
    }


def _kept(it: ScoredTube) -> dict[str, Any]:
    return {
        "tube_id": it.id,
        "start_frame": it.tube.start,
        "end_frame": it.tube.end,
        "logit": it.logit,
        "probability": it.probability,
        "first_crossing_frame": it.crossing,
        "entries": _entries(it),
        "stabilized_window": window(it.tube),
    }


def _entries(it: ScoredTube) -> Sequence[dict[str, Any]]:
    return [
        {
            "frame_idx": entry.frame,
            "bbox": None if entry.box is None else (entry.box.cx, entry.box.cy, entry.box.w, entry.box.h),
            "is_gap": entry.gap,
            "confidence": None if entry.box is None else entry.box.confidence,
        }
        for entry in it.tube.entries
    ]
