"""A verbose answer as the reporting layout's details/ tell it (contracts/temporal-model, sections 4 and 6)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from smokewatch.domain.answers import PredictAnswer, Tube, TubeEntry


def details_file(answer: PredictAnswer) -> dict[str, Any]:
    """A file of details/: frame indices count in the padded window, boxes are (cx, cy, w, h), normalized.

    What the answer does not say is 0 where it is counted, else null.
    """
    details = answer.details
    preprocessing = details.preprocessing if details else None
    return {
        "preprocessing": {
            "num_frames_input": preprocessing.num_frames_input if preprocessing else 0,
            "num_truncated": preprocessing.num_truncated if preprocessing else 0,
            "padded_frame_indices": preprocessing.padded_frame_indices if preprocessing else [],
        },
        "tubes": {
            "num_candidates": preprocessing.num_tube_candidates if preprocessing else 0,
            "num_outside_roi": preprocessing.num_tubes_outside_roi if preprocessing else 0,
            "kept": [_kept_tube(tube) for tube in details.tubes] if details else [],
        },
        "decision": decision_block(answer),
    }


def decision_block(answer: PredictAnswer) -> dict[str, Any]:
    """How a release decided, as details/ and model_config.json say it."""
    decision = answer.details.decision if answer.details else None
    return {
        "aggregation": decision.aggregation if decision else None,
        "threshold": decision.threshold if decision else None,
        "trigger_tube_id": decision.trigger_tube_id if decision else None,
    }


def packaged_threshold(answer: PredictAnswer) -> float | None:
    """The threshold in the model's package, whatever the release's environment made of it; None without details."""
    if answer.details is None:
        return None
    decision = answer.details.decision
    overridden = decision.threshold_overridden and decision.packaged_threshold is not None
    return decision.packaged_threshold if overridden else decision.threshold


def with_trigger(answer: PredictAnswer, newer: PredictAnswer) -> PredictAnswer:
    """An answer with the trigger fields of a newer release that gave the same probability; tubes by ``tube_id``."""
    if answer.details is None or newer.details is None:
        return answer.model_copy(update={"trigger_frame_index": newer.trigger_frame_index})
    crossings = {tube.tube_id: tube.first_crossing_frame for tube in newer.details.tubes}
    trigger = {"trigger_tube_id": newer.details.decision.trigger_tube_id}
    details = {
        "decision": answer.details.decision.model_copy(update=trigger),
        "tubes": tuple(
            tube.model_copy(update={"first_crossing_frame": crossings.get(tube.tube_id, tube.first_crossing_frame)})
            for tube in answer.details.tubes
        ),
    }
    return answer.model_copy(
        update={
            "trigger_frame_index": newer.trigger_frame_index,
            "details": answer.details.model_copy(update=details),
        }
    )


def stabilized_window(entries: Iterable[TubeEntry]) -> tuple[float, float, float, float] | None:
    """The box (cx, cy, w, h) around a tube's observed boxes; around all where none was observed (section 6)."""
    boxed = [(entry.bbox, entry.is_gap) for entry in entries if entry.bbox is not None]
    boxes = [bbox for bbox, is_gap in boxed if not is_gap] or [bbox for bbox, _ in boxed]
    if not boxes:
        return None
    left, right = min(cx - w / 2 for cx, _, w, _ in boxes), max(cx + w / 2 for cx, _, w, _ in boxes)
    top, bottom = min(cy - h / 2 for _, cy, _, h in boxes), max(cy + h / 2 for _, cy, _, h in boxes)
    return ((left + right) / 2, (top + bottom) / 2, right - left, bottom - top)


def _kept_tube(tube: Tube) -> dict[str, Any]:
    return {
        "tube_id": tube.tube_id,
        "start_frame": tube.start_frame,
        "end_frame": tube.end_frame,
        "logit": tube.logit,
        "probability": tube.probability,
        "first_crossing_frame": tube.first_crossing_frame,
        "entries": [entry.model_dump() for entry in tube.entries],
        "stabilized_window": stabilized_window(tube.entries),
    }
