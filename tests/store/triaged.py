"""A queue filled by hand, triaged by hand, and its export."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from smokewatch.domain.answers import PredictAnswer
from smokewatch.domain.backlog import BacklogFrame, BacklogSequence, inputs_sha256
from smokewatch.store.backlog import PulledFrames, mark_left, save_pulled
from smokewatch.store.catalog import Catalog
from smokewatch.store.exports.triage import TriageCounts, export_triage
from smokewatch.store.frames import FrameStore, StoredFrame
from smokewatch.store.scores import Scored, TriageDrop, record_drops, record_model, record_scores, record_triage
from smokewatch.store.triage import Triage, TriageModel

NOW = datetime(2026, 11, 21, 8, tzinfo=UTC)
RECORDED = datetime(2026, 11, 19, 12, 20, 0, 173939, tzinfo=UTC)
STAGE = "ready_to_annotate"


def model(version: str) -> TriageModel:
    """A model package."""
    config = {"model_version": version, "variant": "vit_dinov2_finetune", "decision": {"aggregation": "logistic"}}
    return TriageModel(f"identity of {version}", "package", f"/models/{version}/model.zip", version, config)


def listed(identity: int, **facts: Any) -> BacklogSequence:
    """A sequence as the queue lists it."""
    sequence = BacklogSequence(
        id=identity,
        source_api="pyronear_french",
        alert_api_id=identity,
        platform_alert_id=identity,
        organization_id=2,
        organization_name="SDIS 07",
        camera_id=12,
        camera_name="Cam 12",
        azimuth=45,
        recorded_at=RECORDED,
        last_seen_at=RECORDED,
        created_at=RECORDED,
        is_wildfire=None,
        temporal_model_score=0.9,
        temporal_model_version="0.2.0",
        temporal_api_version="0.3.1",
        is_manual=False,
    )
    return replace(sequence, **facts)


class Queue:
    """The queue and what models say of it."""

    def __init__(self, catalog: Catalog, frames: FrameStore, folder: Path) -> None:
        self.catalog, self.frames, self.folder = catalog, frames, folder
        self.inputs: dict[int, str] = {}

    def pull(
        self,
        identity: int,
        *,
        frames: int = 4,
        missing: int | None = None,
        alert: int = 0,
        stage: str = STAGE,
        now: datetime = NOW,
        **facts: Any,
    ) -> None:
        """A sequence with its frames; those of one alert share them."""
        shared = alert or identity
        found: list[tuple[BacklogFrame, StoredFrame | None]] = []
        for number in range(frames):
            at = RECORDED + timedelta(seconds=30 * number)
            frame = BacklogFrame(identity * 100 + number, identity, at, f"k{number}.jpg")
            found.append((frame, None if number == missing else self._put(f"{shared} {number}".encode())))
        self.inputs[identity] = inputs_sha256([stored.sha256 for _, stored in found if stored])
        sequence = listed(identity, platform_alert_id=shared, **facts)
        with self.catalog.write() as connection:
            save_pulled(connection, sequence, stage=stage, pulled=PulledFrames(found), now=now)

    def _put(self, content: bytes) -> StoredFrame:
        return StoredFrame(self.frames.put(content), len(content), None)

    def leave(self, *left: int) -> None:
        """People annotate these."""
        with self.catalog.write() as connection:
            mark_left(connection, self.inputs.keys() - set(left), stage=STAGE, now=NOW + timedelta(hours=1))

    def triage(self, *versions: str, threshold: float = 0.35, minute: int = 0) -> None:
        """Make a run of these models the latest."""
        models = tuple(model(version) for version in versions)
        with self.catalog.write() as connection:
            for each in models:
                record_model(connection, each, now=NOW)
            record_triage(connection, Triage(f"run-{minute}", models, threshold, NOW + timedelta(minutes=minute)))

    def score(self, identity: int, answers: dict[str, PredictAnswer]) -> None:
        """What each model says of a sequence's frames."""
        for version, answer in answers.items():
            scored = Scored(self.inputs[identity], answer, 12.5, "cpu")
            with self.catalog.write() as connection:
                record_scores(connection, model(version).identity, [scored], run_id="run-0", now=NOW)

    def drop(self, identity: int, reason: str, versions: Sequence[str]) -> None:
        """What models could not score."""
        dropped = TriageDrop(identity, self.inputs[identity], reason, "one line")
        for version in versions:
            with self.catalog.write() as connection:
                record_drops(connection, model(version).identity, [dropped], run_id="run-0", now=NOW)

    def export(self) -> TriageCounts:
        return export_triage(self.catalog, self.frames, self.folder)

    def read(self, path: str) -> Any:
        return json.loads((self.folder / path).read_text())

    def files(self) -> dict[str, bytes]:
        paths = (path for path in self.folder.glob("data/**/*") if path.is_file())
        return {str(path.relative_to(self.folder)): path.read_bytes() for path in paths}


def answer(*probabilities: float, trigger: int | None = None) -> PredictAnswer:
    """An answer with a kept tube of each probability over four frames, padded to six."""
    entries = [{"frame_idx": n, "bbox": (0.5, 0.4, 0.1 + n / 100, 0.2), "confidence": 0.6} for n in range(6)]
    tube = {"start_frame": 0, "end_frame": 5, "entries": entries}
    tubes = [
        tube | {"tube_id": number, "logit": 8 * each - 4, "probability": each}
        for number, each in enumerate(probabilities)
    ]
    details = {
        "decision": {"aggregation": "logistic", "threshold": 0.5, "trigger_tube_id": None if trigger is None else 0},
        "preprocessing": {"num_frames_input": 4, "padded_frame_indices": (0, 5), "num_tube_candidates": 3},
        "tubes": tubes,
    }
    highest = max(probabilities, default=0.0)
    return PredictAnswer.model_validate(
        {"is_smoke": highest >= 0.5, "probability": highest, "trigger_frame_index": trigger, "details": details}
    )
