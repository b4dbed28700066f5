"""A triaged backlog as the reporting layout tells it (contracts/temporal-model, sections 5 and 6).

Pure shaping: what is known of backlog sequences in, JSON objects in the peer's key order out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from smokewatch.domain.backlog import SOURCE, BacklogFrame, BacklogSequence
from smokewatch.domain.labels import Label
from smokewatch.domain.reporting import DATA, image_file, report_folder, stored_folder
from smokewatch.domain.triage import Bucket

REPORT = report_folder(SOURCE)
"""Where the report is, relative to the viewer's DATA_ROOT."""


@dataclass(frozen=True, slots=True)
class ResultColumns:
    """N rows of results.json, column by column; see :func:`result_columns`."""

    columns: Mapping[str, Sequence[Any]]

    def rows(self) -> list[dict[str, Any]]:
        """results.json."""
        return [dict(zip(self.columns, values, strict=True)) for values in zip(*self.columns.values(), strict=True)]


def result_columns(
    sequences: Sequence[BacklogSequence],
    *,
    scores: Sequence[float],
    in_review: Sequence[bool],
    model_scores: Sequence[Sequence[float]],
    models_in_review: Sequence[int],
    model_versions: Sequence[str],
    logits: Sequence[float | None],
    tubes: Sequence[int],
    triggers: Sequence[int | None],
) -> ResultColumns:
    """Rows of results.json, which all name the model that gave the score.

    Args:
        sequences: N of them; every other argument has N items too.
        scores: probabilities, each the largest of `model_scores`.
        in_review: which go to people.
        model_scores: each model's, in the order of the run.
        models_in_review: how many of them are at or above the threshold.
        model_versions: of the model that gave the score, as `logits`, `tubes` and `triggers`.
        logits: the largest kept tube's; None: no tube.
        tubes: kept tubes.
        triggers: the trigger frame in the padded sequence; None: none.
    """
    count = len(sequences)
    return ResultColumns(
        {
            "key": [each.key for each in sequences],
            "source": [SOURCE] * count,
            "label": [str(Label.UNKNOWN)] * count,
            "decision": ["keep" if kept else "discard" for kept in in_review],
            "outcome": ["n/a"] * count,
            "triage_score": scores,
            "triage_bucket": [str(Bucket.REVIEW if kept else Bucket.UNLABELED) for kept in in_review],
            "model_scores": model_scores,
            "n_models_review": models_in_review,
            "model_version": model_versions,
            "score": logits,
            "probability": scores,
            "num_tubes_kept": tubes,
            "trigger_frame_index": triggers,
            "organization_name": [each.organization_name for each in sequences],
            "camera_name": [each.camera_name for each in sequences],
            "started_at": [_as_listed(each.recorded_at) for each in sequences],
        }
    )


def sequence_folder(sequence: BacklogSequence) -> str:
    """Where a sequence's meta.json and images are, relative to the viewer's DATA_ROOT."""
    return f"{DATA}/{stored_folder(sequence.organization_name, sequence.camera_name, sequence.id)}"


def meta_file(sequence: BacklogSequence, frames: Iterable[BacklogFrame]) -> dict[str, Any]:
    """A sequence's meta.json."""
    return {
        "key": sequence.key,
        "sequence_id": sequence.id,
        "source": SOURCE,
        "label": Label.UNKNOWN,
        "camera_id": sequence.camera_id,
        "camera_name": sequence.camera_name,
        "organization_id": sequence.organization_id,
        "organization_name": sequence.organization_name,
        "started_at": _as_listed(sequence.recorded_at),
        "frames": [
            {
                "file": image_file(frame.id),
                "detection_id": frame.id,
                "recorded_at": _as_listed(frame.recorded_at),
                "bucket_key": frame.bucket_key,
            }
            for frame in frames
        ],
    }


def sequence_file(sequence: BacklogSequence, frames: Iterable[BacklogFrame]) -> dict[str, Any]:
    """A file of sequences/: the frames in the order in which they were scored."""
    folder = sequence_folder(sequence)
    return {
        "key": sequence.key,
        "source": SOURCE,
        "label": Label.UNKNOWN,
        "organization_name": sequence.organization_name,
        "camera_name": sequence.camera_name,
        "started_at": _as_listed(sequence.recorded_at),
        "frames": [f"{folder}/{image_file(frame.id)}" for frame in frames],
    }


def model_config(configs: Sequence[Mapping[str, Any]], threshold: float) -> dict[str, Any]:
    """model_config.json: the first model's; where there are several, all of them stand in ``models`` too."""
    several = {"models": list(configs)} if len(configs) > 1 else {}
    return {**configs[0], "threshold": threshold, **several}


def dropped_file(drops: Iterable[tuple[BacklogSequence, str]]) -> list[dict[str, Any]]:
    """dropped.json, in the order given."""
    return [{"sequence_id": sequence.key, "reason": reason} for sequence, reason in drops]


def _as_listed(time: datetime) -> str:
    """As the annotator's lists write times, and the peer copies them."""
    return time.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"
