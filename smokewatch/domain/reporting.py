"""The reporting layout: the rows and files that the peer's viewer reads (contracts/temporal-model, sections 4 and 6).

Pure shaping: what is known of a sequence in, JSON objects in the peer's key order out.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from smokewatch.domain.answers import PredictAnswer
from smokewatch.domain.details import decision_block, packaged_threshold
from smokewatch.domain.detections import Detection
from smokewatch.domain.labels import Label, label_of
from smokewatch.domain.verdicts import DropReason, equals

DATA = "data"
"""The viewer's folder in its DATA_ROOT; the peer's store tree is below it there."""
VARIANT = "vit_dinov2_finetune"
"""The folder's and the model's name in every report."""
_LONGEST_NAME = 255
"""Bytes of a folder's name that file systems take."""
_BEFORE_ANY_RELEASE = frozenset({DropReason.NO_TEMPORAL_VERSION, DropReason.INVALID_API_VERSION})


@dataclass(frozen=True, slots=True)
class RecordedSequence:
    """A sequence as production recorded it: ``started_at`` aware UTC, ``score`` a probability or None."""

    source: str
    id: int
    organization_id: int
    organization_name: str
    camera_id: int
    camera_name: str
    started_at: datetime
    is_wildfire: str | None
    score: float | None
    model_version: str | None
    api_version: str | None
    detections: tuple[Detection, ...]
    """In creation order."""

    @property
    def key(self) -> str:
        """``<source>_<id>``, the name in every file."""
        return f"{self.source}_{self.id}"

    @property
    def label(self) -> Label:
        """What people said."""
        return label_of(self.is_wildfire)

    @property
    def stored(self) -> str:
        """Where its meta.json and images are in the peer's store tree."""
        return stored_folder(self.organization_name, self.camera_name, self.id)

    @property
    def folder(self) -> str:
        """Where its meta.json and images are, relative to the viewer's DATA_ROOT."""
        return f"{DATA}/{self.stored}"

    def image(self, detection: Detection) -> str:
        """Where a detection's frame is, relative to the viewer's DATA_ROOT."""
        return f"{self.folder}/{image_file(detection.id)}"


@dataclass(frozen=True, slots=True)
class ReplayedWindow:
    """The one window that a report shows of a sequence."""

    answer: PredictAnswer
    frames: tuple[str, ...]
    """Bucket keys in request order."""
    matched_frames: int | None
    """Distinct frames production had seen, where another window than the full one gives its score."""


def report_folder(source: str) -> str:
    """Where a source's report is, relative to the viewer's DATA_ROOT; its rows' ``source`` equals the folder's."""
    return f"{DATA}/08_reporting/{source}/{VARIANT}"


def stored_folder(organization_name: str, camera_name: str, identity: int) -> str:
    """Where a sequence's meta.json and images are in the peer's store tree."""
    return f"01_raw/sequences/{slug(organization_name)}/{slug(camera_name)}/seq_{identity}"


def slug(name: str) -> str:
    """A name in paths: ASCII letters and digits, lower case, everything else one dash; ``unknown`` without any."""
    text = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", text).strip("-")[:_LONGEST_NAME] or "unknown"


def replay_order(sequence: RecordedSequence) -> tuple[object, ...]:
    """Sort key of rows: by temporal API version as plain text, then by the path of meta.json, part by part."""
    return (sequence.api_version or "", sequence.folder.split("/"))


def drop_order(sequence: RecordedSequence, reason: str) -> tuple[object, ...]:
    """Sort key of drops: those that name no release first, then in the order of replaying."""
    return ("", sequence.folder.split("/")) if reason in _BEFORE_ANY_RELEASE else replay_order(sequence)


