"""One sequence with all of its evidence, as the detail pane shows it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from sqlalchemy.engine import RowMapping

from smokewatch.domain.boxes import first_box
from smokewatch.domain.details import details_file
from smokewatch.domain.labels import label_of
from smokewatch.store.replays import completed_answer
from smokewatch.store.viewing.sequence import SequenceRecord
from smokewatch.viewer.columns import Columns
from smokewatch.viewer.replies import finite, utc_text

_VERDICT = (
    *("drop_reason", "detail", "run_id", "matched_frames", "windows", "ties", "ambiguous", "request_sha256"),
    *("release_reference", "release_identity", "identity_kind", "model_version", "api_version", "runtime", "isolation"),
)
_VERDICT_NUMBERS = ("recorded_score", "replayed_score", "full_score", "difference", "milliseconds")


def detail_body(record: SequenceRecord, columns: Columns) -> dict[str, Any]:
    """The reply of one sequence.

    Raises:
        InvalidAnswerError: when an answer in the ledger is none.
    """
    facts, outcome = record.facts, record.outcomes[-1]
    key = f"{facts['source']}_{facts['id']}"
    verdict = record.verdicts[-1] if record.verdicts else None
    frames = shown_frames(key, record)
    windows = _windows(record, verdict, [frame["bucket_key"] for frame in frames])
    score = finite(outcome["temporal_model_score"])
    release = (outcome["temporal_api_version"], outcome["temporal_model_version"])
    packaged = columns.thresholds.packaged(verdict["release_identity"] if verdict else None, release)
    return {
        "key": key,
        "source": facts["source"],
        "id": facts["id"],
        "organization": {
            "id": facts["organization_id"],
            "name": facts["organization_name"] or f"org-{facts['organization_id']}",
        },
        "camera": {
            "id": facts["camera_id"],
            "name": facts["camera_name"] or f"camera-{facts['camera_id']}",
            **{name: finite(facts[name]) for name in ("lat", "lon", "angle_of_view")},
            "is_trustable": facts["is_trustable"],
        },
        "started_at": utc_text(facts["started_at"]),
        "last_seen_at": utc_text(outcome["last_seen_at"]),
        "imported_at": utc_text(facts["imported_at"]),
        "deleted_at": utc_text(facts["deleted_at"]) if facts["deleted_at"] else None,
        "pose_id": facts["pose_id"],
        **{name: finite(facts[name]) for name in ("camera_azimuth", "sequence_azimuth", "cone_angle")},
        "label": label_of(outcome["is_wildfire"]),
        "label_detail": outcome["is_wildfire"],
        "contradicts": list(columns.contradictions.get((facts["source"], facts["id"]), [])),
        "recorded": _recorded(outcome),
        "decision": columns.thresholds.decision(score, packaged),
        "package_threshold": packaged,
        "alerts": [{"id": alert["id"], "started_at": utc_text(alert["started_at"])} for alert in record.alerts],
        "frames": frames,
        "verdict": _verdict(verdict, facts["revision"], outcome) if verdict else None,
        "windows": windows,
        "outcomes": [
            {
                "observed_at": utc_text(each["observed_at"]),
                "is_wildfire": each["is_wildfire"],
                **_recorded(each),
                "last_seen_at": utc_text(each["last_seen_at"]),
            }
            for each in record.outcomes
        ],
        "verdicts": [
            {
                "decided_at": utc_text(each["decided_at"]),
                "match": each["verdict"],
                **{name: each[name] for name in ("drop_reason", "detail", "release_reference", "run_id")},
                "replayed_score": finite(each["replayed_score"]),
            }
            for each in record.verdicts
        ],
    }


def _recorded(outcome: RowMapping) -> dict[str, Any]:
    return {
        "score": finite(outcome["temporal_model_score"]),
        "model_version": outcome["temporal_model_version"],
        "api_version": outcome["temporal_api_version"],
        "is_validated": outcome["is_validated"],
        "max_conf": finite(outcome["max_conf"]),
    }


def shown_frames(key: str, record: SequenceRecord) -> list[dict[str, Any]]:
    """Its frames, numbered as their addresses are."""
    frames = rows_by_frame(record.detections)
    return [_frame(key, number, rows, record.profiles) for number, rows in enumerate(frames.values())]


def rows_by_frame(rows: Iterable[RowMapping]) -> dict[str, list[RowMapping]]:
    """Bucket key -> its rows, in the order of their first ones: the numbering of a sequence's frames."""
    found: dict[str, list[RowMapping]] = {}
    for row in rows:
        found.setdefault(row["bucket_key"], []).append(row)
    return found


def _frame(key: str, number: int, rows: Sequence[RowMapping], profiles: Mapping[str, RowMapping]) -> dict[str, Any]:
    first = rows[0]
    sha256 = first["frame_sha256"]
    seen = profiles.get(sha256)
    boxes = [box for row in rows if (box := first_box(row["bbox"])) is not None]
    return {
        "n": number,
        "bucket_key": first["bucket_key"],
        "detection_ids": [row["id"] for row in rows],
        "created_at": utc_text(first["created_at"]),
        "sha256": sha256,
        "size": first["size"],
        "flag": first["flag"],
        "width": seen["width"] if seen else None,
        "height": seen["height"] if seen else None,
        "undecodable": seen["undecodable"] if seen else None,
        "current": bool(first["current"]),
        "boxes": boxes,
        "url": None if sha256 is None else f"/api/sequences/{quote(key)}/frames/{number}?sha256={sha256}",
    }


def _verdict(verdict: RowMapping, revision: int, outcome: RowMapping) -> dict[str, Any]:
    # A label asks nothing new: only other inputs, another score or another release do.
    asked = (verdict["revision"], verdict["recorded_score"], verdict["api_version"])
    return {
        "match": verdict["verdict"],
        "decided_at": utc_text(verdict["decided_at"]),
        **{name: verdict[name] for name in _VERDICT},
        **{name: finite(verdict[name]) for name in _VERDICT_NUMBERS},
        "current": asked == (revision, outcome["temporal_model_score"], outcome["temporal_api_version"]),
    }


def _windows(record: SequenceRecord, verdict: RowMapping | None, keys: Sequence[str]) -> dict[str, Any]:
    if verdict is None:
        return {"matched": None, "full": None}
    numbers = {key: number for number, key in enumerate(keys)}
    version = verdict["model_version"]
    shown = {key: shown_window(replay, numbers, version=version) for key, replay in record.replays.items()}
    return {"matched": shown.get(verdict["ledger_key"]), "full": shown.get(verdict["full_ledger_key"])}


def shown_window(replay: RowMapping, numbers: Mapping[str, int], *, version: str | None = None) -> dict[str, Any]:
    """A window and what a release answered of it.

    Args:
        replay: as :func:`smokewatch.store.replays.load_replays` gives it.
        numbers: of the sequence's frames, by key.
        version: of the model, where the answer names none.

    Raises:
        InvalidAnswerError: when what is kept is no answer.
    """
    request = json.loads(replay["request"])
    answer = completed_answer(replay)
    return {
        "frames": [numbers.get(key, -1) for key in request["frames"]],
        "roi_xyxyn": request.get("roi_xyxyn"),
        "request_sha256": hashlib.sha256(replay["request"].encode()).hexdigest(),
        "probability": answer.probability,
        "is_smoke": answer.is_smoke,
        "trigger_frame_index": answer.trigger_frame_index,
        "trigger_image": replay["trigger_image"],
        "milliseconds": finite(replay["milliseconds"]),
        "model_version": answer.model_version or version,
        "details": details_file(answer),
        "request": replay["request"],
        "answer": replay["answer"],
    }
