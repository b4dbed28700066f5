"""The request and the answers of POST /predict, as they go over the wire (contracts/temporal-model.md, section 1.2)."""

import re
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, Field, field_validator, model_validator

from demo.release.model import Model, Prediction, ScoredTube
from demo.release.stages import Stages
from demo.release.tubes import XYXY, Box

Source = Literal["detector", "request"]
"""Whose boxes were used."""

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")


def _ordered(box: XYXY) -> bool:
    return all(0 <= value <= 1 for value in box) and box[0] < box[2] and box[1] < box[3]


class SuppliedBox(BaseModel):
    """A detection that the caller brings instead of the detector's."""

    xyxyn: XYXY
    confidence: float = Field(ge=0, le=1)

    @field_validator("xyxyn")
    @classmethod
    def _valid(cls, value: XYXY) -> XYXY:
        if not _ordered(value):
            raise ValueError(
                f"invalid box {value}: expected normalized (x_min, y_min, x_max, y_max) "
                "with x_min < x_max and y_min < y_max"
            )
        return value

    def box(self) -> Box:
        """The same box as centre and size."""
        x0, y0, x1, y1 = self.xyxyn
        return Box((x0 + x1) / 2, (y0 + y1) / 2, x1 - x0, y1 - y0, self.confidence)


class EarlyRequest(BaseModel):
    """What every release understands; unknown fields are ignored."""

    frames: list[str]
    bucket: str | None = None
    roi_xyxyn: XYXY | None = None

    @field_validator("frames")
    @classmethod
    def _bare_keys(cls, value: list[str]) -> list[str]:
        if not value:
            raise ValueError("frames must contain at least one S3 key")
        for key in value:
            if "://" in key:
                raise ValueError(f"frame key must be a bare S3 key, not a URL: {key!r}")
        return value

    @field_validator("bucket")
    @classmethod
    def _bucket_name(cls, value: str | None) -> str | None:
        if value is not None and (not _BUCKET.fullmatch(value) or ".." in value):
            raise ValueError(f"bucket is not a valid S3 bucket name: {value!r}")
        return value

    @field_validator("roi_xyxyn")
    @classmethod
    def _roi(cls, value: XYXY | None) -> XYXY | None:
        if value is not None and not _ordered(value):
            raise ValueError(
                f"roi_xyxyn: invalid roi {value}: expected normalized (x_min, y_min, x_max, y_max) "
                "with x_min < x_max and y_min < y_max"
            )
        return value


class Request(EarlyRequest):
    """What a release of era 0.4 understands."""

    detections: list[list[SuppliedBox]] | None = None
    source: Literal["s3", "local"] | None = None

    @model_validator(mode="after")
    def _one_list_a_frame(self) -> "Request":
        if self.detections is not None and len(self.detections) != len(self.frames):
            raise ValueError(
                "detections must have exactly one entry per frame "
                f"(got {len(self.detections)} entries for {len(self.frames)} frames)"
            )
        return self


class Asked(NamedTuple):
    """What decides which keys an answer has: absent ones are absent, not null."""

    verbose: bool
    trigger: bool
    detections_source: Source | None
    """None leaves the key out, as releases that predate it do."""


def answer(model: Model, api_version: str | None, found: Prediction, asked: Asked, profile: Any) -> dict[str, Any]:
    """The body of a 200 answer; `profile` is null or what `profiling` gives."""
    body: dict[str, Any] = {"is_smoke": found.is_smoke, "probability": found.probability}
    if asked.trigger:
        body["trigger_frame_index"] = found.trigger[0] if found.trigger else None
    body["version"] = {"api": api_version, "model": model.package.version}
    if asked.verbose:
        body["details"] = _details(model, found, asked, profile)
    return body


def _details(model: Model, found: Prediction, asked: Asked, profile: Any) -> dict[str, Any]:
    decision: dict[str, Any] = {
        "aggregation": model.package.config.decision.aggregation,
        "threshold": model.threshold,
        "threshold_overridden": model.threshold_overridden,
        "packaged_threshold": model.packaged_threshold if model.threshold_overridden else None,
    }
    if asked.trigger:
        decision["trigger_tube_id"] = found.trigger[1] if found.trigger else None
    preprocessing: dict[str, Any] = {
        "num_frames_input": found.given,
        "num_truncated": found.truncated,
        "padded_frame_indices": found.padded,
        "num_tube_candidates": found.candidates,
        "num_tubes_outside_roi": found.outside_roi,
    }
    if asked.detections_source is not None:
        preprocessing["detections_source"] = asked.detections_source
    return {
        "decision": decision,
        "preprocessing": preprocessing,
        "tubes": [_tube(it, asked.trigger) for it in found.tubes],
        "profiling": profile,
    }


def _tube(it: ScoredTube, trigger: bool) -> dict[str, Any]:
    crossing = {"first_crossing_frame": it.crossing} if trigger else {}
    return {
        "tube_id": it.id,
        "start_frame": it.tube.start,
        "end_frame": it.tube.end,
        "logit": it.logit,
        "probability": it.probability,
        **crossing,
        "entries": [
            {
                "frame_idx": entry.frame,
                "bbox": None if entry.box is None else [entry.box.cx, entry.box.cy, entry.box.w, entry.box.h],
                "is_gap": entry.gap,
                "confidence": 0.0 if entry.box is None else entry.box.confidence,
            }
            for entry in it.tube.entries
        ],
    }


def profiling(stages: Stages, frames: int, hits: int, misses: int) -> dict[str, Any]:
    """The `profiling` block."""
    return {
        "stages_ms": stages.milliseconds,
        "total_ms": stages.total(),
        "n_frames": frames,
        "cache_hits": hits,
        "cache_misses": misses,
    }
