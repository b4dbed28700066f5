"""One sequence of the backlog: its frames, what each model says of them, the other lanes of its alert."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from sqlalchemy.engine import RowMapping

from smokewatch.domain.answers import parse_answer
from smokewatch.domain.backlog import key_of
from smokewatch.domain.details import details_file
from smokewatch.store.triage import TriageModel
from smokewatch.store.viewing.triage import Answer, BacklogRecord
from smokewatch.viewer.replies import finite, utc_text

_FACTS = ("source_api", "alert_api_id", "platform_alert_id", "azimuth", "is_manual", "stage", "waits", "inputs_sha256")


def triage_detail(record: BacklogRecord) -> dict[str, Any]:
    """The reply of one sequence; it shares its frames' and windows' shape with the replay screen's.

    Raises:
        InvalidAnswerError: when an answer is none.
    """
    facts, triage = record.facts, record.triage
    key = key_of(facts["id"])
    stored = [n for n, frame in enumerate(record.frames) if frame["frame_sha256"] is not None]
    return {
        "key": key,
        "source": facts["source"],
        "id": facts["id"],
        "organization": {"id": facts["organization_id"], "name": facts["organization_name"]},
        "camera": {"id": facts["camera_id"], "name": facts["camera_name"]},
        "started_at": utc_text(facts["recorded_at"]),
        **{name: utc_text(facts[name]) for name in ("last_seen_at", "created_at", "pulled_at", "listed_at")},
        "left_at": utc_text(facts["left_at"]) if facts["left_at"] else None,
        **{name: facts[name] for name in _FACTS},
        "label_detail": facts["is_wildfire"],
        "recorded": {
            "score": finite(facts["temporal_model_score"]),
            "model_version": facts["temporal_model_version"],
            "api_version": facts["temporal_api_version"],
        },
        "threshold": triage.threshold if triage else None,
        "lanes": [
            {
                "key": key_of(lane["id"]),
                "score": finite(lane["score"]),
                **{name: lane[name] for name in ("is_manual", "waits")},
                "left_at": utc_text(lane["left_at"]) if lane["left_at"] else None,
            }
            for lane in record.lanes
        ],
        "frames": [_frame(key, number, row) for number, row in enumerate(record.frames)],
        "verdict": None,
        "windows": {"matched": None, "full": None},
        "models": [_model(record, model, stored) for model in triage.models] if triage else [],
    }


def _frame(key: str, number: int, row: RowMapping) -> dict[str, Any]:
    sha256 = row["frame_sha256"]
    return {
        "n": number,
        "bucket_key": row["bucket_key"],
        "detection_ids": [row["id"]],
        "created_at": utc_text(row["recorded_at"]),
        "sha256": sha256,
        **{name: row[name] for name in ("size", "flag", "width", "height", "undecodable")},
        "current": True,
        "boxes": [],
        "url": None if sha256 is None else f"/api/triage/{quote(key)}/frames/{number}?sha256={sha256}",
    }


def _model(record: BacklogRecord, model: TriageModel, frames: Sequence[int]) -> dict[str, Any]:
    """A model's word: its score and the window it was given, or why there is none."""
    answer, drop = record.answers.get(model.identity), record.drops.get(model.identity)
    score = answer.score if answer else None
    return {
        **{name: getattr(model, name) for name in ("identity", "identity_kind", "reference", "model_version")},
        "score": score["score"] if score else None,
        "milliseconds": finite(score["milliseconds"]) if score else None,
        "device": score["device"] if score else None,
        "scored_at": utc_text(score["scored_at"]) if score else None,
        "drop": {name: drop[name] for name in ("reason", "detail")} if drop else None,
        "window": _window(answer, model, frames) if answer else None,
    }


def _window(kept: Answer, model: TriageModel, frames: Sequence[int]) -> dict[str, Any]:
    answer = parse_answer(kept.text)
    return {
        "frames": list(frames),
        "roi_xyxyn": None,
        "request_sha256": kept.score["inputs_sha256"],
        "probability": kept.score["score"],
        "is_smoke": answer.is_smoke,
        "trigger_frame_index": answer.trigger_frame_index,
        "trigger_image": None,
        "milliseconds": finite(kept.score["milliseconds"]),
        "model_version": answer.model_version or model.model_version,
        "details": details_file(answer),
        "request": None,
        "answer": kept.text,
    }