def result_row(sequence: RecordedSequence, window: ReplayedWindow, *, production_threshold: float) -> dict[str, Any]:
    """A row of results.json. ``probability`` and ``decision`` are production's, what begins with replay is ours.

    Production's decision is taken against the package's threshold, as the peer does (section 1.7, gotcha 1); an
    answer without details does not tell it: then production's own rule holds, strictly above its threshold.
    """
    assert sequence.score is not None
    answer = window.answer
    threshold = packaged_threshold(answer)
    keep = sequence.score > production_threshold if threshold is None else sequence.score >= threshold
    tubes = answer.details.tubes if answer.details else ()
    return {
        "key": sequence.key,
        "source": sequence.source,
        "label": sequence.label,
        "decision": _decision(keep),
        "outcome": _outcome(keep, sequence.label),
        "score": max((tube.logit for tube in tubes if tube.logit is not None), default=None),
        "probability": sequence.score,
        "num_tubes_kept": len(tubes),
        "trigger_frame_index": answer.trigger_frame_index,
        "organization_name": sequence.organization_name,
        "camera_name": sequence.camera_name,
        "started_at": _naive(sequence.started_at),
        "replayed_probability": answer.probability,
        "replayed_decision": _decision(answer.is_smoke),
        "replay_matches": equals(answer.probability, sequence.score),
        "matched_window_frames": window.matched_frames,
        "temporal_model_version": sequence.model_version,
        "temporal_api_version": sequence.api_version,
    }


def sequence_file(sequence: RecordedSequence, window: ReplayedWindow) -> dict[str, Any]:
    """A file of sequences/: the window's frames in request order, each the image of its key's first detection.

    A frame whose bytes are lost keeps its place: boxes refer to frames by position, so leaving it out would draw
    every later box on the wrong frame. The viewer shows no image there.
    """
    first: dict[str, Detection] = {}
    for detection in sequence.detections:
        first.setdefault(detection.bucket_key, detection)
    return {
        "key": sequence.key,
        "source": sequence.source,
        "label": sequence.label,
        "organization_name": sequence.organization_name,
        "camera_name": sequence.camera_name,
        "started_at": _naive(sequence.started_at),
        "frames": [sequence.image(first[key]) for key in window.frames],
    }


def meta_file(sequence: RecordedSequence) -> dict[str, Any]:
    """A sequence's meta.json; an image for each detection, its box text verbatim."""
    return {
        "key": sequence.key,
        "sequence_id": sequence.id,
        "source": sequence.source,
        "label": sequence.label,
        "label_detail": sequence.is_wildfire,
        "camera_id": sequence.camera_id,
        "camera_name": sequence.camera_name,
        "organization_id": sequence.organization_id,
        "organization_name": sequence.organization_name,
        "started_at": _naive(sequence.started_at),
        "temporal_model_score": sequence.score,
        "temporal_model_version": sequence.model_version,
        "temporal_api_version": sequence.api_version,
        "frames": [
            {
                "file": image_file(detection.id),
                "detection_id": detection.id,
                "created_at": _naive(detection.created_at),
                "bucket_key": detection.bucket_key,
                "bbox": detection.bbox,
            }
            for detection in sequence.detections
        ],
    }


def model_config(first: RecordedSequence, answer: PredictAnswer, *, model_version: str | None) -> dict[str, Any]:
    """model_config.json, of the first sequence in :func:`replay_order`.

    Args:
        first: that sequence.
        answer: its answer.
        model_version: as the release's /health named it; None: as production recorded it.
    """
    named = answer.version.api if answer.version else None
    return {
        "variant": VARIANT,
        "decision": decision_block(answer),
        "model_version": model_version or first.model_version,
        "api_version": named or first.api_version,
    }


def _decision(keep: bool) -> str:
    return "keep" if keep else "discard"


def _outcome(keep: bool, label: Label) -> str:
    return "n/a" if label is Label.UNKNOWN else f"{'kept' if keep else 'discarded'}-{label}"


def image_file(detection_id: int) -> str:
    """A detection's frame, relative to its sequence's folder."""
    return f"images/detection_{detection_id}.jpg"


def _naive(time: datetime) -> str:
    return time.astimezone(UTC).replace(tzinfo=None).isoformat()
