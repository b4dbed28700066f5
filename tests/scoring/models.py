"""Loaders for tests, by name: packages that behave as told by what is in their path."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass
class Frame:
    frame_id: str
    image_path: Path


@dataclass
class Output:
    is_positive: bool
    trigger_frame_index: int | None
    details: dict[str, Any]


class Cheap:
    """Scores by the first frame's size; keeps a file of calls beside its package when there is one."""

    device = "cpu"

    def __init__(self, path: Path) -> None:
        self._calls = path.with_suffix(".calls")

    @classmethod
    def load(cls, path: Path, *, device: str | None = None) -> Cheap:
        return cls(path)

    def load_sequence(self, frames: list[Path]) -> list[Frame]:
        return [Frame(path.stem, path) for path in frames]

    def predict(self, frames: Sequence[Frame], *, compute_trigger: bool = False) -> Output:
        assert compute_trigger
        contents = [frame.image_path.read_bytes() for frame in frames]
        if self._calls.exists():
            with self._calls.open("a") as calls:
                calls.write(f"{len(frames)}\n")
        if b"broken" in contents:
            raise ValueError(f"cannot decode {object()}")
        return output(len(contents[0]) % 100 / 100)


class Batched(Cheap):
    """On a "GPU": detects many frames at once, and fails at batches with a bad frame."""

    device = "cuda-like"

    def detect(self, frames: Sequence[Frame]) -> list[str]:
        contents = [frame.image_path.read_bytes() for frame in frames]
        with self._calls.open("a") as calls:
            calls.write(f"detect {len(contents)}\n")
        if len({frame.frame_id for frame in frames}) > 3:
            raise MemoryError("CUDA out of memory")
        return [frame.frame_id for frame in frames]

    def predict(
        self, frames: Sequence[Frame], *, compute_trigger: bool = False, frame_detections: dict[str, str] | None = None
    ) -> Output:
        told = super().predict(frames, compute_trigger=compute_trigger)
        told.trigger_frame_index = len(frame_detections or {})
        return told


def uncalibrated(path: Path, *, device: str | None = None) -> Any:
    """A package without a calibrator."""
    model = Cheap(path)
    model.predict = lambda frames, *, compute_trigger=False: output(None)  # type: ignore[method-assign]
    return model


def refusing(path: Path, *, device: str | None = None) -> Any:
    raise RuntimeError(f"no kernel for {device}")


def output(probability: float | None) -> Output:
    tube = {"tube_id": 0, "start_frame": 0, "end_frame": 3, "logit": 1.5, "probability": probability}
    return Output(
        True,
        None,
        json.loads(
            json.dumps(
                {
                    "preprocessing": {"num_frames_input": 4, "num_truncated": 0, "padded_frame_indices": []},
                    "tubes": {"num_candidates": 1, "kept": [tube]},
                    "decision": {"aggregation": "logistic", "threshold": 0.5, "trigger_tube_id": None},
                }
            )
        ),
    )
